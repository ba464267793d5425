#include "wire/spool.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <deque>
#include <filesystem>
#include <string>

namespace hearth::wire {
namespace {

class SpoolTest : public testing::Test {
 protected:
  SpoolTest() { std::filesystem::create_directories(directory_); }
  ~SpoolTest() override { std::filesystem::remove_all(directory_); }

  void Write(char letter) {
    const grpc::Slice body(std::string(300, letter));
    const auto place = file_.Write(grpc::ByteBuffer(&body, 1));
    ASSERT_TRUE(place);
    places_.push_back(*place);
  }
  char LetterOf(const SpoolFile::Place& place) {
    const auto body = file_.Read(place);
    grpc::Slice slice;
    EXPECT_TRUE(body.ok() && body->DumpToSingleSlice(&slice).ok());
    return static_cast<char>(*slice.begin());
  }
  /// Of the files without a name that this process has on that disk.
  static int64_t DiskBytes() {
    int64_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      struct stat status;
      if (::stat(entry.path().c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 0)
        bytes += status.st_blocks * 512;
    }
    return bytes;
  }

  const std::string directory_ = testing::TempDir() + "spool_test";
  const std::shared_ptr<SpoolSpace> space_ = std::make_shared<SpoolSpace>(directory_, SpoolLimits{});
  SpoolFile file_{space_};
  std::deque<SpoolFile::Place> places_;
};

TEST_F(SpoolTest, SmallPlacesGiveBackThePagesThatTheyShare) {
  constexpr int kCount = 50'000;  // 15 MB
  for (int i = 0; i < kCount; ++i) Write(static_cast<char>('a' + i % 26));
  EXPECT_GE(DiskBytes(), 14 << 20);
  for (int i = 0; i < kCount / 2; ++i) {
    file_.Free(places_.front());
    places_.pop_front();
  }
  EXPECT_LE(DiskBytes(), 10 << 20) << "from the front";
  EXPECT_EQ(LetterOf(places_.front()), static_cast<char>('a' + kCount / 2 % 26));
  while (places_.size() > 100) {
    file_.Free(places_.back());
    places_.pop_back();
  }
  EXPECT_LE(DiskBytes(), 2 << 20) << "and from the back";
  EXPECT_EQ(LetterOf(places_.back()), static_cast<char>('a' + (kCount / 2 + 99) % 26));
  Write('!');
  EXPECT_EQ(LetterOf(places_.back()), '!');
  EXPECT_EQ(space_->file_bytes(), 101 * 300);
}

}  // namespace
}  // namespace hearth::wire
