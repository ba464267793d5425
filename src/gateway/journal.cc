#include "gateway/journal.h"

#include <algorithm>
#include <cstdio>
#include <future>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gateway/change_record.h"
#include "gateway/journal_records.h"
#include "store/lease.h"
#include "wire/artifact_upload.h"
#include "wire/crc32.h"
#include "wire/request.h"
#include "wire/uuid.h"

namespace hearth::gateway {

namespace {

constexpr char kSessions[] = "session/";
constexpr char kUses[] = "used/";
constexpr char kClosed[] = "closed/";
constexpr char kStoreId[] = "journal/store";
/// A larger plan has a file of its own, so that the store stays small and its queue short.
constexpr size_t kPlanInlineMax = size_t{1} << 20;
/// A copy of a session is handed to the store in batches of about this size.
constexpr size_t kBatchBytes = size_t{8} << 20;
/// Closed sessions that are remembered, so that nothing follows their end.
constexpr size_t kClosedMax = 10'000;

bool IsLarge(const SessionChange& change) { return change.plan.size() > kPlanInlineMax; }

std::string PrefixOf(const std::string& session) { return absl::StrCat(kSessions, session, "/"); }

/// Numbers in the order of their keys.
std::string Digits(uint64_t number) {
  char text[21];
  std::snprintf(text, sizeof text, "%020llu", static_cast<unsigned long long>(number));
  return text;
}

}  // namespace

namespace {

/// The id of the store, made if it has none.
absl::StatusOr<std::string> IdOf(store::Store& store) {
  absl::StatusOr<std::string> id = store.Get(kStoreId);
  if (!absl::IsNotFound(id.status())) return id;
  const std::string made = wire::NewUuid();
  std::promise<absl::Status> done;
  store.Commit(std::move(store::Batch().Put(kStoreId, made).RequireAbsent(kStoreId)),
               [&done](const absl::Status& status) { done.set_value(status); });
  const absl::Status status = done.get_future().get();
  if (!status.ok()) return status;
  return made;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Journal>> Journal::Of(std::shared_ptr<store::Store> store, Options options) {
  const absl::StatusOr<std::string> id = IdOf(*store);
  if (!id.ok()) return id.status();
  std::string files = absl::StrCat(options.folder, "/", *id);
  // Where an earlier version has put them.
  const auto is_ours = [&store](const std::string& session) {
    return store->Get(PrefixOf(session) + "opened").ok();
  };
  SessionFiles(files).TakeFrom(options.folder, is_ours);
  return absl::WrapUnique(new Journal(std::move(store), std::move(files), std::move(options)));
}

Journal::Journal(std::shared_ptr<store::Store> store, std::string files, Options options)
    : options_(std::move(options)),
      files_(std::move(files)),
      cleaner_({.name = "cleaner", .threads_max = 1}),
      store_(std::move(store)),
      writers_({.name = "journal", .threads_max = 2}) {}

std::string Journal::Belonging(std::string_view key) {
  constexpr std::string_view kPrefix = kSessions;
  if (key.substr(0, kPrefix.size()) != kPrefix) return "";
  const size_t end = key.find('/', kPrefix.size());
  return end == std::string_view::npos ? "" : std::string(key.substr(0, end + 1));
}

absl::StatusOr<Journal::Contents> Journal::Load() {
  Contents contents;
  std::set<std::string> leftovers, headless, seen;
  absl::Status status = LoadSessions(&contents, &leftovers, &headless, &seen);
  if (status.ok()) status = LoadUses(&contents, &headless);
  if (status.ok()) status = LoadClosed(&contents);
  if (!status.ok()) return status;
  files_.RemoveOthers(seen);
  leftovers.merge(headless);
  for (const std::string& id : leftovers) Erase(id, {}, [] {});
  LeaveLatest(&contents);
  return contents;
}

/// `leftovers`: copies that were not finished. `headless`: what has no opening, because it came too late for
/// a session that was closed, or because that is lost.
absl::Status Journal::LoadSessions(Contents* contents, std::set<std::string>* leftovers,
                                   std::set<std::string>* headless, std::set<std::string>* seen) {
  std::optional<SessionReassembly> current;
  const auto finish = [&] {
    if (!current) return;
    if (!current->is_session() && current->damage().empty()) {
      (current->is_unfinished_copy() ? leftovers : headless)->insert(current->id());
    } else if (!current->damage().empty()) {
      contents->damaged.push_back(absl::StrCat("session ", current->id(), ": ", current->damage()));
    } else {
      contents->sessions.push_back(current->Finish());
    }
  };
  const absl::Status status =
      store_->Scan(kSessions, [&](std::string_view key, const absl::StatusOr<std::string_view>& value) {
        const std::string_view rest = key.substr(sizeof kSessions - 1);
        const std::string_view id = rest.substr(0, rest.find('/'));
        if (id.size() == rest.size()) return;
        if (!current || current->id() != id) {
          finish();
          current.emplace(std::string(id), files_);
          seen->insert(std::string(id));
        }
        current->Take(rest.substr(id.size() + 1), value);
      });
  finish();
  return status;
}

/// The times of sessions; and which sessions have lost their opening, for a closed one has no time.
absl::Status Journal::LoadUses(Contents* contents, std::set<std::string>* headless) {
  std::map<std::string, KeptSession*, std::less<>> by_id;
  for (KeptSession& session : contents->sessions) by_id.emplace(session.server_side_id, &session);
  std::vector<std::pair<std::string, SessionRecord>> others;
  const absl::Status status =
      store_->Scan(kUses, [&](std::string_view key, const absl::StatusOr<std::string_view>& value) {
        const std::string id(key.substr(sizeof kUses - 1));
        // A time that is damaged costs nothing: the session counts as used now.
        const SessionRecord record = value.ok() ? DecodeSession(*value) : SessionRecord();
        if (const auto found = by_id.find(id); found != by_id.end()) {
          found->second->last_used = record.when;
        } else {
          others.emplace_back(id, record);
        }
      });
  if (!status.ok()) return status;
  for (const auto& [id, record] : others) {
    bool any = false;
    const absl::Status scanned =
        store_->Scan(PrefixOf(id), [&any](std::string_view, const auto&) { any = true; });
    if (!scanned.ok()) return scanned;
    if (any && headless->erase(id) == 0) continue;  // It is told as damaged, or a copy.
    contents->damaged.push_back(absl::StrCat("session ", id, " (", record.key.session_id, " of user ",
                                             record.key.user_id, "): ", any ? "its beginning" : "all of it",
                                             " is gone"));
    if (!any) Erase(id, {}, [] {});  // That is said once.
  }
  return absl::OkStatus();
}

absl::Status Journal::LoadClosed(Contents* contents) {
  std::deque<uint64_t> numbers;
  const absl::Status status =
      store_->Scan(kClosed, [&](std::string_view key, const absl::StatusOr<std::string_view>& value) {
        uint64_t number = 0;
        if (!value.ok() || !absl::SimpleAtoi(std::string(key.substr(sizeof kClosed - 1)), &number)) return;
        numbers.push_back(number);
        contents->closed.push_back(DecodeSession(*value).key);
      });
  absl::MutexLock lock(&mutex_);
  closed_numbers_ = std::move(numbers);
  if (!closed_numbers_.empty()) next_closed_ = closed_numbers_.back() + 1;
  return status;
}

/// Of two sessions with the same key the earlier one had ended, and the store had failed when it was to be
/// erased.
void Journal::LeaveLatest(Contents* contents) {
  std::vector<KeptSession>& sessions = contents->sessions;
  std::stable_sort(sessions.begin(), sessions.end(), [](const KeptSession& a, const KeptSession& b) {
    return std::tie(a.key, b.opened) < std::tie(b.key, a.opened);
  });
  const auto left =
      std::unique(sessions.begin(), sessions.end(), [this](const auto& latest, const auto& other) {
        if (latest.key != other.key) return false;
        Erase(other.server_side_id, {}, [] {});
        return true;
      });
  sessions.erase(left, sessions.end());
}

void Journal::Open(const wire::Session& session, Done done) {
  const std::string& id = session.server_side_id();
  {
    absl::MutexLock lock(&mutex_);
    opening_.emplace(id, SessionRecord{session.key(), store::WallClock()});
  }
  Submit(id, {}, std::move(done));
}

/// Hands a batch of a session over, together with what opens it as long as that is not known to be durable.
/// Nothing follows the end of a session.
void Journal::Submit(const std::string& session, store::Batch batch, Done done) {
  {
    absl::MutexLock lock(&mutex_);
    if (closed_.count(session) == 0) {
      const auto opening = opening_.find(session);
      if (opening != opening_.end()) {
        const std::string record = Encode(opening->second);
        batch.Put(PrefixOf(session) + "opened", record).Put(kUses + session, record);
      }
      store_->Commit(std::move(batch), [this, session, done = std::move(done)](const absl::Status& status) {
        if (status.ok()) Opened(session);
        done(status);
      });
      return;
    }
  }
  done(absl::CancelledError("the session is closed"));
}

void Journal::Append(const wire::Session& session, const std::shared_ptr<const SessionChange>& change,
                     const SessionLog::Place& place, Done done) {
  const std::string& session_id = session.server_side_id();
  const bool slow = IsLarge(*change) || files_.HasUnsynced(session_id);
  const auto append = [this, id = session_id, slow, change, place, done = std::move(done)] {
    if (slow) {
      if (const absl::Status status = files_.Sync(id); !status.ok()) return done(status);
    }
    store::Batch batch;
    for (const uint64_t superseded : place.superseded) {
      batch.Erase(absl::StrCat(PrefixOf(id), "change/", Digits(superseded)));
    }
    const absl::Status status = PutChange(id, place.position, *change, &batch);
    if (!status.ok()) return done(status);
    Submit(id, std::move(batch), [this, id, place, done](const absl::Status& kept) {
      done(kept);
      if (kept.ok() && !place.superseded.empty()) RemovePlans(id, place.superseded);
    });
  };
  slow ? writers_.Run(append) : append();
}

void Journal::Configure(const wire::Session& session, const Pairs& before, const Pairs& after, Done done) {
  const std::string prefix = PrefixOf(session.server_side_id()) + "configuration/";
  store::Batch batch;
  for (const auto& [key, value] : after) {
    const auto old = before.find(key);
    if (old == before.end() || old->second != value) batch.Put(prefix + key, value);
  }
  for (const auto& [key, value] : before) {
    if (after.count(key) == 0) batch.Erase(prefix + key);
  }
  Submit(session.server_side_id(), std::move(batch), std::move(done));
}

void Journal::PutBegun(const wire::Session& session, const BegunResult& begun, Done done) {
  const std::string& id = session.server_side_id();
  store::Batch batch;
  batch.Put(absl::StrCat(PrefixOf(id), kBegun, "/", *begun.request.operation_id), EncodeBegun(begun));
  Submit(id, std::move(batch), std::move(done));
}

void Journal::EraseBegun(const wire::Session& session, const std::vector<std::string>& operations) {
  const std::string& id = session.server_side_id();
  store::Batch batch;
  for (const std::string& operation : operations) {
    batch.Erase(absl::StrCat(PrefixOf(id), kBegun, "/", operation));
  }
  // What is left over is erased with the session.
  Submit(id, std::move(batch), [](const absl::Status&) {});
}

/// The files of large changes that nothing needs any longer.
void Journal::RemovePlans(const std::string& session, const std::vector<uint64_t>& positions) {
  cleaner_.Run([this, session, positions] {
    for (const uint64_t position : positions) files_.Remove(session, "change-" + Digits(position));
  });
}

void Journal::AddArtifacts(const wire::Session& session, size_t first, std::vector<Artifact> artifacts,
                           Done done) {
  writers_.Run([this, id = session.server_side_id(), first, artifacts = std::move(artifacts),
                done = std::move(done)]() mutable {
    store::Batch batch;
    for (size_t i = 0; i < artifacts.size(); ++i) {
      if (const absl::Status status = PutArtifact(id, first + i, artifacts[i], &batch); !status.ok()) {
        return done(status);
      }
    }
    Submit(id, std::move(batch), std::move(done));
  });
}

void Journal::Copy(const wire::Session& session, CopiedSession copied, Done done) {
  writers_.Run([this, id = session.server_side_id(), copied = std::move(copied), done = std::move(done)] {
    store::Batch batch;
    batch.Put(PrefixOf(id) + kCopying, "");
    absl::Status status = CommitNow(id, std::exchange(batch, {}));
    for (const auto& [key, value] : copied.configuration) {
      batch.Put(absl::StrCat(PrefixOf(id), "configuration/", key), value);
    }
    for (size_t i = 0; i < copied.artifacts.size() && status.ok(); ++i) {
      if (copied.artifacts[i].content == nullptr) continue;
      status = PutArtifact(id, i, copied.artifacts[i], &batch);
    }
    for (size_t i = 0; i < copied.changes.size() && status.ok(); ++i) {
      status = PutChange(id, copied.changes[i].position, *copied.changes[i].change, &batch);
      if (status.ok() && batch.bytes() > kBatchBytes) status = CommitNow(id, std::exchange(batch, {}));
    }
    // Its changes may refer to blocks that are written and not yet on the disk.
    if (status.ok()) status = files_.Sync(id);
    if (!status.ok()) return done(status);
    batch.Erase(PrefixOf(id) + kCopying);
    Submit(id, std::move(batch), done);
  });
}

absl::Status Journal::PutArtifact(const std::string& session, size_t index, const Artifact& artifact,
                                  store::Batch* batch) {
  const std::string digits = Digits(index);
  const std::string& content = *artifact.content;
  if (const absl::Status status =
          files_.Write(session, "artifact-" + digits, content, !wire::IsCacheBlock(artifact.name));
      !status.ok())
    return status;
  batch->Put(absl::StrCat(PrefixOf(session), "artifact/", digits),
             Encode(ArtifactRecord{artifact.name, wire::Crc32(content), content.size()}));
  return absl::OkStatus();
}

absl::Status Journal::PutChange(const std::string& session, uint64_t position, const SessionChange& change,
                                store::Batch* batch) {
  const std::string digits = Digits(position);
  const bool elsewhere = IsLarge(change);
  if (elsewhere) {
    if (const absl::Status status =
            files_.Write(session, "change-" + digits, wire::BytesOf(change.plan), /*sync=*/true);
        !status.ok())
      return status;
  }
  batch->Put(absl::StrCat(PrefixOf(session), "change/", digits), EncodeChange(change, elsewhere));
  return absl::OkStatus();
}

void Journal::Opened(const std::string& session) {
  absl::MutexLock lock(&mutex_);
  opening_.erase(session);
}

/// Waits until it is durable.
absl::Status Journal::CommitNow(const std::string& session, store::Batch batch) {
  std::promise<absl::Status> done;
  Submit(session, std::move(batch), [&done](const absl::Status& status) { done.set_value(status); });
  return done.get_future().get();
}

void Journal::Close(const wire::Session& session, bool stays_closed, std::function<void()> done) {
  const std::string& id = session.server_side_id();
  files_.Forget(id);
  store::Batch batch;
  absl::MutexLock lock(&mutex_);
  opening_.erase(id);
  if (closed_.insert(id).second) closed_order_.push_back(id);
  if (closed_order_.size() > kClosedMax) {
    closed_.erase(closed_order_.front());
    closed_order_.pop_front();
  }
  if (stays_closed) Remember(session.key(), &batch);
  Erase(id, std::move(batch), std::move(done));
}

void Journal::Remember(const wire::SessionKey& closed, store::Batch* batch) {
  const auto key = [](uint64_t number) { return kClosed + Digits(number); };
  closed_numbers_.push_back(next_closed_);
  batch->Put(key(next_closed_++), Encode(SessionRecord{closed, store::WallClock()}));
  for (; closed_numbers_.size() > options_.closed_max; closed_numbers_.pop_front())
    batch->Erase(key(closed_numbers_.front()));
}

void Journal::Erase(const std::string& session, store::Batch batch, std::function<void()> done) {
  batch.ErasePrefix(PrefixOf(session)).Erase(kUses + session);
  store_->Commit(std::move(batch), [this, session, done = std::move(done)](const absl::Status& status) {
    done();
    if (status.ok()) cleaner_.Run([this, session] { files_.RemoveAll(session); });
  });
}

void Journal::NoteUses(const std::vector<Use>& uses) {
  store::Batch batch;
  absl::MutexLock lock(&mutex_);
  for (const Use& use : uses) {
    const std::string& id = use.session.server_side_id();
    if (closed_.count(id) != 0 || opening_.count(id) != 0) continue;
    batch.Put(kUses + id, Encode(SessionRecord{use.session.key(), use.when}));
  }
  if (!batch.steps().empty()) store_->Commit(std::move(batch), [](const absl::Status&) {});
}

}  // namespace hearth::gateway
