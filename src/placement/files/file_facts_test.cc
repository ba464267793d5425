#include "placement/files/file_facts.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>
#include <vector>

#include "placement/files/file_listing.h"
#include "placement/files/footer_writer.h"
#include "placement/files/parquet_footer.h"

namespace hearth::placement {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

class FileFactsTest : public testing::Test {
 protected:
  FileFactsTest() {
    std::string pattern = (fs::temp_directory_path() / "hearth-files-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~FileFactsTest() override { fs::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& content) {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }
  std::string WriteRows(const std::string& name, int64_t rows, int64_t low = 0, int64_t high = 9) {
    return Write(name, WriteParquet(WriteFooter(
                           {{.name = "a", .low = EightBytes(low), .high = EightBytes(high)}}, rows, 1)));
  }
  std::shared_ptr<const InputFacts> Look(const std::string& name, const std::string& format = "") {
    return facts_.Look({format, {(folder_ / name).string()}});
  }

  fs::path folder_;
  FileFacts facts_;
};

TEST_F(FileFactsTest, AFolderIsTheSumOfItsFiles) {
  WriteRows("t/1.parquet", 100, -3, 5);
  WriteRows("t/2.parquet", 200, 0, 70);
  Write("t/_SUCCESS", "no");
  Write("t/.crc", "no");
  const auto facts = Look("t");
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->rows, 300);
  EXPECT_EQ(facts->spread, 0);
  ASSERT_EQ(facts->columns.size(), 1u);
  EXPECT_EQ(facts->columns[0].range, std::make_pair(-3.0, 70.0));
  EXPECT_NE(facts->description.find("Parquet in 2 files, 300 rows"), std::string::npos) << facts->description;
}

TEST_F(FileFactsTest, PartitionsHaveTheirShares) {
  WriteRows("t/Day=1/Kind=x/1.parquet", 100);
  WriteRows("t/Day=2/Kind=x/1.parquet", 300);
  const auto facts = Look("t", "parquet");
  ASSERT_TRUE(facts);
  ASSERT_EQ(facts->columns.size(), 3u);
  EXPECT_EQ(facts->columns[1].name, "day");
  auto days = facts->columns[1].partitions;
  std::sort(days.begin(), days.end());
  EXPECT_EQ(days, (std::vector<std::pair<std::string, double>>{{"1", 0.25}, {"2", 0.75}}));
  EXPECT_EQ(facts->columns[2].distinct, 1);
}

TEST_F(FileFactsTest, PatternsAndSchemesAreUnderstood) {
  WriteRows("t/day=1/1.parquet", 100);
  WriteRows("t/day=2/1.parquet", 300);
  EXPECT_EQ(Look("t/day={1,2}")->rows, 400);
  EXPECT_EQ(Look("t/d?y=[12]")->rows, 400);
  EXPECT_EQ(Look("t/day=3*"), nullptr);
  EXPECT_EQ(Look("t/day=*/1.parquet")->columns[1].partitions.size(), 2u);
  EXPECT_EQ(facts_.Look({"", {"file:" + (folder_ / "t").string()}})->rows, 400);
  EXPECT_EQ(facts_.Look({"", {"file://" + (folder_ / "t").string()}})->rows, 400);
}

TEST_F(FileFactsTest, AFileThatChangedIsReadAgain) {
  WriteRows("1.parquet", 100);
  EXPECT_EQ(Look("1.parquet")->rows, 100);
  WriteRows("2.parquet", 7);
  fs::rename(folder_ / "2.parquet", folder_ / "1.parquet");
  EXPECT_EQ(Look("1.parquet")->rows, 7);
}

TEST_F(FileFactsTest, OfLinesTheBytesTell) {
  Write("t.csv", std::string(100'000, 'x'));
  const auto facts = Look("t.csv", "csv");
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->bytes, 100'000);
  EXPECT_GT(facts->rows, 100);
  EXPECT_GT(facts->spread, 0.5);
  EXPECT_EQ(facts->description, "97.7 KiB of csv, about 1.0 k rows");
}

TEST_F(FileFactsTest, WhatIsNotThereOrElsewhereIsUnknown) {
  EXPECT_EQ(Look("gone"), nullptr);
  EXPECT_EQ(Look("gone*"), nullptr);
  EXPECT_EQ(facts_.Look({"", {"s3a://bucket/t"}}), nullptr);
  EXPECT_EQ(facts_.Look({"", {""}}), nullptr);
  EXPECT_EQ(facts_.Look({"", {std::string(1 << 20, '{') + std::string(1 << 20, '}')}}), nullptr);
  EXPECT_EQ(facts_.Look({"", std::vector<std::string>(1'000'000, "gone")}), nullptr);
  EXPECT_EQ(facts_.Look({"", {std::string("/tmp\0x", 6)}}), nullptr);
}

TEST_F(FileFactsTest, DamagedFilesCountByTheirBytes) {
  const std::string good = WriteRows("t/1.parquet", 1000);
  Write("t/2.parquet", std::string(fs::file_size(good), 'x'));
  const auto facts = Look("t");
  ASSERT_TRUE(facts);
  EXPECT_NEAR(facts->rows, 2000, 1) << "as many as the other has in so many bytes";
  EXPECT_GT(facts->spread, 0);
  Write("lone/1.parquet", std::string(1000, 'x'));
  ASSERT_TRUE(Look("lone"));
  EXPECT_GT(Look("lone")->spread, 0.5);
  EXPECT_EQ(Look("lone")->bytes, 1000);
}

TEST_F(FileFactsTest, SpecialFilesAreNotOpened) {
  fs::create_directories(folder_ / "t");
  ASSERT_EQ(::mkfifo((folder_ / "t/pipe").c_str(), 0600), 0);
  WriteRows("t/1.parquet", 100);
  EXPECT_EQ(Look("t")->rows, 100);
}

TEST_F(FileFactsTest, BeyondALimitTheRestIsGuessed) {
  for (int i = 0; i < 20; ++i) WriteRows("t/" + std::to_string(i) + ".parquet", 100);
  FileFacts few({.files_max = 5});
  const auto facts = few.Look({"", {(folder_ / "t").string()}});
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->rows, 500);
  EXPECT_GT(facts->spread, 1);
  EXPECT_EQ(facts->description.substr(0, 8), "at least");
}

TEST_F(FileFactsTest, FoldersInALoopEnd) {
  fs::create_directories(folder_ / "t");
  fs::create_directory_symlink(folder_ / "t", folder_ / "t/again");
  fs::create_directory_symlink(folder_ / "t", folder_ / "t/twice");
  WriteRows("t/1.parquet", 100);
  FileFacts hasty({.time_max = milliseconds(50)});
  const auto begun = std::chrono::steady_clock::now();
  hasty.Look({"", {(folder_ / "t").string()}});
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

TEST_F(FileFactsTest, MemoryIsBounded) {
  FileFacts small({.remembered_max = 3});
  for (int i = 0; i < 20; ++i) {
    const std::string path = WriteRows(std::to_string(i) + ".parquet", 100 + i);
    EXPECT_EQ(small.Look({"", {path}})->rows, 100 + i);
  }
}

TEST_F(FileFactsTest, WithoutTimeNobodyWaits) {
  for (int i = 0; i < 50; ++i) WriteRows("t/" + std::to_string(i) + ".parquet", 100);
  FileFacts none({.time_max = milliseconds(0)});
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    const auto facts = none.Look({"", {(folder_ / "t").string()}});
    EXPECT_TRUE(facts == nullptr || facts->spread > 0);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

TEST_F(FileFactsTest, ManyMayAskAtOnce) {
  FileFacts patient({.time_max = std::chrono::seconds(60)});
  for (int i = 0; i < 20; ++i) WriteRows("t/" + std::to_string(i) + ".parquet", 100);
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        const auto facts = patient.Look({"", {(folder_ / "t").string()}});
        right += facts != nullptr && facts->rows == 2000 ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 320);
}

double MicrosecondsOf(int rounds, const std::function<void()>& body) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    body();
    times.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begun).count());
  }
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  return times[static_cast<size_t>(rounds / 2)];
}

// As large as the footer of TPC-H's lineitem at scale factor 1: 16 columns, 53 row groups, 100 KiB.
TEST_F(FileFactsTest, AFooterCostsLessThanAMillisecond) {
  std::vector<WrittenColumn> columns;
  for (int i = 0; i < 16; ++i) {
    columns.push_back({.name = "column_" + std::to_string(i),
                       .is_text = true,
                       .low = std::string(40, 'a'),
                       .high = std::string(40, 'z')});
  }
  const std::string footer = WriteFooter(columns, 100'000, 53);
  const std::string path = Write("wide.parquet", WriteParquet(footer));
  std::string bytes(footer.size(), '\0');
  const double plain = MicrosecondsOf(101, [&] {
    const int fd = ::open(path.c_str(), O_RDONLY);
    const auto got = ::pread(fd, bytes.data(), bytes.size(), 104);
    ASSERT_EQ(got, static_cast<ssize_t>(bytes.size()));
    ::close(fd);
  });
  const double parsed = MicrosecondsOf(101, [&] { ASSERT_TRUE(ReadParquetFooter(bytes)); });
  const double cold = MicrosecondsOf(101, [&] { FileFacts().Look({"", {path}}); });
  FileFacts facts;
  const double warm = MicrosecondsOf(1001, [&] { facts.Look({"", {path}}); });
  std::printf("footer of %zu bytes: read %.1f us, parsed %.1f us, looked at cold %.1f us, again %.1f us\n",
              footer.size(), plain, parsed, cold, warm);
  EXPECT_LT(parsed, 1000);
  EXPECT_LT(warm, 1000);
}

}  // namespace
}  // namespace hearth::placement
