#include "wire/failure.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <gtest/gtest.h>
#include <spark/connect/base.pb.h>

#include "base/manual_clock.h"
#include "spark/error.h"
#include "wire/error_store.h"
#include "wire/protocol_error.h"

namespace hearth::wire {
namespace {

google::rpc::ErrorInfo InfoOf(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  google::rpc::ErrorInfo info;
  EXPECT_EQ(details.details_size(), 1);
  EXPECT_TRUE(details.details(0).UnpackTo(&info));
  return info;
}

TEST(FailureTest, AnErrorBecomesWhatClientsReadFromSpark) {
  const Failure failure = FailureOf(InvalidHandle("SESSION_CHANGED", "abc"));
  const grpc::Status status = StatusOf(failure, "the id", Limits{});
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(status.error_message().rfind("[INVALID_HANDLE.SESSION_CHANGED] The handle abc is invalid.", 0),
            0u)
      << status.error_message();
  const google::rpc::ErrorInfo info = InfoOf(status);
  EXPECT_EQ(info.reason(), "org.apache.spark.SparkSQLException");
  EXPECT_EQ(info.domain(), "org.apache.spark");
  EXPECT_EQ(info.metadata().at("errorClass"), "INVALID_HANDLE.SESSION_CHANGED");
  EXPECT_EQ(info.metadata().at("sqlState"), "HY000");
  EXPECT_EQ(info.metadata().at("messageParameters"), R"({"handle":"abc"})");
  EXPECT_EQ(info.metadata().at("errorId"), "the id");
  EXPECT_EQ(info.metadata().at("classes").rfind(
                R"(["org.apache.spark.SparkSQLException","java.sql.SQLException")", 0),
            0u);
}

TEST(FailureTest, BytesThatAClientSentAreQuotedAsText) {
  const spark::Error error(spark::ExceptionKind::kAnalysis, "TABLE_OR_VIEW_NOT_FOUND",
                           {{"relationName", "`a\xA4z`"}});
  const Failure failure = FailureOf(error);
  EXPECT_NE(failure.message.find("`a\xEF\xBF\xBDz`"), std::string::npos);
  ::spark::connect::FetchErrorDetailsResponse details;
  ASSERT_TRUE(details.ParseFromString(failure.details));
  EXPECT_EQ(details.errors(0).message(), failure.message);
  EXPECT_EQ(details.errors(0).spark_throwable().message_parameters().at("relationName"), "`a\xEF\xBF\xBDz`");
}

TEST(FailureTest, LargeParametersStayOutOfTheTrailerOnly) {
  const Failure failure = FailureOf(InvalidHandle("FORMAT", std::string(5000, 'x')));
  const grpc::Status status = StatusOf(failure, "", Limits{});
  const google::rpc::ErrorInfo info = InfoOf(status);
  EXPECT_EQ(info.metadata().count("errorClass"), 0u);
  EXPECT_EQ(info.metadata().count("messageParameters"), 0u);
  EXPECT_EQ(info.metadata().at("sqlState"), "HY000");
  EXPECT_EQ(status.error_message().size(), 2048u);
  ::spark::connect::FetchErrorDetailsResponse details;
  ASSERT_TRUE(details.ParseFromString(failure.details));
  EXPECT_EQ(details.errors(0).spark_throwable().error_class(), "INVALID_HANDLE.FORMAT");
  EXPECT_EQ(details.errors(0).message().size(), failure.message.size());
}

TEST(FailureTest, TheMessageIsNeverCutInsideACharacter) {
  Failure failure = FailureOf(InvalidHandle("FORMAT", "x"));
  for (int shift = 0; shift < 3; ++shift) {
    failure.message = std::string(static_cast<size_t>(shift), 'a');
    while (failure.message.size() < 4000) failure.message += "\xE2\x82\xAC";  // a euro sign
    const std::string cut = StatusOf(failure, "", Limits{}).error_message();
    EXPECT_LE(cut.size(), 2048u);
    EXPECT_EQ((cut.size() - 3 - static_cast<size_t>(shift)) % 3, 0u);
  }
}

/// What HTTP/2 counts of a status: clients refuse more than 8 KiB.
size_t TrailerBytes(const grpc::Status& status) {
  size_t bytes = 300 + status.error_details().size();
  for (const char c : status.error_message()) bytes += c >= 0x20 && c <= 0x7e && c != '%' ? 1 : 3;
  return bytes;
}

TEST(FailureTest, TheTrailerIsNeverTooLargeForClients) {
  for (const char* piece : {"x", "%", "\n", "\xC3\xA9", "\xE2\x82\xAC", "\xA4"}) {
    std::string text;
    while (text.size() < 5000) text += piece;
    EXPECT_LT(TrailerBytes(StatusOf(FailureOf(spark::Error::Decline(text)), "an id", Limits{})), 7500u)
        << piece;
    EXPECT_LT(TrailerBytes(StatusOf(FailureOf(InvalidHandle("FORMAT", text)), "an id", Limits{})), 7500u)
        << piece;
  }
}

TEST(FailureTest, ARelayedStatusKeepsEverythingButItsErrorId) {
  const Failure failure = FailureOf(spark::Error::Decline("lambda functions"));
  EXPECT_TRUE(failure.declined());
  const grpc::Status status = StatusOf(failure, "backend id", Limits{});
  EXPECT_EQ(ErrorIdOf(status), "backend id");
  const Failure relayed = FailureOf(status);
  EXPECT_EQ(relayed.exception_class, failure.exception_class);
  EXPECT_EQ(relayed.metadata, failure.metadata);
  EXPECT_EQ(relayed.message, failure.message);
  EXPECT_TRUE(relayed.declined());
}

// The Scala client raises the first class that it knows, and only for this one it takes the text that was
// sent.
TEST(FailureTest, ADeclineKeepsItsTextInEveryClient) {
  ::spark::connect::FetchErrorDetailsResponse details;
  ASSERT_TRUE(details.ParseFromString(FailureOf(spark::Error::Decline("lambda functions")).details));
  const auto& error = details.errors(0);
  EXPECT_EQ(error.error_type_hierarchy(0), "org.apache.spark.SparkException");
  EXPECT_EQ(error.error_type_hierarchy(1), "org.apache.spark.SparkUnsupportedOperationException");
  EXPECT_NE(error.message().find("lambda functions"), std::string::npos);
}

TEST(FailureTest, AStatusWithoutDetailsStaysPlain) {
  const Failure failure = FailureOf(grpc::Status(grpc::StatusCode::UNAVAILABLE, "gone"));
  EXPECT_EQ(failure.condition(), "");
  const grpc::Status status = StatusOf(failure, "", Limits{});
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_details(), "");
}

TEST(FailureTest, OtherExceptionsAreInternalErrors) {
  const Failure failure = FailureOf(std::make_exception_ptr(std::runtime_error("vector out of range")));
  EXPECT_EQ(failure.condition(), "INTERNAL_ERROR");
  EXPECT_NE(failure.message.find("vector out of range"), std::string::npos);
}

TEST(ErrorStoreTest, EachErrorIsReadOnceAndNotForEver) {
  base::ManualClock clock;
  const Limits limits;
  ErrorStore store(limits);
  const std::string id = store.Put("details", clock.Now());
  EXPECT_EQ(store.Take(id, clock.Now()), "details");
  EXPECT_EQ(store.Take(id, clock.Now()), std::nullopt);
  const std::string late = store.Put("details", clock.Now());
  clock.Advance(limits.error_lifetime - std::chrono::milliseconds(1));
  const std::string other = store.Put("other", clock.Now());
  clock.Advance(std::chrono::milliseconds(1));
  EXPECT_EQ(store.Take(late, clock.Now()), std::nullopt);
  EXPECT_EQ(store.Take(other, clock.Now()), "other");
}

TEST(ErrorStoreTest, TheOldestGivesWay) {
  base::ManualClock clock;
  const Limits limits{.errors_per_session_max = 2};
  ErrorStore store(limits);
  const std::string a = store.Put("a", clock.Now());
  const std::string b = store.Put("b", clock.Now());
  const std::string c = store.Put("c", clock.Now());
  EXPECT_EQ(store.Take(a, clock.Now()), std::nullopt);
  EXPECT_EQ(store.Take(b, clock.Now()), "b");
  EXPECT_EQ(store.Take(c, clock.Now()), "c");
}

}  // namespace
}  // namespace hearth::wire
