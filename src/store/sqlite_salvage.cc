#include "store/sqlite_salvage.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "store/keys.h"
#include "store/life_lock.h"
#include "store/progress_mark.h"
#include "store/sqlite_pages.h"
#include "store/sqlite_store.h"
#include "store/sqlite_walk.h"

namespace hearth::store {

namespace fs = std::filesystem;

namespace {

constexpr size_t kBatchBytes = size_t{8} << 20;

absl::Status Failed(const std::string& what, const std::string& path, int error) {
  return absl::UnavailableError(absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(error)));
}

absl::Status SyncFolderOf(const std::string& path) {
  const std::string folder = fs::absolute(path).parent_path().string();
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const absl::Status status = synced ? absl::OkStatus() : Failed("write", folder, errno);
  if (fd >= 0) ::close(fd);
  return status;
}

/// The new store while it is made, and when it is whole.
std::string UnfinishedOf(const std::string& path) { return path + ".salvaging"; }
std::string SalvagedOf(const std::string& path) { return path + ".salvaged"; }

void RemoveStore(const std::string& path) {
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm", "-lease", "-mark"}) fs::remove(path + suffix, ignored);
}

/// Gives the damaged file and its log another name beside their own.
absl::StatusOr<std::string> KeepAside(const std::string& path) {
  const std::string aside =
      absl::StrCat(path, ".damaged-", absl::FormatTime("%Y%m%d-%H%M%E3S", absl::Now(), absl::UTCTimeZone()));
  for (const char* suffix : {"", "-wal"}) {
    std::error_code none;
    const uintmax_t bytes = fs::file_size(path + suffix, none);
    if (none || (bytes == 0 && *suffix != '\0')) continue;
    if (::link((path + suffix).c_str(), (aside + suffix).c_str()) != 0) return Failed("make", aside, errno);
  }
  const absl::Status status = SyncFolderOf(path);
  if (!status.ok()) return status;
  return aside;
}

/// What goes into the new store, and what is told of the rest.
class Selection {
 public:
  Selection(const SqliteWalk& walk, bool all_is_doubtful, const SalvageOptions& options)
      : walk_(walk), all_is_doubtful_(all_is_doubtful), options_(options) {
    for (const SqliteWalk::Entry& entry : walk.entries()) {
      const std::string together = options_.belonging ? options_.belonging(entry.key) : "";
      if (together.empty() || !(entry.is_damaged || MayLack(together))) continue;
      if (lost_.insert(together).second)
        whats_.push_back(absl::StrCat(QuotedKey(together), " may not be whole"));
    }
  }

  bool Takes(const SqliteWalk::Entry& entry) {
    const std::string together = options_.belonging ? options_.belonging(entry.key) : "";
    if (!together.empty()) return lost_.count(together) == 0;
    if (entry.is_damaged) whats_.push_back(absl::StrCat(QuotedKey(entry.key), " has lost its value"));
    return !entry.is_damaged;
  }

  void Tell() const {
    for (const std::string& what : whats_) options_.lost(absl::StrCat("not brought back: ", what));
    for (const KeyGap& gap : walk_.gaps()) {
      options_.lost(
          absl::StrCat("what lay ", gap.after ? "after " + QuotedKey(*gap.after) : "at the beginning",
                       gap.before ? " and before " + QuotedKey(*gap.before) : "", " cannot be read"));
    }
  }

 private:
  bool MayLack(const std::string& together) const {
    if (all_is_doubtful_) return true;
    for (const KeyGap& gap : walk_.gaps())
      if (gap.Touches(together)) return true;
    return false;
  }

  const SqliteWalk& walk_;
  const bool all_is_doubtful_;
  const SalvageOptions& options_;
  std::set<std::string> lost_;
  std::vector<std::string> whats_;
};

absl::Status CommitNow(Store& store, Batch batch) {
  std::promise<absl::Status> done;
  store.Commit(std::move(batch), [&done](absl::Status status) { done.set_value(std::move(status)); });
  return done.get_future().get();
}

/// A store of its own, closed and durable.
absl::Status MakeNew(const std::string& path, const SqliteWalk& walk, Selection* selection) {
  RemoveStore(path);
  absl::StatusOr<std::unique_ptr<Store>> store = OpenSqliteStore({.path = path});
  if (!store.ok()) return store.status();
  Batch batch;
  absl::Status status;
  for (const SqliteWalk::Entry& entry : walk.entries()) {
    if (!status.ok()) return status;
    if (!selection->Takes(entry)) continue;
    batch.Put(entry.key, entry.value);
    if (batch.bytes() > kBatchBytes) status = CommitNow(**store, std::exchange(batch, {}));
  }
  if (status.ok()) status = CommitNow(**store, std::move(batch));
  store->reset();
  if (fs::exists(path + "-wal")) return absl::UnavailableError("cannot finish " + path);
  return status;
}

}  // namespace

absl::Status FinishSalvage(const std::string& path) {
  if (!fs::exists(SalvagedOf(path))) return absl::OkStatus();
  // The log of the damaged file is none of the new one. Its mark neither.
  std::error_code ignored;
  for (const char* suffix : {"-wal", "-shm", "-mark"}) fs::remove(path + suffix, ignored);
  absl::Status status = SyncFolderOf(path);
  if (!status.ok()) return status;
  if (::rename(SalvagedOf(path).c_str(), path.c_str()) != 0) return Failed("make", path, errno);
  return SyncFolderOf(path);
}

absl::Status SalvageSqlite(const std::string& path, const absl::Status& why, const SalvageOptions& options) {
  const absl::StatusOr<std::unique_ptr<LifeLock>> life = LifeLock::Open(path + "-lease");
  if (!life.ok()) return life.status();
  if (!(*life)->TryHoldAll()) {
    return absl::FailedPreconditionError(
        absl::StrCat(why.message(), "; another Hearth is using it, stop that one first"));
  }
  const absl::StatusOr<std::unique_ptr<SqlitePages>> pages = SqlitePages::Read(path);
  if (!pages.ok()) return pages.status();
  SqliteWalk walk(**pages);
  walk.Run();
  const absl::StatusOr<std::unique_ptr<ProgressMark>> mark = ProgressMark::Open(ProgressMarkOf(path));
  if (!mark.ok()) return mark.status();
  Selection selection(walk, walk.Transactions().value_or(0) < (*mark)->Read(), options);
  absl::Status status = MakeNew(UnfinishedOf(path), walk, &selection);
  if (!status.ok()) return status;
  const absl::StatusOr<std::string> aside = KeepAside(path);
  if (!aside.ok()) return aside.status();
  if (::rename(UnfinishedOf(path).c_str(), SalvagedOf(path).c_str()) != 0)
    return Failed("make", SalvagedOf(path), errno);
  RemoveStore(UnfinishedOf(path));
  status = SyncFolderOf(path);
  if (status.ok()) status = FinishSalvage(path);
  if (!status.ok()) return status;
  options.lost(absl::StrCat(
      "the store was damaged (", why.message(),
      "); what can be relied on was brought into a new one, and the damaged one is kept as ", *aside));
  selection.Tell();
  return absl::OkStatus();
}

}  // namespace hearth::store
