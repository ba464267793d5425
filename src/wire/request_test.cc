#include "wire/request.h"

#include <gtest/gtest.h>
#include <spark/connect/base.pb.h>
#include <zstd.h>

#include <thread>

#include "absl/synchronization/notification.h"
#include "spark/error.h"
#include "wire/uuid.h"
#include "wire/workers.h"

namespace hearth::wire {
namespace {

namespace proto = ::spark::connect;

grpc::Slice Encoded(const google::protobuf::MessageLite& message) {
  return grpc::Slice(message.SerializeAsString());
}

std::string ConditionOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const spark::Error& error) {
    return error.condition();
  }
  return "";
}

/// range(1) under `filters` filters: two nested messages each, encoded from the inside out.
std::string DeepPlan(int filters) {
  proto::Relation inner;
  inner.mutable_range()->set_end(1);
  inner.mutable_range()->set_step(1);
  std::string relation = inner.SerializeAsString();
  const auto nested = [](int number, const std::string& content) {
    std::string out(1, static_cast<char>(number << 3 | 2));
    for (size_t length = content.size(); true; length >>= 7) {
      if (length < 0x80) {
        out.push_back(static_cast<char>(length));
        break;
      }
      out.push_back(static_cast<char>(length | 0x80));
    }
    return out + content;
  };
  for (int i = 0; i < filters; ++i) relation = nested(4, nested(1, relation));  // Relation.filter.input
  return nested(1, relation);                                                   // Plan.root
}

TEST(RequestTest, ReadsTheTopLevelOfAnExecutePlan) {
  proto::ExecutePlanRequest request;
  request.set_session_id("session");
  request.mutable_user_context()->set_user_id("user");
  request.set_client_type("python");
  request.set_operation_id("operation");
  request.add_tags("a");
  request.add_tags("b");
  request.set_client_observed_server_side_session_id("observed");
  request.add_request_options()->mutable_reattach_options()->set_reattachable(true);
  auto* chunking = request.add_request_options()->mutable_result_chunking_options();
  chunking->set_allow_arrow_batch_chunking(true);
  chunking->set_preferred_arrow_chunk_size(4096);
  request.mutable_plan()->mutable_root()->mutable_range()->set_end(5);

  const ExecuteRequest read = ReadExecuteRequest(Encoded(request));
  EXPECT_EQ(read.header.session_id, "session");
  EXPECT_EQ(read.header.user_id, "user");
  EXPECT_EQ(read.header.client_type, "python");
  EXPECT_EQ(read.header.observed_server_side_session_id, "observed");
  EXPECT_EQ(read.operation_id, "operation");
  EXPECT_EQ(read.tags, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(read.reattachable);
  EXPECT_TRUE(read.arrow_chunking);
  EXPECT_EQ(read.preferred_chunk_bytes, 4096);
  proto::Plan plan;
  DecodeMessage(read.plan, &plan);
  EXPECT_EQ(plan.root().range().end(), 5);
}

TEST(RequestTest, UnwrapsACompressedPlan) {
  proto::Relation relation;
  relation.mutable_sql()->set_query(std::string(100'000, ' ').append("SELECT 1"));
  const std::string raw = relation.SerializeAsString();
  std::string compressed(ZSTD_compressBound(raw.size()), '\0');
  compressed.resize(ZSTD_compress(compressed.data(), compressed.size(), raw.data(), raw.size(), 3));
  proto::Plan plan;
  auto* operation = plan.mutable_compressed_operation();
  operation->set_op_type(proto::Plan::CompressedOperation::OP_TYPE_RELATION);
  operation->set_compression_codec(proto::COMPRESSION_CODEC_ZSTD);
  operation->set_data(compressed);

  proto::Plan unwrapped;
  DecodeMessage(UnwrapPlan(Encoded(plan), 1 << 20), &unwrapped);
  EXPECT_EQ(unwrapped.root().sql().query(), relation.sql().query());
  EXPECT_EQ(ConditionOf([&] { UnwrapPlan(Encoded(plan), 1000); }),
            "CONNECT_INVALID_PLAN.PLAN_SIZE_LARGER_THAN_MAX");
  operation->set_data(compressed.substr(0, compressed.size() / 2));
  EXPECT_EQ(ConditionOf([&] { UnwrapPlan(Encoded(plan), 1 << 20); }), "CONNECT_INVALID_PLAN.CANNOT_PARSE");
  operation->set_data("not zstd at all");
  EXPECT_EQ(ConditionOf([&] { UnwrapPlan(Encoded(plan), 1 << 20); }), "CONNECT_INVALID_PLAN.CANNOT_PARSE");
}

TEST(RequestTest, NestingIsLimitedAsInSparkAndNotAsInProtobuf) {
  Workers workers({.name = "test"});
  absl::Notification done;
  std::string within;
  std::string beyond;
  workers.Run([&] {
    within = ConditionOf([] {
      proto::Plan plan;
      DecodeMessage(grpc::Slice(DeepPlan(500)), &plan);
    });
    beyond = ConditionOf([] {
      proto::Plan plan;
      DecodeMessage(grpc::Slice(DeepPlan(600)), &plan);
    });
    done.Notify();
  });
  done.WaitForNotification();
  EXPECT_EQ(within, "");
  EXPECT_EQ(beyond, "CONNECT_INVALID_PLAN.CANNOT_PARSE");
}

TEST(RequestTest, TextThatIsNoUtf8IsRefused) {
  for (const char* request : {"\x0a\x01\xa4", "\x12\x03\x0a\x01\xa4", "\x22\x01\xa4", "\x32\x01\xa4",
                              "\x3a\x01\xa4", "\x42\x01\xa4"}) {
    EXPECT_EQ(ConditionOf([&] { ReadExecuteRequest(grpc::Slice(request)); }),
              "CONNECT_INVALID_PLAN.CANNOT_PARSE");
  }
  EXPECT_EQ(ConditionOf([&] { ReadReattachTarget(grpc::Slice("\x1a\x01\xa4")); }),
            "CONNECT_INVALID_PLAN.CANNOT_PARSE");
}

TEST(RequestTest, GarbageIsRefused) {
  const grpc::Slice garbage(std::string("\x0a\xff\xff\xff\xff\x0f short"));
  EXPECT_EQ(ConditionOf([&] { ReadExecuteRequest(garbage); }), "CONNECT_INVALID_PLAN.CANNOT_PARSE");
  EXPECT_EQ(ConditionOf([&] { ReadHeader(garbage, 4, 8); }), "CONNECT_INVALID_PLAN.CANNOT_PARSE");
}

TEST(UuidTest, NewOnesAreValidAndDiffer) {
  const std::string a = NewUuid();
  EXPECT_TRUE(IsUuid(a)) << a;
  EXPECT_EQ(a[14], '4');
  EXPECT_NE(a, NewUuid());
}

TEST(UuidTest, FormatIsJavas) {
  EXPECT_TRUE(IsUuid("00112233-4455-6677-8899-AABBCCDDEEFF"));
  EXPECT_TRUE(IsUuid("1-2-3-4-5"));
  for (const char* bad :
       {"", "abc", "00112233-4455-6677-8899", "00112233-4455-6677-8899-aabbccddeefg",
        "00112233-4455-6677-8899-aabbccddeeff0", "0011223344556677-8899-aabb-ccdd-", "----"}) {
    EXPECT_FALSE(IsUuid(bad)) << bad;
  }
}

TEST(WorkersTest, RunsMoreTasksThanThreads) {
  std::atomic<int> done{0};
  {
    Workers workers({.name = "test", .threads_max = 2});
    for (int i = 0; i < 100; ++i) workers.Run([&] { ++done; });
  }
  EXPECT_EQ(done, 100);
}

}  // namespace
}  // namespace hearth::wire
