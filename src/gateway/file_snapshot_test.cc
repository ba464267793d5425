#include "gateway/file_snapshot.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

namespace hearth::gateway {
namespace {

class FileSnapshotTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ + "/part=1");
    Write("part=1/a", "1");
    Write("b", "2");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void Write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ + "/" + name) << content;
  }
  std::optional<FileSnapshot> Take(const std::string& path) { return FileSnapshot::Take({path}); }

  const std::string folder_ = testing::TempDir() + "file_snapshot_test";
};

TEST_F(FileSnapshotTest, SeesWhateverChanges) {
  const auto untouched = Take(folder_);
  ASSERT_TRUE(untouched);
  EXPECT_GT(untouched->changed_at(), 0);
  EXPECT_TRUE(Take(folder_) == untouched);
  const std::function<void()> changes[] = {
      [&] { Write("part=1/a", "3"); },
      [&] { Write("part=1/new", "4"); },
      [&] { std::filesystem::remove(folder_ + "/b"); },
      [&] {
        const auto time = std::filesystem::last_write_time(folder_ + "/part=1/new");
        Write("same", "5");
        std::filesystem::last_write_time(folder_ + "/same", time);
        std::filesystem::rename(folder_ + "/same", folder_ + "/part=1/new");
      },
  };
  for (const auto& change : changes) {
    const auto before = Take(folder_);
    change();
    const auto after = Take(folder_);
    ASSERT_TRUE(before && after);
    EXPECT_FALSE(*before == *after);
    EXPECT_GE(after->changed_at(), before->changed_at());
  }
}

TEST_F(FileSnapshotTest, PathsAreReadAsSparkDoes) {
  const auto all = Take(folder_);
  ASSERT_TRUE(all);
  EXPECT_TRUE(Take("file:" + folder_) == all);
  EXPECT_TRUE(Take("file://" + folder_) == all);
  EXPECT_TRUE(Take("file://localhost" + folder_) == all);
  EXPECT_TRUE(Take(folder_ + "/*/a") == Take(folder_ + "/"));
  EXPECT_TRUE(Take(folder_ + "/part={1,2}/a") == Take(folder_ + "/"));
  EXPECT_TRUE(FileSnapshot::Take({}).has_value());
}

TEST_F(FileSnapshotTest, WhatIsNotHereIsNotKnown) {
  for (const char* path : {"s3a://bucket/a", "hdfs:/a", "https://host/a", "", "/nowhere/at/all", "/a%20b"})
    EXPECT_FALSE(Take(path)) << path;
}

}  // namespace
}  // namespace hearth::gateway
