#include "gateway/result_ring.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "wire/request.h"

namespace hearth::gateway {
namespace {

class ResultRingTest : public testing::Test {
 protected:
  ResultRingTest() {
    std::string pattern = testing::TempDir() + "/hearth-ring-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    path_ = directory_ + "/results";
    Reopen();
  }
  ~ResultRingTest() override { std::filesystem::remove_all(directory_); }

  /// As the gateway after this one finds it.
  void Reopen() {
    ring_ = nullptr;
    auto ring = ResultRing::Open(path_);
    ASSERT_TRUE(ring.ok()) << ring.status();
    ring_ = *std::move(ring);
  }
  static std::string KeyOf(int operation) {
    return ResultRing::KeyOf({"ada", "s"}, std::to_string(operation));
  }
  void Put(int operation, const std::vector<std::string>& bodies) {
    std::vector<wire::Response> responses;
    for (const std::string& body : bodies) {
      responses.push_back(wire::EncodedResponse(body));
      responses.back().rows = static_cast<int64_t>(body.size());
    }
    ring_->Put(KeyOf(operation), responses);
  }
  std::vector<std::string> Find(int operation) {
    std::vector<std::string> bodies;
    const auto found = ring_->Find(KeyOf(operation));
    if (!found) return {"none"};
    for (const wire::Response& response : *found) {
      EXPECT_EQ(response.rows, static_cast<int64_t>(response.bytes()));
      bodies.emplace_back(wire::BytesOf(wire::OnePiece(response.body)));
    }
    return bodies;
  }

  std::string directory_;
  std::string path_;
  std::unique_ptr<ResultRing> ring_;
};

using Bodies = std::vector<std::string>;

TEST_F(ResultRingTest, TheNextGatewayFindsWhatThisOneKept) {
  Put(1, {"schema", std::string(1000, 'r')});
  Put(2, {});
  EXPECT_FALSE(ring_->Has(KeyOf(1))) << "its clients ask the result itself";
  Reopen();
  EXPECT_EQ(Find(1), (Bodies{"schema", std::string(1000, 'r')}));
  EXPECT_EQ(Find(2), Bodies{});
  EXPECT_EQ(Find(3), Bodies{"none"});
  Put(3, {"c"});
  Reopen();
  EXPECT_EQ(Find(1), (Bodies{"schema", std::string(1000, 'r')})) << "nor does a second kill lose it";
  EXPECT_EQ(Find(3), Bodies{"c"});
}

TEST_F(ResultRingTest, TheOldestMakeRoomAndTheRestStaysWhole) {
  constexpr int kResults = 200;
  const auto body_of = [](int i) {
    return std::string(500'000 + static_cast<size_t>(i) * 1000, 'a' + i % 26);
  };
  for (int i = 0; i < kResults; ++i) Put(i, {body_of(i)});
  EXPECT_LE(std::filesystem::file_size(path_), ResultRing::kFileBytes);
  Reopen();
  EXPECT_FALSE(ring_->Has(KeyOf(0)));
  int kept = 0;
  for (int i = 0; i < kResults; ++i) {
    if (!ring_->Has(KeyOf(i))) continue;
    ++kept;
    EXPECT_EQ(Find(i), Bodies{body_of(i)}) << i;
  }
  EXPECT_GE(kept, 90);
  // It goes on where the latest ended: the oldest that is left is overwritten next.
  Put(kResults, {body_of(kResults)});
  EXPECT_EQ(Find(kResults - 1), Bodies{body_of(kResults - 1)});
}

TEST_F(ResultRingTest, WhatIsOverwrittenSinceIsNotGiven) {
  Put(1, {"one"});
  Reopen();
  EXPECT_EQ(Find(1), Bodies{"one"});
  for (int i = 2; i < 20; ++i) Put(i, {std::string(ResultRing::kResultBytesMax - 1000, 'x')});
  EXPECT_EQ(Find(1), Bodies{"none"});
}

TEST_F(ResultRingTest, TheLatestOfAKeyCounts) {
  Put(1, {"first"});
  Put(1, {"second"});
  Reopen();
  EXPECT_EQ(Find(1), Bodies{"second"});
}

TEST_F(ResultRingTest, ALargeResultIsNotKept) {
  Put(1, {std::string(ResultRing::kResultBytesMax + 1, 'x')});
  Reopen();
  EXPECT_FALSE(ring_->Has(KeyOf(1)));
}

TEST_F(ResultRingTest, DamageCostsOneResult) {
  Put(1, {"one"});
  Put(2, {"two"});
  Put(3, {"three"});
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(ResultRing::kAlignment * 2 + 60);
    file.put('!');
  }
  ASSERT_EQ(::truncate(path_.c_str(), static_cast<off_t>(std::filesystem::file_size(path_) + 7)), 0);
  Reopen();
  int found = 0;
  for (int i = 1; i <= 3; ++i) found += ring_->Has(KeyOf(i)) ? 1 : 0;
  EXPECT_EQ(found, 2);
}

}  // namespace
}  // namespace hearth::gateway
