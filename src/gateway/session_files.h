#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace hearth::gateway {

/// A file that did not come about: RESOURCE_EXHAUSTED if the disk is full, else UNAVAILABLE.
absl::Status FileFailure(const std::string& what, const std::string& path, int error);

/// The large things of sessions: files in a folder of each session, FOLDER/SESSION/NAME, which are whole as
/// soon as they have their name. Thread-safe. All of it waits for the disk.
class SessionFiles {
 public:
  explicit SessionFiles(std::string folder) : folder_(std::move(folder)) {}

  /// `sync`: it is on the disk too when this returns; else after the next Sync of its session.
  absl::Status Write(const std::string& session, const std::string& name, std::string_view content,
                     bool sync);
  std::optional<std::string> Read(const std::string& session, const std::string& name) const;

  /// Puts on the disk what is written and not there yet. One at a time for a session: changes take turns.
  absl::Status Sync(const std::string& session);
  bool HasUnsynced(const std::string& session) const;
  /// The session is over: nothing of it is to be on the disk any more.
  void Forget(const std::string& session);

  void Remove(const std::string& session, const std::string& name) const;
  void RemoveAll(const std::string& session) const;
  /// Moves here what lies there of sessions that are ours.
  void TakeFrom(const std::string& folder,
                const std::function<bool(const std::string& session)>& is_ours) const;
  /// What sessions left that are not among these.
  void RemoveOthers(const std::set<std::string>& sessions) const;

 private:
  const std::string folder_;
  mutable absl::Mutex mutex_;
  /// Files that are written and may not be on the disk, by session.
  std::map<std::string, std::vector<std::string>> unsynced_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::gateway
