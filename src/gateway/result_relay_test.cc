#include "gateway/result_relay.h"

#include <gtest/gtest.h>
#include <spark/connect/base.pb.h>

#include "wire/batch_response.h"
#include "wire/request.h"
#include "wire/rows/row_choice.h"
#include "wire/rows/test_streams.h"
#include "wire/session.h"

namespace hearth::gateway {
namespace {

namespace proto = ::spark::connect;
using Room = wire::ResultBuffer::Room;
using Rows = std::vector<int64_t>;

wire::Response Encoded(const proto::ExecutePlanResponse& message) {
  return {wire::EncodedResponse(message.SerializeAsString()).body};
}
wire::Response Schema(const std::string& column) {
  proto::ExecutePlanResponse message;
  message.set_session_id(column);  // The cluster's own, which differs between attempts.
  message.mutable_schema()->mutable_struct_()->add_fields()->set_name(column);
  return Encoded(message);
}
wire::Response Progress() {
  proto::ExecutePlanResponse message;
  message.mutable_execution_progress()->set_num_inflight_tasks(1);
  return Encoded(message);
}
wire::Response Metrics() {
  proto::ExecutePlanResponse message;
  message.mutable_metrics()->add_metrics()->set_name("whole");
  return Encoded(message);
}
/// Of the five rows, of which the first and the fourth are equal.
wire::Response Batch(const Rows& rows, int64_t start) {
  const auto stream = wire::ChooseRows(wire::Stream(wire::kFiveRows), rows);
  return wire::ArrowBatchResponse(static_cast<int64_t>(rows.size()), start, {grpc::Slice(*stream)});
}

class ResultRelayTest : public testing::Test {
 protected:
  void Begin(const std::string& sql = "SELECT * FROM range(5)") {
    proto::Plan plan;
    plan.mutable_root()->mutable_sql()->set_query(sql);
    wire::ExecuteRequest request;
    request.plan = grpc::Slice(plan.SerializeAsString());
    request.reattachable = true;
    operation_ = std::make_shared<wire::Operation>(session_, std::move(request), "operation", limits_,
                                                   base::Instant());
    MakeRelay();
    consumer_ = operation_->results().Attach(std::nullopt, [] {});
    bound_.changes = std::make_shared<std::vector<SessionSnapshot::Entry>>();
    bound_.configuration = std::make_shared<wire::SessionConfiguration::Pairs>();
    relay_->BeginAttempt(bound_, "native", "1");
  }
  void MakeRelay() {
    relay_ = std::make_shared<ResultRelay>(
        operation_,
        [this](const BegunResult& begun, const std::function<void()>& done) {
          begun_ = begun;
          if (store_is_slow_) {
            kept_ = done;
          } else {
            done();
          }
        },
        surroundings_);
  }
  bool BeginAnother() {
    if (!relay_->StartOver(/*same_engine=*/true)) return false;
    relay_->BeginAttempt(bound_, "native", "1");
    return true;
  }
  static std::string IdOf(const grpc::ByteBuffer& body) {
    proto::ExecutePlanResponse response;
    wire::DecodeMessage(wire::OnePiece(body), &response);
    return response.response_id();
  }
  /// What tells the client that something does not fit.
  std::optional<wire::Failure> Finish(bool succeeded) {
    EXPECT_TRUE(workers_.WaitUntilIdle(std::chrono::minutes(1)));  // Else it would end on another thread.
    std::optional<wire::Failure> misfit;
    bool is_done = false;
    relay_->Finish(succeeded, [&](std::optional<wire::Failure> failure) {
      misfit = std::move(failure);
      is_done = true;
    });
    EXPECT_TRUE(is_done);
    return misfit;
  }
  /// What the client gets now, a word each: "schema", "progress", "metrics", "end", rows with their start.
  std::vector<std::string> Taken() {
    EXPECT_TRUE(workers_.WaitUntilIdle(std::chrono::minutes(1)));  // They open what is to be opened.
    std::vector<std::string> taken;
    while (true) {
      auto next = operation_->results().Take(consumer_);
      if (next.kind != wire::ResultBuffer::Taken::Kind::kResponse) return taken;
      proto::ExecutePlanResponse response;
      wire::DecodeMessage(wire::OnePiece(next.body), &response);
      last_id_ = response.response_id();
      if (response.has_schema()) taken.push_back("schema");
      if (response.has_execution_progress()) taken.push_back("progress");
      if (response.has_metrics()) taken.push_back("metrics");
      if (response.has_result_complete()) taken.push_back("end");
      if (!response.has_arrow_batch()) continue;
      std::string rows = std::to_string(response.arrow_batch().start_offset()) + ":";
      const auto hashes = wire::HashRows(response.arrow_batch().data());
      EXPECT_EQ(static_cast<int64_t>(hashes->rows.size()), response.arrow_batch().row_count());
      for (const uint64_t row : hashes->rows) {
        rows += " " + std::to_string(std::find(five_.begin(), five_.end(), row) - five_.begin());
      }
      taken.push_back(rows);
    }
  }
  using Words = std::vector<std::string>;

  /// Everything is delivered at once, unless a test says otherwise.
  wire::Limits limits_{.hold_back_bytes_max = 0, .hold_back_time_max = std::chrono::hours(1)};
  const base::SteadyClock clock_;
  wire::Workers workers_{{.name = "test", .threads_max = 1}};
  Deadlines deadlines_{&clock_};
  const ResultRelay::Surroundings surroundings_{limits_, deadlines_, workers_};
  const std::vector<uint64_t> five_ = wire::HashRows(wire::Stream(wire::kFiveRows))->rows;
  const std::shared_ptr<wire::Session> session_ =
      std::make_shared<wire::Session>(wire::SessionKey{"user", "session"}, limits_, base::Instant());
  SessionSnapshot bound_;
  std::shared_ptr<wire::Operation> operation_;
  std::shared_ptr<ResultRelay> relay_;
  wire::ResultBuffer::Consumer consumer_ = 0;
  std::optional<BegunResult> begun_;
  bool store_is_slow_ = false;
  std::function<void()> kept_;
  std::string last_id_;

  /// The server was lost, and the client asks the next one, which runs the operation again. False if it does
  /// not.
  bool BeginInNextServer(const std::string& version = "1") {
    const auto had = wire::ResponseIdSequence("operation").PrefixOf(last_id_);
    operation_ = std::make_shared<wire::Operation>(session_, begun_->request, "operation", limits_,
                                                   base::Instant(), had);
    consumer_ = operation_->results().Attach(last_id_, [] {});
    MakeRelay();
    bool same = false;
    relay_->GoOnAfter(*DecodeBegun(EncodeBegun(*begun_)), bound_, [&same](bool answer) { same = answer; });
    EXPECT_TRUE(workers_.WaitUntilIdle(std::chrono::minutes(1)));
    if (same) relay_->BeginAttempt(bound_, "native", version);
    return same;
  }
};

TEST_F(ResultRelayTest, AnAnswerIsHeldBackUntilItIsWholeAndProgressIsNot) {
  limits_.hold_back_bytes_max = size_t{1} << 20;
  Begin();
  relay_->Take(Schema("a"));
  relay_->Take(Batch({0, 1}, 0));
  relay_->Take(Progress());
  EXPECT_EQ(Taken(), Words{"progress"});
  relay_->Take(Batch({2, 3, 4}, 2));
  EXPECT_EQ(Taken(), Words());
  EXPECT_FALSE(Finish(/*succeeded=*/true));
  EXPECT_EQ(Taken(), (Words{"schema", "0: 0 1", "2: 2 0 4"}));
  EXPECT_EQ(relay_->result_hash().size(), 32u);
}

TEST_F(ResultRelayTest, ItOpensSomeTimeAfterTheFirstRow) {
  limits_.hold_back_bytes_max = size_t{1} << 20;
  limits_.hold_back_time_max = std::chrono::milliseconds(1);
  Begin();
  relay_->Take(Schema("a"));
  relay_->Take(Batch({0, 1}, 0));
  Words taken;
  while (taken.size() < 2) {
    for (const std::string& word : Taken()) taken.push_back(word);
  }
  EXPECT_EQ(taken, (Words{"schema", "0: 0 1"}));
}

TEST_F(ResultRelayTest, AnAttemptOfWhichNothingWasDeliveredWasNeverThere) {
  limits_.hold_back_bytes_max = size_t{1} << 20;
  Begin("SELECT rand()");
  relay_->Take(Schema("a"));
  relay_->Take(Progress());
  relay_->Take(Progress());
  relay_->Take(Batch({0, 1}, 0));
  EXPECT_EQ(Taken(), (Words{"progress", "progress"}));
  ASSERT_TRUE(BeginAnother());
  relay_->Take(Schema("b"));
  relay_->Take(Batch({4}, 0));
  relay_->Take(Metrics());
  EXPECT_FALSE(Finish(true));
  EXPECT_EQ(Taken(), (Words{"schema", "0: 4", "metrics"})) << "also after progress of one more or less";
}

TEST_F(ResultRelayTest, AnotherAttemptGoesOnAfterDeliveredRowsHoweverItCutsThem) {
  Begin();
  relay_->Take(Schema("a"));
  relay_->Take(Batch({0, 1}, 0));
  EXPECT_EQ(Taken(), (Words{"schema", "0: 0 1"}));
  relay_->Take(Batch({2}, 2));  // Nobody has taken this one.
  ASSERT_TRUE(BeginAnother());
  EXPECT_EQ(relay_->continued(), 1);
  relay_->Take(Schema("a"));
  EXPECT_EQ(relay_->Take(Batch({0}, 0)), Room::kYes);
  EXPECT_EQ(relay_->Take(Batch({1, 2, 3}, 1)), Room::kYes);
  EXPECT_EQ(Taken(), Words{"2: 2 0"});
  relay_->Take(Batch({4}, 4));
  relay_->Take(Metrics());
  EXPECT_FALSE(Finish(true));
  operation_->results().Complete();
  EXPECT_EQ(Taken(), (Words{"4: 4", "metrics", "end"}));
  EXPECT_EQ(operation_->results().numbers().rows, 5);
}

TEST_F(ResultRelayTest, NothingNewIsDeliveredBeforeAllThatWasIsFoundAgain) {
  Begin();
  relay_->Take(Schema("a"));
  relay_->Take(Batch({1, 2}, 0));
  EXPECT_EQ(Taken(), (Words{"schema", "0: 1 2"}));
  ASSERT_TRUE(BeginAnother());
  relay_->Take(Schema("a"));
  relay_->Take(Batch({0, 4, 2}, 0));
  relay_->Take(Progress());
  EXPECT_EQ(Taken(), Words{"progress"});
  relay_->Take(Batch({3}, 3));
  EXPECT_EQ(Taken(), Words());
  relay_->Take(Batch({1}, 4));
  EXPECT_EQ(Taken(), (Words{"2: 0 4", "4: 0"}));
  EXPECT_FALSE(Finish(true));
}

TEST_F(ResultRelayTest, TheNextServerGoesOnAfterTheFirstRowsInWhateverOrder) {
  Begin();
  relay_->Take(Schema("a"));
  relay_->Take(Batch({0, 1}, 0));
  EXPECT_EQ(Taken(), (Words{"schema", "0: 0 1"}));
  ASSERT_TRUE(begun_);
  EXPECT_EQ(begun_->engine, "native");
  ASSERT_TRUE(BeginInNextServer());
  relay_->Take(Schema("a"));
  EXPECT_EQ(relay_->Take(Batch({1}, 0)), Room::kYes);
  EXPECT_EQ(Taken(), Words());
  EXPECT_EQ(relay_->Take(Batch({0, 2, 3}, 1)), Room::kYes);
  EXPECT_EQ(Taken(), Words{"2: 2 0"});
  ASSERT_TRUE(BeginAnother()) << "what was found is remembered";
  relay_->Take(Schema("a"));
  relay_->Take(Batch({2, 0, 1, 3, 4}, 0));
  EXPECT_FALSE(Finish(true));
  EXPECT_EQ(Taken(), Words{"4: 4"});
  ASSERT_TRUE(BeginInNextServer()) << "and by the one after that";
  relay_->Take(Batch({0, 1, 2, 3, 4}, 0));
  EXPECT_FALSE(Finish(true));
  EXPECT_EQ(Taken(), Words());
}

TEST_F(ResultRelayTest, TheNextServerGoesOnAfterRowsThatWereDeliveredWhenTheirQueryHadEnded) {
  Begin();
  relay_->Take(Batch({0, 1}, 0));
  EXPECT_EQ(Taken(), Words{"0: 0 1"});
  relay_->Take(Batch({2}, 2));
  relay_->Take(Batch({3, 4}, 3));
  EXPECT_FALSE(Finish(true));
  operation_->results().Complete();
  last_id_ = IdOf(operation_->results().Take(consumer_).body);
  ASSERT_TRUE(BeginInNextServer());
  relay_->Take(Batch({0, 1, 2, 3, 4}, 0));
  EXPECT_FALSE(Finish(true));
  EXPECT_EQ(Taken(), Words{"3: 0 4"});
}

TEST_F(ResultRelayTest, AResultThatEndsShowsNoRowsBeforeWhatTheNextServerNeedsIsKept) {
  store_is_slow_ = true;
  Begin();
  relay_->Take(Batch({0, 1}, 0));
  EXPECT_EQ(Taken(), Words());
  bool is_done = false;
  relay_->Finish(true, [&](const std::optional<wire::Failure>& failure) {
    EXPECT_FALSE(failure);
    is_done = true;
  });
  EXPECT_FALSE(is_done);
  EXPECT_EQ(Taken(), Words());
  kept_();
  EXPECT_TRUE(is_done);
  EXPECT_EQ(Taken(), Words{"0: 0 1"});
}

TEST_F(ResultRelayTest, TheNextServerTakesNoOtherRowsForThoseTheClientHad) {
  Begin();
  relay_->Take(Batch({0, 1}, 0));
  EXPECT_EQ(Taken(), Words{"0: 0 1"});
  ASSERT_TRUE(BeginInNextServer());
  EXPECT_EQ(relay_->Take(Batch({0, 2, 1}, 0)), Room::kClosed);
  EXPECT_TRUE(Finish(false));
  EXPECT_EQ(Taken(), Words());
  ASSERT_TRUE(BeginInNextServer());
  relay_->Take(Batch({0}, 0));
  EXPECT_TRUE(Finish(true)) << "and misses none";
  ASSERT_TRUE(BeginInNextServer("2"));
  EXPECT_TRUE(relay_->misfit()) << "another version may give others";
}

TEST_F(ResultRelayTest, WhatMayNotGoOnIsNotKept) {
  Begin("SELECT rand()");
  relay_->Take(Batch({0, 1}, 0));
  EXPECT_EQ(Taken(), Words{"0: 0 1"});
  EXPECT_FALSE(begun_);
}

TEST_F(ResultRelayTest, ItGoesOnMoreThanOnce) {
  Begin();
  relay_->Take(Batch({0, 1}, 0));
  EXPECT_EQ(Taken(), Words{"0: 0 1"});
  ASSERT_TRUE(BeginAnother());
  relay_->Take(Batch({1, 2, 0}, 0));
  EXPECT_EQ(Taken(), Words{"2: 2"});
  ASSERT_TRUE(BeginAnother());
  relay_->Take(Batch({4, 2, 1, 0, 3}, 0));
  EXPECT_FALSE(Finish(true));
  EXPECT_EQ(Taken(), Words{"3: 4 0"});
}

TEST_F(ResultRelayTest, WhatDoesNotFitIsAFailureAndNothingElse) {
  const std::vector<std::function<Room()>> misfits = {
      [&] { return relay_->Take(Schema("b")); },
      [&] { return relay_->Take(wire::ArrowBatchResponse(1, 0, {grpc::Slice("no stream")})); },
      [&] {
        relay_->Take(Batch({0, 4, 2}, 0));
        EXPECT_TRUE(Finish(/*succeeded=*/true)) << "the rows that were delivered are not all there";
        return Room::kClosed;
      },
  };
  for (const auto& misfit : misfits) {
    Begin();
    relay_->Take(Schema("a"));
    relay_->Take(Batch({1, 2}, 0));
    EXPECT_EQ(Taken().size(), 2u);
    ASSERT_TRUE(BeginAnother());
    EXPECT_EQ(misfit(), Room::kClosed);
    EXPECT_TRUE(relay_->misfit());
    EXPECT_TRUE(Finish(false));
    operation_->results().Fail(*relay_->misfit());
    EXPECT_EQ(Taken(), Words());
  }
}

TEST_F(ResultRelayTest, RowsBeyondThoseRememberedEachMustComeFirst) {
  limits_.delivered_rows.exact_rows_max = 1;
  for (const bool in_order : {true, false}) {
    Begin();
    relay_->Take(Batch({0, 1, 2}, 0));
    EXPECT_EQ(Taken().size(), 1u);
    ASSERT_TRUE(BeginAnother());
    const Room room = relay_->Take(in_order ? Batch({1, 2, 0, 4}, 0) : Batch({4, 0, 1, 2}, 0));
    EXPECT_EQ(room, in_order ? Room::kYes : Room::kClosed);
    EXPECT_EQ(Taken(), in_order ? Words{"3: 4"} : Words());
  }
}

TEST_F(ResultRelayTest, WhatMayNotGoOnSaysWhy) {
  const auto refusal = [&](const std::string& sql, bool same_engine) {
    Begin(sql);
    relay_->Take(Batch({0, 1}, 0));
    EXPECT_EQ(Taken().size(), 1u);
    return relay_->StartOver(same_engine) ? "" : relay_->why_not();
  };
  EXPECT_EQ(refusal("SELECT 1", true), "");
  EXPECT_EQ(refusal("SELECT 1", false), "another engine may give other rows");
  EXPECT_EQ(refusal("SELECT rand()", true), "it is not known to give the same rows again");
  EXPECT_EQ(refusal("SELECT * FROM parquet.`/not/there`", true),
            "it is not known to give the same rows again");
  limits_.delivered_rows.bytes_max = 10;
  EXPECT_EQ(refusal("SELECT 1", true), "so many rows, or rows of such a form, are not remembered");
}

TEST_F(ResultRelayTest, AFailureOfTheQueryItselfComesAfterItsRows) {
  limits_.hold_back_bytes_max = size_t{1} << 20;
  Begin();
  relay_->Take(Batch({0, 1}, 0));
  EXPECT_FALSE(Finish(/*succeeded=*/false));
  operation_->results().Fail(wire::Failure{.message = "division by zero"});
  EXPECT_EQ(Taken(), Words{"0: 0 1"});
}

}  // namespace
}  // namespace hearth::gateway
