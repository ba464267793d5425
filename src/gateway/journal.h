#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "gateway/artifact_sender.h"
#include "gateway/begun_result.h"
#include "gateway/journal_records.h"
#include "gateway/kept_session.h"
#include "gateway/session_files.h"
#include "gateway/session_log.h"
#include "store/store.h"
#include "wire/configuration.h"
#include "wire/session.h"
#include "wire/workers.h"

namespace hearth::gateway {

/// The durable record of all sessions: what a gateway has answered is there for the next one. Sessions are
/// named by their server side id. Small things are entries of the store, large ones files in a folder of
/// their session, which are whole before an entry names them.
///
///   session/ID/opened             a SessionRecord (journal_records.h)
///   session/ID/copying            nothing; there while a clone is written, which is none before it is whole
///   session/ID/configuration/KEY  the value
///   session/ID/change/POSITION    see change_record.h; POSITION in 20 digits
///   session/ID/artifact/INDEX     an ArtifactRecord; the content in the file FOLDER/STORE/ID/artifact-INDEX
///   session/ID/begun/OPERATION    see begun_result.h; there while the operation may go on after its rows
///   used/ID                       a SessionRecord, with when it was last used. It lies apart from the rest
///   of
///                                 the session, and so tells of one of which nothing else is left
///   journal/store                 STORE, the id of this store
///   closed/NUMBER                 a SessionRecord of a session that may not be opened again; in their order
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
  struct Options {
    std::string folder;
    /// Keys of closed sessions that are kept.
    size_t closed_max = 1'000;
  };

  /// Of this store. Its files lie in a folder of the store's own, by an id that it has from its beginning: a
  /// gateway that is started on another store, be it by mistake, has nothing to do with them.
  static absl::StatusOr<std::unique_ptr<Journal>> Of(std::shared_ptr<store::Store> store, Options options);

  /// Which entries are of use only together: the prefix of a session's, "" for any other key.
  static std::string Belonging(std::string_view key);

  struct Contents {
    std::vector<KeptSession> sessions;
    /// Of sessions that stay closed, the first that was closed first.
    std::vector<wire::SessionKey> closed;
    /// In words, sessions that cannot be brought back whole. Nothing of them is changed.
    std::vector<std::string> damaged;
  };
  /// Everything, once, before any other call. If it fails nothing of it can be relied on.
  absl::StatusOr<Contents> Load();

  void Open(const wire::Session& session, Done done);
  void Append(const wire::Session& session, const std::shared_ptr<const SessionChange>& change,
              const SessionLog::Place& place, Done done);
  void PutBegun(const wire::Session& session, const BegunResult& begun, Done done);
  void EraseBegun(const wire::Session& session, const std::vector<std::string>& operations);
  void Configure(const wire::Session& session, const Pairs& before, const Pairs& after, Done done);
  /// `artifacts` have the numbers from `first` on.
  void AddArtifacts(const wire::Session& session, size_t first, std::vector<Artifact> artifacts, Done done);
  /// Keeps a whole session, which is `open` and has nothing yet.
  struct CopiedSession {
    std::vector<SessionSnapshot::Entry> changes;
    Pairs configuration;
    std::vector<Artifact> artifacts;
  };
  void Copy(const wire::Session& session, CopiedSession copied, Done done);
  /// Nothing of the session is kept any longer, but, if it `stays_closed`, that it is. If the store fails it
  /// comes back with the next server, and ends there when it has been idle.
  void Close(const wire::Session& session, bool stays_closed, std::function<void()> done);

  /// When sessions were last used, by the wall clock. What is not kept of it is forgotten.
  struct Use {
    const wire::Session& session;
    std::chrono::milliseconds when;
  };
  void NoteUses(const std::vector<Use>& uses);

 private:
  Journal(std::shared_ptr<store::Store> store, std::string files, Options options);

  absl::Status LoadSessions(Contents* contents, std::set<std::string>* leftovers,
                            std::set<std::string>* headless, std::set<std::string>* seen);
  absl::Status LoadUses(Contents* contents, std::set<std::string>* headless);
  absl::Status LoadClosed(Contents* contents);
  void LeaveLatest(Contents* contents);
  void Submit(const std::string& session, store::Batch batch, Done done);
  void Opened(const std::string& session);
  void Remember(const wire::SessionKey& closed, store::Batch* batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Erase(const std::string& session, store::Batch batch, std::function<void()> done);
  void RemovePlans(const std::string& session, const std::vector<uint64_t>& positions);
  absl::Status PutArtifact(const std::string& session, size_t index, const Artifact& artifact,
                           store::Batch* batch);
  absl::Status PutChange(const std::string& session, uint64_t position, const SessionChange& change,
                         store::Batch* batch);
  absl::Status CommitNow(const std::string& session, store::Batch batch);

  const Options options_;
  SessionFiles files_;
  absl::Mutex mutex_;
  /// Sessions whose opening is not known to be durable, with its entry.
  std::map<std::string, SessionRecord> opening_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> closed_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::string> closed_order_ ABSL_GUARDED_BY(mutex_);
  /// Numbers of the entries of closed sessions that are kept.
  std::deque<uint64_t> closed_numbers_ ABSL_GUARDED_BY(mutex_);
  uint64_t next_closed_ ABSL_GUARDED_BY(mutex_) = 1;
  /// In this order: writers of files go on to the store, which tells the cleaner when it is done.
  wire::Workers cleaner_;
  const std::shared_ptr<store::Store> store_;
  wire::Workers writers_;
};

}  // namespace hearth::gateway
