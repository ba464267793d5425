#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/artifact_sender.h"
#include "gateway/backend_request.h"
#include "gateway/cluster_link.h"
#include "gateway/session_log.h"
#include "spark/plan/command.h"
#include "wire/failure.h"

namespace hearth::gateway {

/// A session on one cluster that stands for a client's session, brought forward by repeating there what the
/// client's session has been through. Releases the session with itself. Its calls are not to overlap: the
/// caller starts the next when the one before is done.
class Follower final : public std::enable_shared_from_this<Follower> {
 public:
  Follower(std::shared_ptr<ClusterLink> link, const std::string& user_id);
  ~Follower();

  const std::shared_ptr<ClusterLink>& link() const { return link_; }
  const BackendSessionName& name() const { return name_; }

  bool IsAt(const SessionSnapshot& target) const;
  /// It has changes that the target has not, and no way back.
  bool IsBeyond(const SessionSnapshot& target) const { return position_ > target.position; }

  /// Brings it to `target`, which it is not beyond: artifacts (the target's of `artifacts`), then changes in
  /// their order, each under the configuration it was made under, then the configuration. What the
  /// cluster's engine declines, and a view or function that cannot be made again, is kept in mind (see
  /// WhyNot) and does not stop the move. After a failure it is of no use.
  using Done = std::function<void(std::optional<wire::Failure>)>;
  void MoveTo(SessionSnapshot target, std::vector<Artifact> artifacts, Done done);

  /// A change that was just made through it has become the session's.
  void NoteChange(uint64_t position, const SessionChange& change);
  /// SQL has set or reset something through it.
  void NoteSetting(const spark::SetConfiguration& setting);
  /// Why a plan cannot run here, where something is missing that the session has: it might take another table
  /// for a view, or a built-in function for one of the session's. nullptr if it can. `made`: what the plan
  /// itself makes, whatever was there before.
  const wire::Failure* WhyNot(const grpc::Slice& plan, const Name& made) const;
  size_t artifacts_sent() const { return artifacts_sent_; }

 private:
  using Pairs = wire::SessionConfiguration::Pairs;
  struct Move;
  void SendArtifacts(const std::shared_ptr<Move>& move);
  void NextChange(const std::shared_ptr<Move>& move);
  void OnChange(const std::shared_ptr<Move>& move, std::optional<wire::Failure> failure);
  void Configure(const std::shared_ptr<const Pairs>& pairs, const std::shared_ptr<Move>& move,
                 std::function<void()> then);

  const std::shared_ptr<ClusterLink> link_;
  const BackendSessionName name_;
  uint64_t position_ = 0;
  size_t artifacts_sent_ = 0;
  void Miss(const SessionSnapshot& target, const SessionChange& change, const wire::Failure& why);
  /// Views and functions of the session that are not here as it has them, with the reason: they could not be
  /// made, or read what could not.
  std::map<Name, wire::Failure> missing_;
  /// Set when the session has been through something without a name that this engine declines: then nothing
  /// here is sure to be as the session has it.
  std::optional<wire::Failure> astray_;
  /// What the cluster's session has been told.
  std::shared_ptr<const Pairs> configuration_ = std::make_shared<Pairs>();
};

}  // namespace hearth::gateway
