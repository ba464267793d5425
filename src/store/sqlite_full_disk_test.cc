// A disk without room: commits fail clearly, reads go on, and with room again everything does.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "store/store_fixture.h"

namespace hearth::store {
namespace {

/// A disk of 4 MiB, if we may mount one.
class SmallDisk {
 public:
  SmallDisk() : error_(::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=4m") == 0 ? 0 : errno) {}
  ~SmallDisk() {
    if (error_ == 0) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  int error() const { return error_; }
  std::string store() const { return folder_.store(); }
  /// Takes what room there is, but for so many bytes.
  void Fill(uintmax_t leave) {
    const uintmax_t free = std::filesystem::space(folder_.path()).available;
    if (free > leave)
      std::ofstream(folder_.path() + "/filler", std::ios::app) << std::string(free - leave, 'f');
  }
  void MakeRoom() { std::filesystem::remove(folder_.path() + "/filler"); }

 private:
  TemporaryFolder folder_;
  const int error_;
};

absl::Status PutBoth(Store& store, int i, size_t bytes) {
  Batch batch;
  batch.Put(absl::StrCat("a/", i), std::string(bytes, 'a'))
      .Put(absl::StrCat("z/", i), std::string(bytes, 'z'));
  return CommitNow(store, std::move(batch));
}

TEST(SqliteFullDisk, CommitsFailWholeReadsGoOnAndRoomIsAllItTakes) {
  SmallDisk disk;
  if (disk.error() != 0)
    GTEST_SKIP() << "needs to mount a small file system: " << std::strerror(disk.error());
  auto store = OpenNow(OptionsFor(disk.store()));
  ASSERT_EQ(PutBoth(*store, 0, 10'000), absl::OkStatus());
  disk.Fill(200'000);
  int stored = 1;
  absl::Status status;
  while ((status = PutBoth(*store, stored, 10'000)).ok())
    ASSERT_LT(++stored, 100) << "the disk did not get full";
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_EQ(PutBoth(*store, stored, 100'000).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Entries(*store).size(), static_cast<size_t>(2 * stored));

  disk.MakeRoom();
  EXPECT_EQ(PutBoth(*store, stored++, 10'000), absl::OkStatus());
  EXPECT_EQ(Entries(*store).size(), static_cast<size_t>(2 * stored));
  store.reset();
  store = OpenNow(OptionsFor(disk.store()));
  EXPECT_EQ(Entries(*store, "a/").size(), static_cast<size_t>(stored));
  EXPECT_EQ(Entries(*store, "z/").size(), static_cast<size_t>(stored));
}

TEST(SqliteFullDisk, AStoreThatCannotBeMadeLeavesOneThatCanBeMadeLater) {
  SmallDisk disk;
  if (disk.error() != 0)
    GTEST_SKIP() << "needs to mount a small file system: " << std::strerror(disk.error());
  disk.Fill(0);
  EXPECT_EQ(OpenSqliteStore(OptionsFor(disk.store())).status().code(), absl::StatusCode::kResourceExhausted);
  disk.MakeRoom();
  EXPECT_EQ(PutBoth(*OpenNow(OptionsFor(disk.store())), 0, 10), absl::OkStatus());
}

TEST(SqliteFullDisk, AStoreOnAFullDiskSaysWhyItDoesNotOpen) {
  SmallDisk disk;
  if (disk.error() != 0)
    GTEST_SKIP() << "needs to mount a small file system: " << std::strerror(disk.error());
  ASSERT_EQ(PutBoth(*OpenNow(OptionsFor(disk.store())), 0, 10), absl::OkStatus());
  disk.Fill(0);
  const absl::Status status = OpenSqliteStore(OptionsFor(disk.store())).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << "its lease has to be written: " << status;
}

}  // namespace
}  // namespace hearth::store
