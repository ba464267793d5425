// Power cuts and failing disks, played by a layer below SQLite: what is answered has been flushed, and a
// flush that fails is nobody's success.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "store/store_fixture.h"

namespace hearth::store {
namespace {

/// Stands between SQLite and the files of one folder while it lives. Keeps of each file what the disk would
/// still have after a power cut: its contents at the last flush. One at a time.
class WatchedDisk {
 public:
  explicit WatchedDisk(std::string folder)
      : folder_(std::move(folder)), real_(sqlite3_vfs_find(nullptr)), watched_(*real_) {
    current_ = this;
    watched_.zName = "watched";
    watched_.xOpen = &Open;
    watched_.xDelete = &Delete;
    HEARTH_CHECK(sqlite3_vfs_register(&watched_, 1) == SQLITE_OK);
  }
  ~WatchedDisk() {
    sqlite3_vfs_unregister(&watched_);
    sqlite3_vfs_register(real_, 1);
    current_ = nullptr;
  }

  void FailFlushes(bool fail) { fail_ = fail; }
  /// Writes the files, as they would be after a power cut now, into another folder.
  void CopyFlushedTo(const std::string& folder) {
    absl::MutexLock lock(&mutex_);
    for (const auto& [path, contents] : flushed_)
      std::ofstream(folder + "/" + std::filesystem::path(path).filename().string(), std::ios::binary)
          << contents;
  }

 private:
  static int Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
    WatchedDisk& disk = *current_;
    const int code = disk.real_->xOpen(disk.real_, name, file, flags, out);
    if (code != SQLITE_OK || name == nullptr || std::string(name).rfind(disk.folder_, 0) != 0) return code;
    absl::MutexLock lock(&disk.mutex_);
    disk.names_[file] = name;
    // Files of different kinds have different methods, all with the same way to flush.
    sqlite3_io_methods& methods = disk.methods_.try_emplace(file->pMethods, *file->pMethods).first->second;
    disk.flush_ = file->pMethods->xSync;
    methods.xSync = &Flush;
    file->pMethods = &methods;
    return code;
  }
  static int Delete(sqlite3_vfs*, const char* name, int flush_folder) {
    WatchedDisk& disk = *current_;
    {
      absl::MutexLock lock(&disk.mutex_);
      disk.flushed_.erase(name);
    }
    return disk.real_->xDelete(disk.real_, name, flush_folder);
  }
  static int Flush(sqlite3_file* file, int flags) {
    WatchedDisk& disk = *current_;
    if (disk.fail_) return SQLITE_IOERR_FSYNC;
    const int code = disk.flush_(file, flags);
    absl::MutexLock lock(&disk.mutex_);
    const std::string& path = disk.names_.at(file);
    std::ifstream stream(path, std::ios::binary);
    disk.flushed_[path] = {std::istreambuf_iterator<char>(stream), {}};
    return code;
  }

  inline static WatchedDisk* current_ = nullptr;
  const std::string folder_;
  sqlite3_vfs* const real_;
  sqlite3_vfs watched_;
  std::atomic<bool> fail_{false};
  absl::Mutex mutex_;
  std::map<sqlite3_file*, std::string> names_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::string> flushed_ ABSL_GUARDED_BY(mutex_);
  std::map<const sqlite3_io_methods*, sqlite3_io_methods> methods_ ABSL_GUARDED_BY(mutex_);
  int (*flush_)(sqlite3_file*, int) = nullptr;
};

Batch Put(std::string key, std::string value) {
  return std::move(Batch().Put(std::move(key), std::move(value)));
}

TEST(SqliteDurability, WhatWasAnsweredSurvivesAPowerCut) {
  const TemporaryFolder folder;
  WatchedDisk disk(folder.path());
  auto store = OpenNow(OptionsFor(folder.store()));
  // So many that the log is moved into the file on the way and begins again.
  constexpr int kCommits = 70;
  constexpr size_t kBytes = 300'000;
  for (int i = 0; i < kCommits; ++i) {
    ASSERT_EQ(CommitNow(*store, Put(absl::StrCat("k/", i), std::string(kBytes, 'v'))), absl::OkStatus());
    if (i % 10 != 9) continue;
    const TemporaryFolder after_the_cut;
    disk.CopyFlushedTo(after_the_cut.path());
    EXPECT_EQ(Entries(*OpenNow(OptionsFor(after_the_cut.store()))).size(), static_cast<size_t>(i + 1));
  }
}

TEST(SqliteDurability, AFlushThatFailsIsNobodysSuccessAndPasses) {
  const TemporaryFolder folder;
  WatchedDisk disk(folder.path());
  auto store = OpenNow(OptionsFor(folder.store()));
  ASSERT_EQ(CommitNow(*store, Put("before", "v")), absl::OkStatus());
  disk.FailFlushes(true);
  const absl::Status status = CommitNow(*store, Put("during", "v"));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_EQ(store->Get("during").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(*store->Get("before"), "v");
  disk.FailFlushes(false);
  ASSERT_EQ(CommitNow(*store, Put("after", "v")), absl::OkStatus());
  store.reset();
  EXPECT_EQ(Entries(*OpenNow(OptionsFor(folder.store()))).size(), 2U);
}

}  // namespace
}  // namespace hearth::store
