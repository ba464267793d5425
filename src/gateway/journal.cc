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

namespace hearth::gateway {

namespace {

namespace fs = std::filesystem;

constexpr char kSessions[] = "session/";
/// A larger plan has a file of its own, so that the store stays small and its queue short.
constexpr size_t kPlanInlineMax = size_t{1} << 20;

/// A copy of a session is handed to the store in batches of about this size.
constexpr size_t kBatchBytes = size_t{8} << 20;

bool IsLarge(const SessionChange& change) { return change.plan.size() > kPlanInlineMax; }

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

absl::Status WriteAll(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("write", path);
    content.remove_prefix(static_cast<size_t>(written));
  }
  return ::fdatasync(fd) == 0 ? absl::OkStatus() : Failed("write", path);
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
    if (!value.ok()) return Damaged(std::string(value.status().message()));
    if (rest == "opened") return TakeOpened(*value);
    const size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return;
    const std::string_view kind = rest.substr(0, slash);
    const std::string name(rest.substr(slash + 1));
    if (kind == "configuration") session_.configuration.insert_or_assign(name, std::string(*value));
    if (kind == "change") TakeChange(name, *value);
    if (kind == "artifact") TakeArtifact(name, *value);
  }

  const std::string& id() const { return session_.server_side_id; }
  /// Why it cannot be brought back; "" if it can.
  std::string damage() const {
    return damage_.empty() && session_.key.session_id.empty() ? "the entry that names it is gone" : damage_;
  }
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
    if (!content || content->size() != record.size || wire::Crc32(*content) != record.crc32) {
      return Damaged(absl::StrCat("its artifact ", record.name, " is not what was uploaded"));
    }
    session_.artifacts.push_back({record.name, std::make_shared<const std::string>(*std::move(content))});
  }

  const std::string files_;
  KeptSession session_;
  std::string damage_;
};

}  // namespace

Journal::Journal(std::unique_ptr<store::Store> store, std::string folder)
    : folder_(std::move(folder)),
      cleaner_({.name = "cleaner", .threads_max = 1}),
      store_(std::move(store)),
      writers_({.name = "journal", .threads_max = 2}) {}

absl::Status Journal::Load(const std::function<void(KeptSession session)>& found,
                           const std::function<void(const std::string& what)>& damaged) const {
  std::optional<Reassembly> current;
  const auto finish = [&] {
    if (!current) return;
    if (const std::string damage = current->damage(); !damage.empty()) {
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
        }
        current->Take(rest.substr(id.size() + 1), value);
      });
  finish();
  return status;
}

void Journal::Open(const wire::Session& session, Done done) {
  const std::string& id = session.server_side_id();
  std::string value;
  wire::AppendBytesField(1, session.key().user_id, &value);
  wire::AppendBytesField(2, session.key().session_id, &value);
  store::Batch batch;
  batch.Put(PrefixOf(id) + "opened", value);
  store_->Commit(std::move(batch), [this, id, value, done = std::move(done)](const absl::Status& status) {
    if (!status.ok()) {
      absl::MutexLock lock(&mutex_);
      unopened_.emplace(id, value);
    }
    done(status);
  });
}

/// A change of a session whose opening could not be kept opens it.
store::Batch Journal::BatchFor(const std::string& session) const {
  store::Batch batch;
  absl::MutexLock lock(&mutex_);
  if (const auto found = unopened_.find(session); found != unopened_.end()) {
    batch.Put(PrefixOf(session) + "opened", found->second);
  }
  return batch;
}

void Journal::Append(const wire::Session& session, const std::shared_ptr<const SessionChange>& change,
                     const SessionLog::Place& place, Done done) {
  const auto append = [this, id = session.server_side_id(), change, place, done = std::move(done)] {
    store::Batch batch = BatchFor(id);
    for (const uint64_t superseded : place.superseded) {
      batch.Erase(absl::StrCat(PrefixOf(id), "change/", Digits(superseded)));
    }
    const absl::Status status = PutChange(id, place.position, *change, &batch);
    status.ok() ? store_->Commit(std::move(batch), done) : done(status);
  };
  IsLarge(*change) ? writers_.Run(append) : append();
}

void Journal::Configure(const wire::Session& session, const Pairs& before, const Pairs& after, Done done) {
  const std::string prefix = PrefixOf(session.server_side_id()) + "configuration/";
  store::Batch batch = BatchFor(session.server_side_id());
  for (const auto& [key, value] : after) {
    const auto old = before.find(key);
    if (old == before.end() || old->second != value) batch.Put(prefix + key, value);
  }
  for (const auto& [key, value] : before) {
    if (after.count(key) == 0) batch.Erase(prefix + key);
  }
  store_->Commit(std::move(batch), std::move(done));
}

void Journal::AddArtifacts(const wire::Session& session, size_t first, std::vector<Artifact> artifacts,
                           Done done) {
  writers_.Run([this, id = session.server_side_id(), first, artifacts = std::move(artifacts),
                done = std::move(done)]() mutable {
    store::Batch batch = BatchFor(id);
    for (size_t i = 0; i < artifacts.size(); ++i) {
      if (const absl::Status status = PutArtifact(id, first + i, artifacts[i], &batch); !status.ok()) {
        return done(status);
      }
    }
    store_->Commit(std::move(batch), std::move(done));
  });
}

void Journal::Copy(const wire::Session& session, Contents contents, Done done) {
  writers_.Run([this, id = session.server_side_id(), contents = std::move(contents), done = std::move(done)] {
    store::Batch batch = BatchFor(id);
    absl::Status status;
    for (const auto& [key, value] : contents.configuration) {
      batch.Put(absl::StrCat(PrefixOf(id), "configuration/", key), value);
    }
    for (size_t i = 0; i < contents.artifacts.size() && status.ok(); ++i) {
      status = PutArtifact(id, i, contents.artifacts[i], &batch);
    }
    for (size_t i = 0; i < contents.changes.size() && status.ok(); ++i) {
      status = PutChange(id, contents.changes[i].position, *contents.changes[i].change, &batch);
      if (status.ok() && batch.bytes() > kBatchBytes) status = CommitNow(std::exchange(batch, {}));
    }
    if (!status.ok()) return done(status);
    store_->Commit(std::move(batch), done);
  });
}

absl::Status Journal::PutArtifact(const std::string& session, size_t index, const Artifact& artifact,
                                  store::Batch* batch) const {
  const std::string digits = Digits(index);
  const std::string& content = *artifact.content;
  if (const absl::Status status = Write(session, "artifact-" + digits, content); !status.ok()) return status;
  batch->Put(absl::StrCat(PrefixOf(session), "artifact/", digits),
             Encode({artifact.name, wire::Crc32(content), content.size()}));
  return absl::OkStatus();
}

absl::Status Journal::PutChange(const std::string& session, uint64_t position, const SessionChange& change,
                                store::Batch* batch) const {
  const std::string digits = Digits(position);
  const bool elsewhere = IsLarge(change);
  if (elsewhere) {
    const std::string_view plan(reinterpret_cast<const char*>(change.plan.begin()), change.plan.size());
    if (const absl::Status status = Write(session, "change-" + digits, plan); !status.ok()) return status;
  }
  batch->Put(absl::StrCat(PrefixOf(session), "change/", digits), EncodeChange(change, elsewhere));
  return absl::OkStatus();
}

/// Waits until it is durable.
absl::Status Journal::CommitNow(store::Batch batch) const {
  std::promise<absl::Status> done;
  store_->Commit(std::move(batch), [&done](absl::Status status) { done.set_value(std::move(status)); });
  return done.get_future().get();
}

void Journal::Close(const wire::Session& session, std::function<void()> done) {
  const std::string& id = session.server_side_id();
  {
    absl::MutexLock lock(&mutex_);
    unopened_.erase(id);
  }
  store::Batch batch;
  batch.ErasePrefix(PrefixOf(id));
  store_->Commit(std::move(batch), [this, files = absl::StrCat(folder_, "/", id),
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
absl::Status Journal::Write(const std::string& session, const std::string& name,
                            std::string_view content) const {
  const fs::path folder = fs::path(folder_) / session;
  std::error_code error;
  if (fs::create_directories(folder, error)) {
    if (absl::Status status = SyncFolder(folder_); !status.ok()) return status;
  }
  const std::string path = (folder / name).string();
  const std::string unfinished = path + ".unfinished";
  const int fd = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return Failed("write", unfinished);
  const absl::Status status = WriteAll(fd, content, unfinished);
  ::close(fd);
  if (!status.ok()) return status;
  if (::rename(unfinished.c_str(), path.c_str()) != 0) return Failed("write", path);
  return SyncFolder(folder);
}

}  // namespace hearth::gateway
