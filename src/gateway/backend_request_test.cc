#include "gateway/backend_request.h"

#include <gtest/gtest.h>
#include <spark/connect/base.pb.h>

#include "wire/response.h"

namespace hearth::gateway {
namespace {

namespace proto = ::spark::connect;

const BackendSessionName kSession{"user", "backend session"};

template <typename Message>
Message Decoded(const grpc::ByteBuffer& body) {
  Message message;
  wire::DecodeMessage(wire::OnePiece(body), &message);
  return message;
}

TEST(BackendRequestTest, AnOperationKeepsItsPlanAndLosesTheClientsIds) {
  proto::ExecutePlanRequest client;
  client.set_session_id("client session");
  client.mutable_user_context()->set_user_id("user");
  client.set_client_type("python");
  client.set_operation_id("client operation");
  client.set_client_observed_server_side_session_id("observed");
  client.add_tags("tag");
  client.add_request_options()->mutable_reattach_options()->set_reattachable(true);
  auto* chunking = client.add_request_options()->mutable_result_chunking_options();
  chunking->set_allow_arrow_batch_chunking(true);
  chunking->set_preferred_arrow_chunk_size(2048);
  client.mutable_plan()->mutable_root()->mutable_sql()->set_query("SELECT 1");
  const wire::ExecuteRequest read = wire::ReadExecuteRequest(grpc::Slice(client.SerializeAsString()));

  const auto sent =
      Decoded<proto::ExecutePlanRequest>(ExecuteRequestFor(kSession, "backend operation", read));
  EXPECT_EQ(sent.session_id(), "backend session");
  EXPECT_EQ(sent.operation_id(), "backend operation");
  EXPECT_EQ(sent.user_context().user_id(), "user");
  EXPECT_EQ(sent.client_type(), "python");
  EXPECT_FALSE(sent.has_client_observed_server_side_session_id());
  EXPECT_EQ(sent.plan().SerializeAsString(), client.plan().SerializeAsString());
  ASSERT_EQ(sent.request_options_size(), 1) << "not reattachable";
  EXPECT_EQ(sent.request_options(0).result_chunking_options().preferred_arrow_chunk_size(), 2048);
}

TEST(BackendRequestTest, AnalysisIsPassedOnWithOurSession) {
  proto::AnalyzePlanRequest client;
  client.set_session_id("client session");
  client.mutable_user_context()->set_user_id("user");
  client.set_client_observed_server_side_session_id("observed");
  client.mutable_ddl_parse()->set_ddl_string("a INT");
  const auto sent =
      Decoded<proto::AnalyzePlanRequest>(RequestFor(kSession, grpc::Slice(client.SerializeAsString()), 17));
  EXPECT_EQ(sent.session_id(), "backend session");
  EXPECT_FALSE(sent.has_client_observed_server_side_session_id());
  EXPECT_EQ(sent.ddl_parse().ddl_string(), "a INT");
}

TEST(BackendRequestTest, ConfigurationIsSetAndUnset) {
  const auto set = Decoded<proto::ConfigRequest>(ConfigSetRequest(kSession, {{"a", "1"}, {"b", "2"}}));
  ASSERT_EQ(set.operation().set().pairs_size(), 2);
  EXPECT_EQ(set.operation().set().pairs(1).key(), "b");
  EXPECT_EQ(set.operation().set().pairs(1).value(), "2");
  EXPECT_FALSE(set.operation().set().silent());
  const auto unset = Decoded<proto::ConfigRequest>(ConfigUnsetRequest(kSession, {"a"}));
  EXPECT_EQ(unset.operation().unset().keys(0), "a");
  EXPECT_EQ(unset.session_id(), "backend session");
}

TEST(BackendRequestTest, ErrorDetailsKeepTheErrorAndLoseTheIds) {
  proto::FetchErrorDetailsResponse backend;
  backend.set_session_id("backend session");
  backend.set_server_side_session_id("backend server");
  backend.set_root_error_idx(0);
  backend.add_errors()->set_message("the whole message");
  std::string message;
  const std::string details =
      ErrorDetailsOf(wire::EncodedResponse(backend.SerializeAsString()).body, &message);
  EXPECT_EQ(message, "the whole message");
  proto::FetchErrorDetailsResponse kept;
  ASSERT_TRUE(kept.ParseFromString(details));
  EXPECT_EQ(kept.errors_size(), 1);
  EXPECT_EQ(kept.session_id(), "");
  EXPECT_EQ(kept.server_side_session_id(), "");

  backend.clear_root_error_idx();
  EXPECT_EQ(ErrorDetailsOf(wire::EncodedResponse(backend.SerializeAsString()).body, &message), "")
      << "the cluster has forgotten it";
}

TEST(BackendRequestTest, ResponsesLoseTheIdsOfTheCluster) {
  proto::AnalyzePlanResponse backend;
  backend.set_session_id("backend session");
  backend.set_server_side_session_id("backend server");
  backend.mutable_is_local()->set_is_local(true);
  const auto kept = Decoded<proto::AnalyzePlanResponse>(
      WithoutIds(wire::EncodedResponse(backend.SerializeAsString()).body, 1, 15));
  EXPECT_EQ(kept.session_id(), "");
  EXPECT_EQ(kept.server_side_session_id(), "");
  EXPECT_TRUE(kept.is_local().is_local());
}

}  // namespace
}  // namespace hearth::gateway
