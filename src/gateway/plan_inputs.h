// What the names in a session's plans mean, for the estimate of their size.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/catalog.h"
#include "gateway/gateway_session.h"
#include "gateway/session_log.h"
#include "placement/files/file_facts.h"
#include "placement/size/inputs.h"
#include "spark/plan/relation.h"

namespace hearth::gateway {

/// Temporary views of a session as it was at a position, tables of the catalog, and files. Of what would take
/// long to look at nothing is known. Not thread-safe.
class PlanInputs final : public placement::Inputs {
 public:
  /// Looking at files, for all that one plan reads.
  static constexpr std::chrono::milliseconds kTimeMax{300};
  /// Views with a larger plan are not looked into.
  static constexpr size_t kViewBytesMax = size_t{1} << 20;

  /// What the inputs of one plan and of the views in it share.
  struct Look {
    Look(catalog::Catalog* catalog_, placement::FileFacts* files_, const GatewaySession& session_)
        : catalog(catalog_), files(files_), session(session_) {}
    /// nullptr for none.
    catalog::Catalog* const catalog;
    /// nullptr if neither names nor files are to be looked at, which takes time and stack; `skipped` becomes
    /// true then when some are asked for.
    placement::FileFacts* const files;
    const GatewaySession& session;
    bool skipped = false;
    std::chrono::steady_clock::duration taken{0};
    /// By the position of the change that made the view; nullptr: it is none that can be read.
    std::map<uint64_t, spark::RelationPtr> views;
  };
  PlanInputs(SessionSnapshot bound, uint64_t position, std::shared_ptr<Look> look)
      : bound_(std::move(bound)), position_(position), look_(std::move(look)) {}

  placement::NamedInput Find(const std::vector<std::string>& name) override;
  std::shared_ptr<const placement::InputFacts> Files(const placement::FileSet& files) override;
  std::optional<uint64_t> CachedBytes(const std::string& sha256) override;

 private:
  placement::NamedInput ViewOf(const SessionSnapshot::Entry& maker);
  placement::NamedInput FindTable(const catalog::TableName& name);

  const SessionSnapshot bound_;
  const uint64_t position_;
  const std::shared_ptr<Look> look_;
};

}  // namespace hearth::gateway
