#include "wire/response.h"

#include <gtest/gtest.h>
#include <spark/connect/base.pb.h>

#include "wire/request.h"
#include "wire/response_id.h"

namespace hearth::wire {
namespace {

::spark::connect::ExecutePlanResponse Decode(const grpc::ByteBuffer& body) {
  ::spark::connect::ExecutePlanResponse response;
  DecodeMessage(OnePiece(body), &response);
  return response;
}

TEST(ResponseTest, AppendedIdsWinOverThoseOfABackend) {
  ::spark::connect::ExecutePlanResponse backend;
  backend.set_session_id("backend session");
  backend.set_operation_id("backend operation");
  backend.set_response_id("backend response");
  backend.set_server_side_session_id("backend server");
  backend.mutable_arrow_batch()->set_data(std::string(100'000, 'a'));
  backend.mutable_arrow_batch()->set_row_count(7);
  Response response = EncodedResponse(backend.SerializeAsString());
  AppendIds({"s", "ss", "o", "r"}, &response.body);
  const auto decoded = Decode(response.body);
  EXPECT_EQ(decoded.session_id(), "s");
  EXPECT_EQ(decoded.server_side_session_id(), "ss");
  EXPECT_EQ(decoded.operation_id(), "o");
  EXPECT_EQ(decoded.response_id(), "r");
  EXPECT_EQ(decoded.arrow_batch().row_count(), 7);
  EXPECT_EQ(decoded.arrow_batch().data(), backend.arrow_batch().data());
}

TEST(ResponseTest, ArrowDataIsSharedNotCopied) {
  std::string column(1 << 20, 'c');
  static bool released = false;
  released = false;
  {
    Response response = ArrowBatchResponse(
        5, 10,
        {grpc::Slice(std::string("header")),
         SharedSlice(column.data(), column.size(), &column, [](void*) { released = true; })});
    std::vector<grpc::Slice> slices;
    response.body.Dump(&slices);
    const bool shared = std::any_of(slices.begin(), slices.end(), [&](const grpc::Slice& slice) {
      return slice.begin() == reinterpret_cast<const uint8_t*>(column.data());
    });
    EXPECT_TRUE(shared);
    AppendIds({"s", "ss", "o", "r"}, &response.body);
    const auto decoded = Decode(response.body);
    EXPECT_EQ(decoded.arrow_batch().data(), "header" + column);
    EXPECT_EQ(decoded.arrow_batch().start_offset(), 10);
    EXPECT_FALSE(released);
  }
  EXPECT_TRUE(released);
}

TEST(ResponseTest, RowsAreCountedInBothFieldOrders) {
  EXPECT_EQ(CountRows(ArrowBatchResponse(12, 0, {grpc::Slice(std::string(1000, 'x'))}).body), 12);
  ::spark::connect::ExecutePlanResponse spark;
  spark.set_session_id(std::string(36, 's'));
  spark.mutable_arrow_batch()->set_row_count(300);
  spark.mutable_arrow_batch()->set_data(std::string(5000, 'x'));
  spark.mutable_arrow_batch()->set_start_offset(600);
  EXPECT_EQ(CountRows(EncodedResponse(spark.SerializeAsString()).body), 300);
  spark.mutable_arrow_batch()->set_chunk_index(1);
  EXPECT_EQ(CountRows(EncodedResponse(spark.SerializeAsString()).body), 0)
      << "a later chunk repeats its rows";
  EXPECT_EQ(ArrowBatchResponse(12, 0, {}, ChunkPosition{1, 2}).rows, 0);
}

TEST(ResponseTest, OtherResponsesHaveNoRows) {
  ::spark::connect::ExecutePlanResponse schema;
  schema.mutable_schema()->mutable_struct_();
  EXPECT_EQ(CountRows(EncodedResponse(schema.SerializeAsString()).body), 0);
  EXPECT_EQ(CountRows(EncodedResponse("\xff\xff\xff garbage").body), 0);
  EXPECT_FALSE(IsResultComplete(EncodedResponse(schema.SerializeAsString()).body));
  Response complete = ResultCompleteResponse();
  AppendIds({"s", "ss", "o", "r"}, &complete.body);
  EXPECT_TRUE(IsResultComplete(complete.body));
}

TEST(ResponseTest, ItsKindIsTold) {
  ::spark::connect::ExecutePlanResponse response;
  response.set_session_id("s");
  response.set_response_id("r");
  response.mutable_execution_progress()->set_num_inflight_tasks(1);
  EXPECT_EQ(KindOf(EncodedResponse(response.SerializeAsString()).body), ResponseKind::kProgress);
  response.clear_execution_progress();
  response.mutable_schema()->mutable_struct_();
  EXPECT_EQ(KindOf(EncodedResponse(response.SerializeAsString()).body), ResponseKind::kSchema);
  EXPECT_EQ(KindOf(ResultCompleteResponse().body), ResponseKind::kOther);
  EXPECT_EQ(KindOf(ArrowBatchResponse(1, 0, {grpc::Slice("x")}).body), ResponseKind::kOther);
}

TEST(ResponseIdTest, CarriesItsPositionAndNobodyElses) {
  const ResponseIdSequence ours("ours");
  const ResponseIdSequence others("others");
  for (const uint64_t position : {uint64_t{1}, uint64_t{255}, uint64_t{1} << 31}) {
    const std::string id = ours.At(position, {.rows = (int64_t{1} << 39) + 7, .digest = 5});
    EXPECT_EQ(ours.PositionOf(id), position) << id;
    EXPECT_EQ(ours.PositionOf(others.At(position, {})), std::nullopt);
  }
  EXPECT_EQ(ours.PositionOf(""), std::nullopt);
  EXPECT_EQ(ours.PositionOf(ours.At(1, {}).substr(0, 35) + "G"), std::nullopt);
  EXPECT_EQ(ours.PositionOf(ours.At(0, {})), std::nullopt);
}

TEST(ResponseIdTest, ProvesToAnotherRunWhatTheClientHasHad) {
  const ResponseIdSequence before("operation");
  const ResponseIdSequence after("operation");
  EXPECT_EQ(before.At(3, {.rows = 10, .digest = 77}), after.At(3, {.rows = 10, .digest = 77}));
  EXPECT_NE(before.At(3, {.rows = 10, .digest = 77}), after.At(3, {.rows = 10, .digest = 78}));
  EXPECT_NE(before.At(3, {.rows = 10, .digest = 77}), after.At(3, {.rows = 11, .digest = 77}));
  EXPECT_NE(before.At(3, {.rows = 10}), after.At(3, {.rows = 10})) << "what is not known proves nothing";
  EXPECT_EQ(after.PrefixOf(before.At(3, {.rows = 10, .digest = 77}))->proof, ShortProof(77));
  EXPECT_EQ(after.PrefixOf(before.At(3, {.rows = 10}))->proof, std::nullopt);
}

}  // namespace
}  // namespace hearth::wire
