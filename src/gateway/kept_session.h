#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "gateway/artifact_sender.h"
#include "gateway/begun_result.h"
#include "gateway/session_files.h"
#include "gateway/session_log.h"
#include "wire/configuration.h"
#include "wire/session.h"

namespace hearth::gateway {

/// A session as it was kept.
struct KeptSession {
  wire::SessionKey key;
  std::string server_side_id;
  /// By the wall clock, since 1970; 0 if that was not kept.
  std::chrono::milliseconds opened{0};
  std::chrono::milliseconds last_used{0};
  wire::SessionConfiguration::Pairs configuration;
  /// In their order. Of those that were superseded nothing is left.
  std::vector<SessionSnapshot::Entry> changes;
  /// By their numbers; one that is gone has no content.
  std::vector<Artifact> artifacts;
  /// Operations whose results clients have begun to read, by their ids.
  std::map<std::string, BegunResult> begun;
};

/// The entry of a session that is being copied, and is none before it is whole.
inline constexpr char kCopying[] = "copying";
/// Where those of begun results are.
inline constexpr char kBegun[] = "begun";

/// Puts a session together from its entries, which come in the order of their keys, and its files.
class SessionReassembly {
 public:
  SessionReassembly(std::string id, const SessionFiles& files) : files_(files) {
    session_.server_side_id = std::move(id);
  }

  /// `rest` is the key after the session's prefix.
  void Take(std::string_view rest, const absl::StatusOr<std::string_view>& value);

  const std::string& id() const { return session_.server_side_id; }
  /// False for a clone that was not finished, and for what came too late for a session that was closed.
  bool is_session() const { return opened_ && !copying_; }
  bool is_unfinished_copy() const { return copying_; }
  /// Why it cannot be brought back; "" if it can.
  const std::string& damage() const { return damage_; }
  KeptSession Finish() { return std::move(session_); }

 private:
  void Damaged(std::string why);
  void TakeChange(const std::string& position, std::string_view value);
  void TakeArtifact(const std::string& index, std::string_view value);

  const SessionFiles& files_;
  KeptSession session_;
  bool opened_ = false;
  bool copying_ = false;
  std::string damage_;
};

}  // namespace hearth::gateway
