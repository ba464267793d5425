#include "wire/result_buffer.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <spark/connect/base.pb.h>
#include <sys/resource.h>

#include <thread>

#include "spark/error.h"
#include "wire/request.h"

namespace hearth::wire {
namespace {

using Kind = ResultBuffer::Taken::Kind;
using Room = ResultBuffer::Room;

::spark::connect::ExecutePlanResponse Decode(const grpc::ByteBuffer& body) {
  ::spark::connect::ExecutePlanResponse response;
  DecodeMessage(OnePiece(body), &response);
  return response;
}

Response Batch(int64_t rows, size_t bytes) {
  return ArrowBatchResponse(rows, std::nullopt, {grpc::Slice(std::string(bytes, 'x'))});
}

class ResultBufferTest : public testing::Test {
 protected:
  Limits limits_{.retry_bytes_max = 1000, .unsent_bytes_max = 1000};
  ResultBuffer reattachable_{{"client session", "server session", "operation"}, true, limits_};
  ResultBuffer plain_{{"client session", "server session", "operation"}, false, limits_};
  int wakes_ = 0;

  ResultBuffer::Consumer Attach(ResultBuffer& buffer, std::optional<std::string_view> after = std::nullopt) {
    return buffer.Attach(after, [this] { ++wakes_; });
  }
  std::string TakeId(ResultBuffer& buffer, ResultBuffer::Consumer consumer) {
    ResultBuffer::Taken taken = buffer.Take(consumer);
    EXPECT_EQ(taken.kind, Kind::kResponse);
    return Decode(taken.body).response_id();
  }
  static std::string ConditionOf(const std::function<void()>& action) {
    try {
      action();
    } catch (const spark::Error& error) {
      return error.condition();
    }
    return "";
  }
};

TEST_F(ResultBufferTest, GoesOnAfterWhatAnEarlierServerDelivered) {
  const std::string had = ResponseIdSequence("operation").At(7, {.rows = 40, .digest = 5});
  ASSERT_EQ(ResponseIdSequence("operation").PrefixOf(had)->responses, 7u);
  EXPECT_EQ(ResponseIdSequence("operation").PrefixOf(had)->rows, 40);
  EXPECT_EQ(ResponseIdSequence("operation").PrefixOf(had)->proof, ShortProof(5));
  EXPECT_FALSE(ResponseIdSequence("another").PrefixOf(had));
  reattachable_.BeginAfter(7, 40);
  EXPECT_EQ(ConditionOf([&] { Attach(reattachable_); }), "INVALID_CURSOR.POSITION_NOT_AVAILABLE");
  const auto consumer = Attach(reattachable_, had);
  reattachable_.Append(Batch(2, 10));
  const auto next = ResponseIdSequence("operation").PrefixOf(TakeId(reattachable_, consumer));
  EXPECT_EQ(next->responses, 8u);
  EXPECT_EQ(next->rows, 42);
  EXPECT_EQ(reattachable_.numbers().rows, 42);
}

TEST_F(ResultBufferTest, ResponsesGetTheIdsOfTheirOperation) {
  reattachable_.Append(Batch(3, 10));
  const auto consumer = Attach(reattachable_);
  const auto response = Decode(reattachable_.Take(consumer).body);
  EXPECT_EQ(response.session_id(), "client session");
  EXPECT_EQ(response.server_side_session_id(), "server session");
  EXPECT_EQ(response.operation_id(), "operation");
  EXPECT_EQ(response.response_id().size(), 36u);
  EXPECT_EQ(response.arrow_batch().row_count(), 3);
  EXPECT_EQ(reattachable_.numbers().rows, 3);
}

TEST_F(ResultBufferTest, OnlyAReattachableRunEndsWithResultComplete) {
  reattachable_.Complete();
  const auto consumer = Attach(reattachable_);
  EXPECT_TRUE(Decode(reattachable_.Take(consumer).body).has_result_complete());
  EXPECT_EQ(reattachable_.Take(consumer).kind, Kind::kComplete);

  plain_.Complete();
  EXPECT_EQ(plain_.Take(Attach(plain_)).kind, Kind::kComplete);
}

TEST_F(ResultBufferTest, AWaitingConsumerIsWokenOnce) {
  const auto consumer = Attach(reattachable_);
  EXPECT_EQ(reattachable_.Take(consumer).kind, Kind::kNothingYet);
  reattachable_.Append(Batch(1, 1));
  reattachable_.Append(Batch(1, 1));
  EXPECT_EQ(wakes_, 1);
  EXPECT_TRUE(reattachable_.Take(consumer).more);
  EXPECT_FALSE(reattachable_.Take(consumer).more);
}

TEST_F(ResultBufferTest, ReattachGoesOnAfterTheNamedResponse) {
  for (int i = 1; i <= 3; ++i) reattachable_.Append(Batch(i, 1));
  const auto first = Attach(reattachable_);
  const std::string first_id = TakeId(reattachable_, first);
  TakeId(reattachable_, first);

  const auto second = Attach(reattachable_, first_id);
  EXPECT_EQ(Decode(reattachable_.Take(second).body).arrow_batch().row_count(), 2);
  const auto third = Attach(reattachable_);
  EXPECT_EQ(Decode(reattachable_.Take(third).body).arrow_batch().row_count(), 1);
}

TEST_F(ResultBufferTest, ANewerConsumerDisconnectsTheOlder) {
  const auto older = Attach(reattachable_);
  EXPECT_EQ(reattachable_.Take(older).kind, Kind::kNothingYet);
  const auto newer = Attach(reattachable_);
  EXPECT_EQ(wakes_, 1);
  EXPECT_EQ(reattachable_.Take(older).kind, Kind::kDisconnected);
  EXPECT_FALSE(reattachable_.Detach(older)) << "an old reader must not detach the new one";
  EXPECT_TRUE(reattachable_.attached());
  EXPECT_TRUE(reattachable_.Detach(newer));
  EXPECT_FALSE(reattachable_.attached());
}

TEST_F(ResultBufferTest, TheMakerOfAnOperationIsItsOldestConsumerHoweverLateItAttaches) {
  const auto quicker = Attach(reattachable_);
  const auto maker = reattachable_.AttachOldest([] {});
  EXPECT_EQ(reattachable_.Take(maker).kind, Kind::kDisconnected);
  EXPECT_FALSE(reattachable_.Detach(maker));
  EXPECT_EQ(reattachable_.Take(quicker).kind, Kind::kNothingYet);
  const auto alone = plain_.AttachOldest([] {});
  plain_.Append(Batch(1, 1));
  EXPECT_EQ(plain_.Take(alone).kind, Kind::kResponse);
}

TEST_F(ResultBufferTest, ACursorThatIsNotThereIsRefused) {
  reattachable_.Append(Batch(1, 1));
  const auto consumer = Attach(reattachable_);
  const std::string id = TakeId(reattachable_, consumer);
  const std::string unknown = "00112233-4455-6677-8899-aabbccddeeff";
  EXPECT_EQ(ConditionOf([&] { Attach(reattachable_, unknown); }), "INVALID_CURSOR.POSITION_NOT_FOUND");
  std::string future = id;
  future.back() = '7';
  EXPECT_EQ(ConditionOf([&] { Attach(reattachable_, future); }), "INVALID_CURSOR.POSITION_NOT_FOUND");
  reattachable_.ReleaseUntil(id);
  EXPECT_EQ(ConditionOf([&] { Attach(reattachable_); }), "INVALID_CURSOR.POSITION_NOT_AVAILABLE");
  EXPECT_EQ(ConditionOf([&] { Attach(plain_, unknown); }), "INVALID_CURSOR.NOT_REATTACHABLE");
  EXPECT_EQ(reattachable_.Take(consumer).kind, Kind::kNothingYet)
      << "a refused reattach leaves the reader alone";
}

TEST_F(ResultBufferTest, SentResponsesAreKeptUpToTheRetryLimit) {
  const auto consumer = Attach(reattachable_);
  std::vector<std::string> ids;
  for (int i = 0; i < 10; ++i) {
    reattachable_.Append(Batch(1, 400));
    ids.push_back(TakeId(reattachable_, consumer));
  }
  EXPECT_LE(reattachable_.numbers().held_bytes, limits_.retry_bytes_max);
  EXPECT_GT(reattachable_.numbers().held_bytes, 400u);
  Attach(reattachable_, ids[8]);
  EXPECT_EQ(ConditionOf([&] { Attach(reattachable_, ids[0]); }), "INVALID_CURSOR.POSITION_NOT_AVAILABLE");
}

TEST_F(ResultBufferTest, TheLastSentResponseStaysHoweverLarge) {
  const auto consumer = Attach(reattachable_);
  reattachable_.Append(Batch(1, 1));
  const std::string before = TakeId(reattachable_, consumer);
  reattachable_.Append(Batch(2, 5000));
  TakeId(reattachable_, consumer);
  const auto again = Attach(reattachable_, before);
  EXPECT_EQ(Decode(reattachable_.Take(again).body).arrow_batch().row_count(), 2);
}

TEST_F(ResultBufferTest, WithoutReattachNothingSentIsKept) {
  plain_.Append(Batch(1, 400));
  plain_.Take(Attach(plain_));
  EXPECT_EQ(plain_.numbers().held_bytes, 0u);
}

TEST_F(ResultBufferTest, ReleaseOutOfOrderOrUnknownIsNoError) {
  const auto consumer = Attach(reattachable_);
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    reattachable_.Append(Batch(1, 10));
    ids.push_back(TakeId(reattachable_, consumer));
  }
  reattachable_.ReleaseUntil(ids[1]);
  reattachable_.ReleaseUntil(ids[0]);
  reattachable_.ReleaseUntil("nonsense");
  Attach(reattachable_, ids[1]);
  reattachable_.ReleaseUntil(ids[2]);
  EXPECT_EQ(reattachable_.numbers().held_bytes > 0, true) << "what the newest reader has not got stays";
}

TEST_F(ResultBufferTest, AFullBufferPausesAProducerWithoutThread) {
  EXPECT_EQ(plain_.Append(Batch(1, 400)), Room::kYes);
  EXPECT_EQ(plain_.Append(Batch(1, 800)), Room::kFull);
  int resumed = 0;
  plain_.OnRoom([&] { ++resumed; });
  EXPECT_EQ(resumed, 0);
  const auto consumer = Attach(plain_);
  plain_.Take(consumer);
  EXPECT_EQ(resumed, 1);
  plain_.Take(consumer);
  EXPECT_EQ(resumed, 1);
}

TEST_F(ResultBufferTest, AFullBufferBlocksAProducerWithAThread) {
  std::atomic<int> pushed{0};
  std::thread producer([&] {
    for (int i = 0; i < 20; ++i) {
      if (!plain_.Push(Batch(1, 600))) return;
      ++pushed;
    }
    plain_.Complete();
  });
  const auto consumer = Attach(plain_);
  int taken = 0;
  while (true) {
    const auto next = plain_.Take(consumer);
    if (next.kind == Kind::kComplete) break;
    if (next.kind == Kind::kResponse) ++taken;
    EXPECT_LE(plain_.numbers().held_bytes, 3000u);
  }
  producer.join();
  EXPECT_EQ(taken, 20);
  EXPECT_EQ(pushed, 20);
}

TEST_F(ResultBufferTest, AnInterruptFreesABlockedProducerAndWins) {
  std::thread producer([&] {
    while (plain_.Push(Batch(1, 600))) {
    }
    plain_.Complete();
  });
  while (plain_.numbers().held_bytes < 1000) std::this_thread::yield();
  plain_.Fail(Failure{.message = "interrupted"});
  producer.join();
  const auto consumer = Attach(plain_);
  ResultBuffer::Taken taken;
  do {
    taken = plain_.Take(consumer);
  } while (taken.kind == Kind::kResponse);
  ASSERT_EQ(taken.kind, Kind::kFailed);
  EXPECT_EQ(taken.failure->message, "interrupted");
}

TEST_F(ResultBufferTest, WhatNobodyHasTakenIsDroppedForAnotherAttempt) {
  reattachable_.Append(Batch(1, 1));
  reattachable_.Append(Batch(2, 1));
  const auto consumer = Attach(reattachable_);
  TakeId(reattachable_, consumer);
  const auto delivered = reattachable_.DropUndelivered();
  ASSERT_TRUE(delivered);
  EXPECT_EQ(delivered->responses, 1u);
  EXPECT_EQ(delivered->rows, 1);
  EXPECT_EQ(reattachable_.numbers().rows, 1);
  EXPECT_EQ(reattachable_.Take(consumer).kind, Kind::kNothingYet);
  reattachable_.Append(Batch(5, 1));
  EXPECT_EQ(wakes_, 1);
  EXPECT_EQ(Decode(reattachable_.Take(consumer).body).arrow_batch().row_count(), 5);
  reattachable_.Complete();
  EXPECT_FALSE(reattachable_.DropUndelivered());
}

TEST_F(ResultBufferTest, WhatIsHeldBackIsNotTakenAndProgressPassesIt) {
  const auto consumer = Attach(reattachable_);
  EXPECT_EQ(reattachable_.Take(consumer).kind, Kind::kNothingYet);
  const uint64_t hold = reattachable_.HoldBack();
  reattachable_.Append(Batch(1, 1));
  EXPECT_EQ(reattachable_.Take(consumer).kind, Kind::kNothingYet);
  reattachable_.AppendAhead(Batch(2, 1));
  EXPECT_EQ(Decode(reattachable_.Take(consumer).body).arrow_batch().row_count(), 2);
  EXPECT_EQ(reattachable_.Take(consumer).kind, Kind::kNothingYet);
  const int wakes = wakes_;
  reattachable_.Open(hold);
  EXPECT_EQ(wakes_, wakes + 1);
  EXPECT_EQ(Decode(reattachable_.Take(consumer).body).arrow_batch().row_count(), 1);
}

TEST_F(ResultBufferTest, AnOldHoldOpensNothing) {
  const auto consumer = Attach(reattachable_);
  const uint64_t first = reattachable_.HoldBack();
  reattachable_.Append(Batch(1, 1));
  EXPECT_EQ(reattachable_.DropUndelivered()->responses, 0u);
  reattachable_.HoldBack();
  reattachable_.Append(Batch(2, 1));
  reattachable_.Open(first);
  EXPECT_EQ(reattachable_.Take(consumer).kind, Kind::kNothingYet);
  reattachable_.Complete();
  EXPECT_EQ(Decode(reattachable_.Take(consumer).body).arrow_batch().row_count(), 2);
}

TEST_F(ResultBufferTest, AFailureDropsWhatIsHeldBack) {
  reattachable_.Append(Batch(1, 1));
  reattachable_.HoldBack();
  reattachable_.Append(Batch(2, 1));
  reattachable_.Fail(Failure{.message = "boom"});
  const auto consumer = Attach(reattachable_);
  EXPECT_EQ(Decode(reattachable_.Take(consumer).body).arrow_batch().row_count(), 1);
  EXPECT_EQ(reattachable_.Take(consumer).kind, Kind::kFailed);
}

// ---- the spool ----

class SpooledResultTest : public ResultBufferTest {
 protected:
  void SetUp() override { reattachable_.SpoolInto(space_); }
  /// Appends batches of 400 bytes with 1, 2, ... rows.
  Room AppendNext() { return reattachable_.Append(Batch(++appended_, 400)); }
  int64_t TakeRows(ResultBuffer::Consumer consumer) {
    ResultBuffer::Taken taken = reattachable_.Take(consumer);
    EXPECT_EQ(taken.kind, Kind::kResponse);
    const auto response = Decode(taken.body);
    EXPECT_EQ(response.arrow_batch().data(), std::string(400, 'x'));
    EXPECT_EQ(response.operation_id(), "operation");
    last_id_ = response.response_id();
    return response.arrow_batch().row_count();
  }

  const std::string directory_ = testing::TempDir();
  std::shared_ptr<SpoolSpace> space_ =
      std::make_shared<SpoolSpace>(directory_, SpoolLimits{.operation_bytes_max = 4000, .bytes_max = 8000});
  int64_t appended_ = 0;
  std::string last_id_;
};

TEST_F(SpooledResultTest, AProducerThatWaitedGoesOnIntoTheSpoolUpToItsLimit) {
  EXPECT_EQ(AppendNext(), Room::kYes);
  EXPECT_EQ(AppendNext(), Room::kYes);
  EXPECT_EQ(AppendNext(), Room::kFull);
  int resumed = 0;
  reattachable_.OnRoom([&] { ++resumed; });
  EXPECT_EQ(resumed, 0) << "a consumer may be about to take them";
  reattachable_.SpoolFromNow();
  EXPECT_EQ(resumed, 1);
  while (AppendNext() == Room::kYes) {
  }
  EXPECT_GT(reattachable_.numbers().spooled_bytes, 3500u);
  EXPECT_LE(reattachable_.numbers().spooled_bytes, 4500u);
  EXPECT_EQ(space_->file_bytes(), static_cast<int64_t>(reattachable_.numbers().spooled_bytes));
  const auto consumer = Attach(reattachable_);
  for (int64_t rows = 1; rows <= appended_; ++rows) EXPECT_EQ(TakeRows(consumer), rows);
  EXPECT_EQ(AppendNext(), Room::kYes) << "who has caught up gets from memory again";
  EXPECT_EQ(TakeRows(consumer), appended_);
}

TEST_F(SpooledResultTest, VeryManySmallResponsesWaitForTheirClientToo) {
  ResultBuffer buffer({"s", "ss", "o"}, true, limits_);
  buffer.SpoolInto(std::make_shared<SpoolSpace>(directory_, SpoolLimits{}));
  while (buffer.Append(Batch(1, 10)) == Room::kYes) {
  }
  buffer.SpoolFromNow();
  uint64_t appended = 0;
  while (buffer.Append(Batch(1, 10)) == Room::kYes) ASSERT_LT(++appended, 300'000u);
  EXPECT_GT(appended, 200'000u);
  const auto consumer = Attach(buffer);
  EXPECT_EQ(buffer.Take(consumer).kind, Kind::kResponse);
  EXPECT_EQ(buffer.Take(consumer).kind, Kind::kResponse);
  EXPECT_TRUE(buffer.has_room());
}

TEST_F(SpooledResultTest, ReattachAndReleaseWorkOverWhatIsSpooled) {
  for (int i = 0; i < 3; ++i) AppendNext();
  reattachable_.SpoolFromNow();
  for (int i = 0; i < 4; ++i) AppendNext();
  reattachable_.Complete();
  auto consumer = Attach(reattachable_);
  for (int64_t rows = 1; rows <= 5; ++rows) EXPECT_EQ(TakeRows(consumer), rows);
  const std::string fifth = last_id_;
  EXPECT_EQ(TakeRows(consumer), 6);
  consumer = Attach(reattachable_, fifth);
  EXPECT_EQ(TakeRows(consumer), 6);
  EXPECT_EQ(TakeRows(consumer), 7);
  EXPECT_TRUE(Decode(reattachable_.Take(consumer).body).has_result_complete());
  EXPECT_TRUE(reattachable_.ReleaseUntil(last_id_));
  EXPECT_EQ(space_->file_bytes(), 0);
  EXPECT_EQ(reattachable_.numbers().spooled_bytes, 0u);
}

TEST_F(SpooledResultTest, WhatIsDroppedGivesItsSpaceBack) {
  for (int i = 0; i < 3; ++i) AppendNext();
  reattachable_.SpoolFromNow();
  for (int i = 0; i < 4; ++i) AppendNext();
  EXPECT_GT(space_->file_bytes(), 0);
  EXPECT_GT(space_->memory_bytes(), 0);
  EXPECT_TRUE(reattachable_.DropUndelivered());
  EXPECT_EQ(space_->file_bytes(), 0);
  EXPECT_EQ(space_->memory_bytes(), 0);
}

TEST_F(SpooledResultTest, WhenAllTogetherAreShortOfMemoryTheSpoolIsUsedAtOnce) {
  auto space = std::make_shared<SpoolSpace>(
      directory_, SpoolLimits{.memory_bytes_max = 500, .operation_memory_bytes_min = 100});
  ResultBuffer first({"s", "ss", "first"}, true, limits_);
  first.SpoolInto(space);
  first.Append(Batch(1, 400));
  first.Append(Batch(1, 400));
  EXPECT_EQ(first.numbers().spooled_bytes, 0u);
  ResultBuffer second({"s", "ss", "second"}, true, limits_);
  second.SpoolInto(space);
  second.Append(Batch(1, 400));
  EXPECT_GT(second.numbers().spooled_bytes, 0u);
  second.Append(Batch(2, 10));
  const auto consumer = Attach(second);
  EXPECT_EQ(Decode(second.Take(consumer).body).arrow_batch().row_count(), 1);
  EXPECT_EQ(Decode(second.Take(consumer).body).arrow_batch().row_count(), 2);
}

TEST_F(SpooledResultTest, AProducerWaitsWhereNothingCanBeSpooled) {
  ResultBuffer buffer({"s", "ss", "o"}, true, limits_);
  buffer.SpoolInto(std::make_shared<SpoolSpace>("/nowhere", SpoolLimits{}));
  for (int i = 0; i < 3; ++i) buffer.Append(Batch(1, 400));
  buffer.SpoolFromNow();
  EXPECT_EQ(buffer.Append(Batch(2, 400)), Room::kFull) << "it is kept all the same";
  int resumed = 0;
  buffer.OnRoom([&] { ++resumed; });
  const auto consumer = Attach(buffer);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Decode(buffer.Take(consumer).body).arrow_batch().row_count(), 1);
  EXPECT_EQ(Decode(buffer.Take(consumer).body).arrow_batch().row_count(), 2);
  EXPECT_EQ(resumed, 1);
}

/// A file may get no longer than 1,000 bytes while this lives.
class ShortFiles {
 public:
  ShortFiles() {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{.rlim_cur = 1000, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~ShortFiles() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(SpooledResultTest, ADiskThatTakesOnlyAPartOfAResponseLosesNothing) {
  const ShortFiles disk;
  for (int i = 0; i < 3; ++i) AppendNext();
  reattachable_.SpoolFromNow();
  EXPECT_EQ(AppendNext(), Room::kYes);
  EXPECT_EQ(AppendNext(), Room::kYes);
  EXPECT_EQ(AppendNext(), Room::kFull) << "this one does not fit into the file";
  const auto consumer = Attach(reattachable_);
  for (int64_t rows = 1; rows <= appended_; ++rows) EXPECT_EQ(TakeRows(consumer), rows);
}

TEST_F(ResultBufferTest, TheLastResponseOfAGoodRunIsKnown) {
  plain_.Append(Batch(1, 1));
  plain_.Append(Batch(1, 1));
  const auto consumer = Attach(plain_);
  EXPECT_FALSE(plain_.Take(consumer).last);
  plain_.Complete();
  EXPECT_TRUE(plain_.Take(consumer).last);
}

TEST_F(ResultBufferTest, AFailureIsToldAgainToEveryReader) {
  reattachable_.Append(Batch(1, 1));
  reattachable_.Fail(Failure{.message = "boom"});
  for (int i = 0; i < 2; ++i) {
    const auto consumer = Attach(reattachable_);
    EXPECT_EQ(reattachable_.Take(consumer).kind, Kind::kResponse);
    EXPECT_EQ(reattachable_.Take(consumer).failure->message, "boom");
  }
}

}  // namespace
}  // namespace hearth::wire
