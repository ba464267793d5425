#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "catalog/kept_catalog.h"
#include "gateway/backend_request.h"
#include "gateway/cluster_link.h"
#include "wire/failure.h"

namespace hearth::gateway {

/// Keeps the catalogs that clusters of Apache Spark have in memory like ours, by statements in a session of
/// its own there: every table is an external one at its location, so nothing that happens there can remove
/// its files. Rows need no telling: such clusters remember no files (see serve_command.cc). Thread-safe.
class CatalogMirror final : public std::enable_shared_from_this<CatalogMirror> {
 public:
  /// `folder`: where clusters have a folder each. In that, Spark gets places for its databases, which it
  /// removes with them; nothing is ever written there. `log` hears what a cluster does not take.
  CatalogMirror(std::shared_ptr<const catalog::KeptCatalog> catalog, std::string folder,
                std::function<void(const std::string&)> log);

  /// Calls `done` when the cluster's catalog is what ours is now, at once if it is. A failure means that the
  /// connection was lost.
  using Done = std::function<void(std::optional<wire::Failure> failure)>;
  void Update(const std::shared_ptr<ClusterLink>& link, Done done);
  /// A cluster is dead.
  void Forget(const fleet::Cluster& cluster);

 private:
  struct Statement {
    std::vector<std::string> sql;
    /// A view may read one that comes after it: it is tried again when others were made.
    std::string view;
    std::string why_not;
  };
  struct Mirror {
    BackendSessionName session;
    std::shared_ptr<ClusterLink> link;
    uint64_t position = 0;
    /// By their keys, with the version that the cluster has.
    std::map<std::string, uint64_t> versions;
    bool busy = false;
    std::vector<Done> waiting;
  };
  struct Run;

  void Begin(const std::shared_ptr<Mirror>& mirror);
  void Next(const std::shared_ptr<Run>& run);
  void Say(const std::shared_ptr<Run>& run, size_t piece);
  static void Note(Run& run, const Statement& said, const grpc::Status& status);
  void LogMissing(const Run& run) const;
  void End(const std::shared_ptr<Run>& run, const std::optional<wire::Failure>& failure);
  std::vector<Statement> StatementsFor(Mirror& mirror, const catalog::KeptCatalog::Snapshot& now) const;

  const std::shared_ptr<const catalog::KeptCatalog> catalog_;
  const std::string folder_;
  const std::function<void(const std::string&)> log_;
  absl::Mutex mutex_;
  std::map<const fleet::Cluster*, std::shared_ptr<Mirror>> mirrors_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::gateway
