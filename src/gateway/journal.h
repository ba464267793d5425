#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "gateway/artifact_sender.h"
#include "gateway/session_log.h"
#include "store/store.h"
#include "wire/configuration.h"
#include "wire/session.h"
#include "wire/workers.h"

namespace hearth::gateway {

/// A session as it was kept.
struct KeptSession {
  wire::SessionKey key;
  std::string server_side_id;
  wire::SessionConfiguration::Pairs configuration;
  /// In their order. Of those that were superseded nothing is left.
  std::vector<SessionSnapshot::Entry> changes;
  /// By their numbers; one that is gone has no content.
  std::vector<Artifact> artifacts;
};

/// The durable record of all sessions: what a gateway has answered is there for the next one. Sessions are
/// named by their server side id. Small things are entries of the store, large ones files in a folder of
/// their session, which are whole before an entry names them.
///
///   session/ID/opened             {user 1, session 2}
///   session/ID/copying            nothing; there while a clone is being written, which is none before it is
///   whole session/ID/configuration/KEY  the value session/ID/change/POSITION    see change_record.h;
///   POSITION in 20 digits session/ID/artifact/INDEX     {name 1, crc32 2, size 3}; the content in the file
///   FOLDER/ID/artifact-INDEX
///
/// Blocks of local data ("cache/...") are written and not yet on the disk when they are answered: they
/// outlive the process, and the machine only together with the first change after them. A client that finds
/// one gone sends it again.
///
/// Thread-safe. `done` is called once, on a thread of the store or of the journal, in the order of the calls
/// where they are of one session and of one kind.
class Journal {
 public:
  using Pairs = wire::SessionConfiguration::Pairs;
  using Done = std::function<void(const absl::Status& status)>;

  Journal(std::shared_ptr<store::Store> store, std::string folder);

  /// Calls `found` for every session that was kept. `damaged` hears, in words, of each that cannot be brought
  /// back whole; nothing of it is changed.
  absl::Status Load(const std::function<void(KeptSession session)>& found,
                    const std::function<void(const std::string& what)>& damaged) const;

  void Open(const wire::Session& session, Done done);
  void Append(const wire::Session& session, const std::shared_ptr<const SessionChange>& change,
              const SessionLog::Place& place, Done done);
  void Configure(const wire::Session& session, const Pairs& before, const Pairs& after, Done done);
  /// `artifacts` have the numbers from `first` on.
  void AddArtifacts(const wire::Session& session, size_t first, std::vector<Artifact> artifacts, Done done);
  /// Keeps a whole session, which is `open` and has nothing yet.
  struct Contents {
    std::vector<SessionSnapshot::Entry> changes;
    Pairs configuration;
    std::vector<Artifact> artifacts;
  };
  void Copy(const wire::Session& session, Contents contents, Done done);
  /// Nothing of the session is kept any longer. If the store fails it comes back with the next server, and
  /// ends there when it has been idle.
  void Close(const wire::Session& session, std::function<void()> done);

 private:
  void Submit(const std::string& session, store::Batch batch, Done done) const;
  void Opened(const std::string& session) const;
  void RemoveFilesBut(const std::set<std::string>& sessions) const;
  void Erase(const std::string& session, std::function<void()> done) const;
  void RemovePlans(const std::string& session, const std::vector<uint64_t>& positions) const;
  absl::Status PutArtifact(const std::string& session, size_t index, const Artifact& artifact,
                           store::Batch* batch) const;
  absl::Status PutChange(const std::string& session, uint64_t position, const SessionChange& change,
                         store::Batch* batch) const;
  absl::Status CommitNow(const std::string& session, store::Batch batch) const;
  absl::Status Sync(const std::string& session) const;
  absl::Status Write(const std::string& session, const std::string& name, std::string_view content,
                     bool sync) const;

  const std::string folder_;
  mutable absl::Mutex mutex_;
  /// Sessions whose opening is not known to be durable, with its entry.
  mutable std::map<std::string, std::string> opening_ ABSL_GUARDED_BY(mutex_);
  /// Files that are written and may not be on the disk, by session.
  mutable std::map<std::string, std::vector<std::string>> unsynced_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> closed_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::string> closed_order_ ABSL_GUARDED_BY(mutex_);
  /// In this order: writers of files go on to the store, which tells the cleaner when it is done.
  mutable wire::Workers cleaner_;
  const std::shared_ptr<store::Store> store_;
  wire::Workers writers_;
};

}  // namespace hearth::gateway
