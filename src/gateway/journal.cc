#include "gateway/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/change_record.h"
#include "wire/artifact_upload.h"
#include "wire/fields.h"
#include "wire/request.h"

namespace hearth::gateway {

namespace {

namespace fs = std::filesystem;

constexpr char kSessions[] = "session/";
/// A larger plan has a file of its own, so that the store stays small and its queue short.
constexpr size_t kPlanInlineMax = size_t{1} << 20;

/// A copy of a session is handed to the store in batches of about this size.
constexpr size_t kBatchBytes = size_t{8} << 20;

bool IsLarge(const SessionChange& change) { return change.plan.size() > kPlanInlineMax; }

/// The entry of a session that is being copied.
constexpr char kCopying[] = "copying";
/// Closed sessions that are remembered, so that nothing follows their end.
constexpr size_t kClosedMax = 10'000;

std::string PrefixOf(const std::string& session) { return absl::StrCat(kSessions, session, "/"); }

/// Numbers in the order of their keys.
std::string Digits(uint64_t number) {
  char text[21];
  std::snprintf(text, sizeof text, "%020llu", static_cast<unsigned long long>(number));
  return text;
}

absl::Status Failed(const std::string& what, const std::string& path) {
  return absl::UnavailableError(absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(errno)));
}

absl::Status SyncFolder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Failed("open", folder.string());
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  return synced ? absl::OkStatus() : Failed("write", folder.string());
}

absl::Status WriteAll(int fd, std::string_view content, const std::string& path, bool sync) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("write", path);
    content.remove_prefix(static_cast<size_t>(written));
  }
  return !sync || ::fdatasync(fd) == 0 ? absl::OkStatus() : Failed("write", path);
}

std::optional<std::string> ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream content;
  content << file.rdbuf();
  return std::move(content).str();
}

struct ArtifactRecord {
  std::string name;
  uint64_t crc32 = 0;
  uint64_t size = 0;
};

std::string Encode(const ArtifactRecord& record) {
  std::string encoded;
  wire::AppendBytesField(1, record.name, &encoded);
  wire::AppendVarintField(2, record.crc32, &encoded);
  wire::AppendVarintField(3, record.size, &encoded);
  return encoded;
}

ArtifactRecord DecodeArtifact(std::string_view encoded) {
  ArtifactRecord record;
  wire::FieldScanner scanner(encoded);
  wire::Field field;
  while (scanner.Next(&field)) {
    if (field.number == 1) record.name = field.bytes;
    if (field.number == 2) record.crc32 = field.scalar;
    if (field.number == 3) record.size = field.scalar;
  }
  return record;
}

/// Puts a session together from its entries, which come in the order of their keys.
class Reassembly {
 public:
  Reassembly(std::string id, std::string files) : files_(std::move(files)) {
    session_.server_side_id = std::move(id);
  }

  void Take(std::string_view rest, const absl::StatusOr<std::string_view>& value) {
    if (rest == "opened") opened_ = true;
    if (!value.ok()) return Damaged(std::string(value.status().message()));
    if (rest == "opened") return TakeOpened(*value);
    if (rest == kCopying) copying_ = true;
    const size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return;
    const std::string_view kind = rest.substr(0, slash);
    const std::string name(rest.substr(slash + 1));
    if (kind == "configuration") session_.configuration.insert_or_assign(name, std::string(*value));
    if (kind == "change") TakeChange(name, *value);
    if (kind == "artifact") TakeArtifact(name, *value);
  }

  const std::string& id() const { return session_.server_side_id; }
  bool is_whole() const { return opened_ && !copying_; }
  /// Why it cannot be brought back; "" if it can.
  const std::string& damage() const { return damage_; }
  KeptSession Finish() { return std::move(session_); }

 private:
  void Damaged(std::string why) {
    if (damage_.empty()) damage_ = std::move(why);
  }
  void TakeOpened(std::string_view value) {
    wire::FieldScanner scanner(value);
    wire::Field field;
    while (scanner.Next(&field)) {
      if (field.number == 1) session_.key.user_id = field.bytes;
      if (field.number == 2) session_.key.session_id = field.bytes;
    }
  }
  void TakeChange(const std::string& position, std::string_view value) {
    auto decoded = DecodeChange(value);
    if (!decoded) return Damaged(absl::StrCat("its change ", position, " is no record"));
    if (decoded->plan_is_elsewhere) {
      const auto plan = ReadWhole(absl::StrCat(files_, "/change-", position));
      if (!plan) return Damaged(absl::StrCat("the file of its change ", position, " is gone"));
      decoded->change.plan = grpc::Slice(*plan);
    }
    session_.changes.push_back(
        {std::stoull(position), std::make_shared<SessionChange>(std::move(decoded->change))});
  }
  void TakeArtifact(const std::string& index, std::string_view value) {
    const ArtifactRecord record = DecodeArtifact(value);
    auto content = ReadWhole(absl::StrCat(files_, "/artifact-", index));
    const bool whole = content && content->size() == record.size && wire::Crc32(*content) == record.crc32;
    const size_t number = std::stoull(index);
    if (session_.artifacts.size() <= number) session_.artifacts.resize(number + 1);
    if (!whole && wire::IsCacheBlock(record.name)) return;
    if (!whole) {
      return Damaged(absl::StrCat("its artifact ", record.name, " is not what was uploaded"));
    }
    session_.artifacts[number] = {record.name, std::make_shared<const std::string>(*std::move(content))};
  }

  const std::string files_;
  KeptSession session_;
  bool opened_ = false;
  bool copying_ = false;
  std::string damage_;
};

}  // namespace

Journal::Journal(std::shared_ptr<store::Store> store, std::string folder)
    : folder_(std::move(folder)),
      cleaner_({.name = "cleaner", .threads_max = 1}),
      store_(std::move(store)),
      writers_({.name = "journal", .threads_max = 2}) {}

absl::Status Journal::Load(const std::function<void(KeptSession session)>& found,
                           const std::function<void(const std::string& what)>& damaged) const {
  std::optional<Reassembly> current;
  std::set<std::string> seen;
  const auto finish = [&] {
    if (!current) return;
    if (!current->is_whole()) {
      // A clone whose client was never told of it, or what came too late for a session that was closed.
      Erase(current->id(), [] {});
    } else if (const std::string damage = current->damage(); !damage.empty()) {
      damaged(absl::StrCat("session ", current->id(), ": ", damage));
    } else {
      found(current->Finish());
    }
  };
  const absl::Status status =
      store_->Scan(kSessions, [&](std::string_view key, const absl::StatusOr<std::string_view>& value) {
        const std::string_view rest = key.substr(sizeof kSessions - 1);
        const std::string_view id = rest.substr(0, rest.find('/'));
        if (id.size() == rest.size()) return;
        if (!current || current->id() != id) {
          finish();
          current.emplace(std::string(id), absl::StrCat(folder_, "/", std::string(id)));
          seen.insert(std::string(id));
        }
        current->Take(rest.substr(id.size() + 1), value);
      });
  finish();
  if (status.ok()) RemoveFilesBut(seen);
  return status;
}

/// Files of sessions that are over, which were written when they ended.
void Journal::RemoveFilesBut(const std::set<std::string>& sessions) const {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    if (sessions.count(entry.path().filename().string()) == 0) fs::remove_all(entry.path(), error);
  }
}

void Journal::Open(const wire::Session& session, Done done) {
  const std::string& id = session.server_side_id();
  std::string value;
  wire::AppendBytesField(1, session.key().user_id, &value);
  wire::AppendBytesField(2, session.key().session_id, &value);
  {
    absl::MutexLock lock(&mutex_);
    opening_.emplace(id, std::move(value));
  }
  Submit(id, {}, std::move(done));
}

/// Hands a batch of a session over, together with what opens it as long as that is not known to be durable.
/// Nothing follows the end of a session.
void Journal::Submit(const std::string& session, store::Batch batch, Done done) const {
  {
    absl::MutexLock lock(&mutex_);
    if (closed_.count(session) == 0) {
      const auto opening = opening_.find(session);
      if (opening != opening_.end()) batch.Put(PrefixOf(session) + "opened", opening->second);
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
  bool slow = IsLarge(*change);
  {
    absl::MutexLock lock(&mutex_);
    slow = slow || unsynced_.count(session_id) != 0;
  }
  const auto append = [this, id = session_id, slow, change, place, done = std::move(done)] {
    if (slow) {
      if (const absl::Status status = Sync(id); !status.ok()) return done(status);
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

/// The files of large changes that nothing needs any longer.
void Journal::RemovePlans(const std::string& session, const std::vector<uint64_t>& positions) const {
  cleaner_.Run([files = absl::StrCat(folder_, "/", session, "/change-"), positions] {
    std::error_code ignored;
    for (const uint64_t position : positions) fs::remove(files + Digits(position), ignored);
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

void Journal::Copy(const wire::Session& session, Contents contents, Done done) {
  writers_.Run([this, id = session.server_side_id(), contents = std::move(contents), done = std::move(done)] {
    store::Batch batch;
    batch.Put(PrefixOf(id) + kCopying, "");
    absl::Status status = CommitNow(id, std::exchange(batch, {}));
    for (const auto& [key, value] : contents.configuration) {
      batch.Put(absl::StrCat(PrefixOf(id), "configuration/", key), value);
    }
    for (size_t i = 0; i < contents.artifacts.size() && status.ok(); ++i) {
      if (contents.artifacts[i].content == nullptr) continue;
      status = PutArtifact(id, i, contents.artifacts[i], &batch);
    }
    for (size_t i = 0; i < contents.changes.size() && status.ok(); ++i) {
      status = PutChange(id, contents.changes[i].position, *contents.changes[i].change, &batch);
      if (status.ok() && batch.bytes() > kBatchBytes) status = CommitNow(id, std::exchange(batch, {}));
    }
    // Its changes may refer to blocks that are written and not yet on the disk.
    if (status.ok()) status = Sync(id);
    if (!status.ok()) return done(status);
    batch.Erase(PrefixOf(id) + kCopying);
    Submit(id, std::move(batch), done);
  });
}

absl::Status Journal::PutArtifact(const std::string& session, size_t index, const Artifact& artifact,
                                  store::Batch* batch) const {
  const std::string digits = Digits(index);
  const std::string& content = *artifact.content;
  if (const absl::Status status =
          Write(session, "artifact-" + digits, content, !wire::IsCacheBlock(artifact.name));
      !status.ok())
    return status;
  batch->Put(absl::StrCat(PrefixOf(session), "artifact/", digits),
             Encode({artifact.name, wire::Crc32(content), content.size()}));
  return absl::OkStatus();
}

absl::Status Journal::PutChange(const std::string& session, uint64_t position, const SessionChange& change,
                                store::Batch* batch) const {
  const std::string digits = Digits(position);
  const bool elsewhere = IsLarge(change);
  if (elsewhere) {
    if (const absl::Status status =
            Write(session, "change-" + digits, wire::BytesOf(change.plan), /*sync=*/true);
        !status.ok())
      return status;
  }
  batch->Put(absl::StrCat(PrefixOf(session), "change/", digits), EncodeChange(change, elsewhere));
  return absl::OkStatus();
}

void Journal::Opened(const std::string& session) const {
  absl::MutexLock lock(&mutex_);
  opening_.erase(session);
}

/// Waits until it is durable.
absl::Status Journal::CommitNow(const std::string& session, store::Batch batch) const {
  std::promise<absl::Status> done;
  Submit(session, std::move(batch), [&done](const absl::Status& status) { done.set_value(status); });
  return done.get_future().get();
}

void Journal::Close(const wire::Session& session, std::function<void()> done) {
  const std::string& id = session.server_side_id();
  {
    absl::MutexLock lock(&mutex_);
    opening_.erase(id);
    unsynced_.erase(id);
    if (closed_.insert(id).second) closed_order_.push_back(id);
    if (closed_order_.size() > kClosedMax) {
      closed_.erase(closed_order_.front());
      closed_order_.pop_front();
    }
  }
  Erase(id, std::move(done));
}

void Journal::Erase(const std::string& session, std::function<void()> done) const {
  store::Batch batch;
  batch.ErasePrefix(PrefixOf(session));
  store_->Commit(std::move(batch), [this, files = absl::StrCat(folder_, "/", session),
                                    done = std::move(done)](const absl::Status& status) {
    done();
    if (!status.ok()) return;
    cleaner_.Run([files] {
      std::error_code ignored;
      fs::remove_all(files, ignored);
    });
  });
}

/// Makes the file whole and durable before anything can name it.
absl::Status Journal::Write(const std::string& session, const std::string& name, std::string_view content,
                            bool sync) const {
  const fs::path folder = fs::path(folder_) / session;
  std::error_code error;
  if (fs::create_directories(folder, error)) {
    if (absl::Status status = SyncFolder(folder_); !status.ok()) return status;
  }
  const std::string path = (folder / name).string();
  const std::string unfinished = path + ".unfinished";
  const int fd = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return Failed("write", unfinished);
  const absl::Status status = WriteAll(fd, content, unfinished, sync);
  ::close(fd);
  if (!status.ok()) return status;
  if (::rename(unfinished.c_str(), path.c_str()) != 0) return Failed("write", path);
  if (sync) return SyncFolder(folder.string());
  absl::MutexLock lock(&mutex_);
  unsynced_[session].push_back(path);
  return absl::OkStatus();
}

/// Puts on the disk what is written and not there yet. One at a time for a session: changes take turns.
absl::Status Journal::Sync(const std::string& session) const {
  std::vector<std::string> paths;
  {
    absl::MutexLock lock(&mutex_);
    if (const auto found = unsynced_.find(session); found != unsynced_.end()) paths = found->second;
  }
  if (paths.empty()) return absl::OkStatus();
  for (const std::string& path : paths) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = fd >= 0 && ::fdatasync(fd) == 0;
    if (fd >= 0) ::close(fd);
    if (!synced) return Failed("write", path);
  }
  if (const absl::Status status = SyncFolder(fs::path(folder_) / session); !status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  std::vector<std::string>& left = unsynced_[session];
  left.erase(left.begin(), left.begin() + static_cast<ptrdiff_t>(paths.size()));
  if (left.empty()) unsynced_.erase(session);
  return absl::OkStatus();
}

}  // namespace hearth::gateway
