#include "wire/connect_server.h"

#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>
#include <spark/connect/base.grpc.pb.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/manual_clock.h"
#include "spark/error.h"
#include "wire/channel.h"
#include "wire/failure.h"
#include "wire/uuid.h"
#include "wire/workers.h"

namespace hearth::wire {
namespace {

namespace proto = ::spark::connect;
using Stub = proto::SparkConnectService::Stub;

/// Sends `end` batches of one row for the plan range(end); waits for a cancel if end is negative, fails if it
/// is 13.
class RangeExecutor final : public Executor {
 public:
  std::unique_ptr<SessionState> OpenSession(Session&) override { return std::make_unique<SessionState>(); }
  void CloseSession(Session&, bool, std::function<void()> done) override {
    ++closed_sessions;
    done();
  }

  void Execute(std::shared_ptr<Operation> operation) override {
    ++executed;
    while (waits_for_another_reader && !operation->results().attached()) std::this_thread::yield();
    workers_.Run([this, operation] {
      proto::Plan plan;
      DecodeMessage(operation->request().plan, &plan);
      Run(*operation, plan.root().range().end());
      operation->MarkStopped();
      ++stopped;
    });
  }

  void Analyze(std::shared_ptr<Session>, grpc::Slice, Reply reply) override {
    reply.Fail(FailureOf(spark::Error::Decline("analysis in this test")));
  }

  std::atomic<int> executed{0};
  std::atomic<int> stopped{0};
  std::atomic<int> closed_sessions{0};
  size_t batch_bytes = 10;
  /// Execute returns, and so the RPC that called it attaches, only after another RPC has attached.
  std::atomic<bool> waits_for_another_reader{false};

 private:
  void Run(Operation& operation, int64_t end) {
    if (end < 0) {
      std::mutex mutex;
      std::condition_variable changed;
      bool cancelled = false;
      operation.OnCancel([&] {
        const std::lock_guard lock(mutex);
        cancelled = true;
        changed.notify_all();
      });
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return cancelled; });
      return;
    }
    for (int64_t i = 0; i < end; ++i) {
      if (!operation.results().Push(ArrowBatchResponse(1, i, {grpc::Slice(std::string(batch_bytes, 'x'))})))
        return;
    }
    if (end == 13) {
      operation.results().Fail(FailureOf(spark::Error(spark::ExceptionKind::kArithmetic, "DIVIDE_BY_ZERO",
                                                      {{"config", "\"spark.sql.ansi.enabled\""}})));
      return;
    }
    operation.results().Complete();
  }

  Workers workers_{{.name = "range"}};
};

class ConnectServerTest : public testing::Test {
 protected:
  void Start(const Limits& limits = {}) {
    ConnectServer::Options options;
    options.listen = *Address::Parse("127.0.0.1:0");
    options.limits = limits;
    auto server = ConnectServer::Start(std::move(options), &executor_, &clock_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = proto::SparkConnectService::NewStub(OpenChannel(server_->address(), Limits{}));
  }

  struct Ended {
    std::vector<proto::ExecutePlanResponse> responses;
    grpc::Status status;
    bool complete() const { return !responses.empty() && responses.back().has_result_complete(); }
    int rows() const {
      int rows = 0;
      for (const auto& response : responses) rows += static_cast<int>(response.arrow_batch().row_count());
      return rows;
    }
  };
  static Ended ReadAll(grpc::ClientReader<proto::ExecutePlanResponse>& reader) {
    Ended ended;
    proto::ExecutePlanResponse response;
    while (reader.Read(&response)) ended.responses.push_back(response);
    ended.status = reader.Finish();
    return ended;
  }

  proto::ExecutePlanRequest Range(int64_t end, bool reattachable = true) const {
    proto::ExecutePlanRequest request;
    request.set_session_id(session_id_);
    request.mutable_user_context()->set_user_id("user");
    request.set_operation_id(NewUuid());
    request.mutable_plan()->mutable_root()->mutable_range()->set_end(end);
    request.add_request_options()->mutable_reattach_options()->set_reattachable(reattachable);
    return request;
  }
  Ended Execute(const proto::ExecutePlanRequest& request) {
    grpc::ClientContext context;
    return ReadAll(*stub_->ExecutePlan(&context, request));
  }
  Ended Reattach(const std::string& operation_id, const std::string& after) {
    proto::ReattachExecuteRequest request;
    request.set_session_id(session_id_);
    request.mutable_user_context()->set_user_id("user");
    request.set_operation_id(operation_id);
    if (!after.empty()) request.set_last_response_id(after);
    grpc::ClientContext context;
    return ReadAll(*stub_->ReattachExecute(&context, request));
  }
  template <typename Condition>
  static bool Eventually(Condition condition) {
    for (int i = 0; i < 500; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  base::ManualClock clock_;
  RangeExecutor executor_;
  std::unique_ptr<ConnectServer> server_;
  std::unique_ptr<Stub> stub_;
  const std::string session_id_ = NewUuid();
};

TEST_F(ConnectServerTest, StreamsTheResponsesOfAnOperation) {
  Start();
  const auto request = Range(5);
  const Ended ended = Execute(request);
  EXPECT_TRUE(ended.status.ok()) << ended.status.error_message();
  EXPECT_EQ(ended.rows(), 5);
  EXPECT_TRUE(ended.complete());
  for (const auto& response : ended.responses) {
    EXPECT_EQ(response.session_id(), session_id_);
    EXPECT_EQ(response.operation_id(), request.operation_id());
    EXPECT_EQ(response.server_side_session_id(), ended.responses.front().server_side_session_id());
  }
  const Ended plain = Execute(Range(3, /*reattachable=*/false));
  EXPECT_TRUE(plain.status.ok());
  EXPECT_EQ(plain.responses.size(), 3u);
}

TEST_F(ConnectServerTest, ReattachesFromAnyResponseAndAfterTheEnd) {
  Start();
  const auto request = Range(5);
  const Ended first = Execute(request);
  for (size_t i = 0; i < first.responses.size(); ++i) {
    const Ended again = Reattach(request.operation_id(), first.responses[i].response_id());
    EXPECT_TRUE(again.status.ok()) << again.status.error_message();
    EXPECT_EQ(again.responses.size(), first.responses.size() - i - 1);
  }
  EXPECT_EQ(Reattach(request.operation_id(), "").rows(), 5);
  EXPECT_EQ(Execute(request).rows(), 5) << "an equal request attaches";
  EXPECT_EQ(executor_.executed, 1);
}

TEST_F(ConnectServerTest, AStreamEndsAtItsByteLimitAndGoesOn) {
  Start({.stream_bytes_max = 500});
  executor_.batch_bytes = 300;
  const auto request = Range(10);
  Ended ended = Execute(request);
  int streams = 1;
  int rows = ended.rows();
  while (!ended.complete()) {
    ASSERT_TRUE(ended.status.ok()) << ended.status.error_message();
    ASSERT_FALSE(ended.responses.empty());
    ended = Reattach(request.operation_id(), ended.responses.back().response_id());
    rows += ended.rows();
    ASSERT_LT(++streams, 20);
  }
  EXPECT_EQ(rows, 10);
  EXPECT_GE(streams, 5);
}

TEST_F(ConnectServerTest, AStreamEndsAtItsTimeLimit) {
  Start({.stream_duration_max = std::chrono::milliseconds(40)});
  std::thread mover([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    clock_.Advance(std::chrono::milliseconds(40));
  });
  const Ended ended = Execute(Range(-1));
  mover.join();
  EXPECT_TRUE(ended.status.ok()) << ended.status.error_message();
  EXPECT_FALSE(ended.complete());
}

TEST_F(ConnectServerTest, InterruptEndsTheStreamWithSparksError) {
  Start();
  const auto operation = Range(-1);
  std::thread interrupter([&] {
    proto::InterruptRequest request;
    request.set_session_id(session_id_);
    request.mutable_user_context()->set_user_id("user");
    request.set_interrupt_type(proto::InterruptRequest::INTERRUPT_TYPE_ALL);
    proto::InterruptResponse response;
    EXPECT_TRUE(Eventually([&] {
      grpc::ClientContext context;
      return stub_->Interrupt(&context, request, &response).ok() && response.interrupted_ids_size() == 1;
    }));
    EXPECT_EQ(response.interrupted_ids(0), operation.operation_id());
    EXPECT_EQ(response.session_id(), session_id_);
  });
  const Ended ended = Execute(operation);
  interrupter.join();
  EXPECT_EQ(ended.status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(FailureOf(ended.status).condition(), "OPERATION_CANCELED");
  EXPECT_TRUE(Eventually([&] { return executor_.stopped == 1; }));
}

TEST_F(ConnectServerTest, AFailureHasDetailsToFetchOnce) {
  Start();
  const Ended ended = Execute(Range(13));
  EXPECT_EQ(ended.rows(), 13);
  EXPECT_EQ(FailureOf(ended.status).condition(), "DIVIDE_BY_ZERO");
  proto::FetchErrorDetailsRequest request;
  request.set_session_id(session_id_);
  request.mutable_user_context()->set_user_id("user");
  request.set_error_id(ErrorIdOf(ended.status));
  for (const int errors : {1, 0}) {
    proto::FetchErrorDetailsResponse response;
    grpc::ClientContext context;
    ASSERT_TRUE(stub_->FetchErrorDetails(&context, request, &response).ok());
    EXPECT_EQ(response.errors_size(), errors);
    EXPECT_EQ(response.has_root_error_idx(), errors == 1);
    EXPECT_EQ(response.session_id(), session_id_);
  }
}

TEST_F(ConnectServerTest, AClientThatGoesEndsItsPlainOperation) {
  Start();
  {
    grpc::ClientContext context;
    const auto reader = stub_->ExecutePlan(&context, Range(-1, /*reattachable=*/false));
    EXPECT_TRUE(Eventually([&] { return executor_.executed == 1; }));
    context.TryCancel();
    EXPECT_EQ(ReadAll(*reader).status.error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_TRUE(Eventually([&] { return executor_.stopped == 1; }));
}

TEST_F(ConnectServerTest, AReattachableOperationOutlivesItsClientForAWhile) {
  Start({.detached_timeout = std::chrono::milliseconds(40)});
  const auto request = Range(-1);
  {
    grpc::ClientContext context;
    const auto reader = stub_->ExecutePlan(&context, request);
    EXPECT_TRUE(Eventually([&] { return executor_.executed == 1; }));
    context.TryCancel();
    ReadAll(*reader);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(executor_.stopped, 0) << "the clock has not moved";
  clock_.Advance(std::chrono::milliseconds(40));
  EXPECT_TRUE(Eventually([&] { return executor_.stopped == 1; }));
  EXPECT_EQ(FailureOf(Reattach(request.operation_id(), "").status).condition(),
            "INVALID_HANDLE.OPERATION_ABANDONED");
}

TEST_F(ConnectServerTest, ASecondReaderDisconnectsTheFirst) {
  Start();
  const auto request = Range(-1);
  grpc::ClientContext first_context;
  const auto first = stub_->ExecutePlan(&first_context, request);
  EXPECT_TRUE(Eventually([&] { return executor_.executed == 1; }));
  grpc::ClientContext second_context;
  const auto second = stub_->ExecutePlan(&second_context, request);
  const Ended ended = ReadAll(*first);
  EXPECT_EQ(ended.status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_NE(ended.status.error_message().find("INVALID_CURSOR.DISCONNECTED"), std::string::npos);
  second_context.TryCancel();
  ReadAll(*second);
  EXPECT_EQ(executor_.executed, 1);
}

TEST_F(ConnectServerTest, TheReaderThatMadeTheOperationIsTheOldest) {
  Start();
  executor_.waits_for_another_reader = true;
  const auto request = Range(3);
  grpc::ClientContext first_context;
  const auto first = stub_->ExecutePlan(&first_context, request);
  EXPECT_TRUE(Eventually([&] { return executor_.executed == 1; }));
  const Ended second = Execute(request);
  EXPECT_TRUE(second.complete()) << second.status.error_message();
  EXPECT_EQ(second.rows(), 3);
  EXPECT_NE(ReadAll(*first).status.error_message().find("INVALID_CURSOR.DISCONNECTED"), std::string::npos);
}

TEST_F(ConnectServerTest, ReleaseAllAbandonsAndReleaseSessionCloses) {
  Start();
  const auto request = Range(2);
  Execute(request);
  proto::ReleaseExecuteRequest release;
  release.set_session_id(session_id_);
  release.mutable_user_context()->set_user_id("user");
  release.set_operation_id(request.operation_id());
  release.mutable_release_all();
  for (const bool known : {true, false}) {
    proto::ReleaseExecuteResponse response;
    grpc::ClientContext context;
    ASSERT_TRUE(stub_->ReleaseExecute(&context, release, &response).ok());
    EXPECT_EQ(response.has_operation_id(), known);
  }
  EXPECT_EQ(FailureOf(Execute(request).status).condition(), "INVALID_HANDLE.OPERATION_ABANDONED");

  proto::ReleaseSessionRequest end;
  end.set_session_id(session_id_);
  end.mutable_user_context()->set_user_id("user");
  proto::ReleaseSessionResponse ended;
  grpc::ClientContext context;
  ASSERT_TRUE(stub_->ReleaseSession(&context, end, &ended).ok());
  EXPECT_FALSE(ended.server_side_session_id().empty());
  EXPECT_EQ(executor_.closed_sessions, 1);
  EXPECT_EQ(FailureOf(Execute(Range(1)).status).condition(), "INVALID_HANDLE.SESSION_CLOSED");
}

TEST_F(ConnectServerTest, VersionAndConfigurationNeedNoExecutor) {
  Start();
  proto::AnalyzePlanRequest analyze;
  analyze.set_session_id(session_id_);
  analyze.mutable_spark_version();
  proto::AnalyzePlanResponse version;
  grpc::ClientContext analyze_context;
  ASSERT_TRUE(stub_->AnalyzePlan(&analyze_context, analyze, &version).ok());
  EXPECT_EQ(version.spark_version().version(), "4.2.1");
  EXPECT_EQ(version.session_id(), session_id_);
  EXPECT_FALSE(version.server_side_session_id().empty());

  analyze.mutable_ddl_parse()->set_ddl_string("a INT");
  grpc::ClientContext declined_context;
  const grpc::Status declined = stub_->AnalyzePlan(&declined_context, analyze, &version);
  EXPECT_TRUE(FailureOf(declined).declined());
}

TEST_F(ConnectServerTest, ASlowReaderHoldsABoundedPart) {
  Start({.retry_bytes_max = 1 << 20, .unsent_bytes_max = 1 << 20});
  executor_.batch_bytes = 256 << 10;
  const auto request = Range(1000);  // 256 MB
  grpc::ClientContext context;
  const auto reader = stub_->ExecutePlan(&context, request);
  proto::ExecutePlanResponse response;
  ASSERT_TRUE(reader->Read(&response));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const auto operation =
      server_->sessions().Find({"user", session_id_})->operations().Find(request.operation_id());
  EXPECT_LT(operation->results().numbers().held_bytes, size_t{4} << 20);
  EXPECT_LT(operation->results().numbers().rows, 500);
  int rows = 1;
  while (reader->Read(&response)) rows += static_cast<int>(response.arrow_batch().row_count());
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(rows, 1000);
}

TEST_F(ConnectServerTest, GarbageAndUnknownMethodsGetAnAnswer) {
  Start();
  proto::ExecutePlanRequest no_uuid = Range(1);
  no_uuid.set_session_id("nonsense");
  EXPECT_EQ(FailureOf(Execute(no_uuid).status).condition(), "INVALID_HANDLE.FORMAT");
  proto::CloneSessionRequest clone;
  clone.set_session_id(session_id_);
  proto::CloneSessionResponse cloned;
  grpc::ClientContext context;
  EXPECT_EQ(FailureOf(stub_->CloneSession(&context, clone, &cloned)).condition(),
            "INVALID_HANDLE.SESSION_NOT_FOUND");
}

TEST_F(ConnectServerTest, ShutdownLetsRunningWorkEndWithinItsGrace) {
  Start();
  const auto request = Range(-1);
  std::atomic<bool> over{false};
  grpc::Status status;
  std::thread client([&] {
    status = Execute(request).status;
    over = true;
  });
  EXPECT_TRUE(Eventually([&] { return executor_.executed == 1; }));
  std::thread stopper([&] { server_->Shutdown(std::chrono::milliseconds(300)); });
  EXPECT_TRUE(
      Eventually([&] { return Execute(Range(1)).status.error_code() == grpc::StatusCode::UNAVAILABLE; }));
  EXPECT_FALSE(over);
  client.join();
  stopper.join();
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(Eventually([&] { return executor_.stopped == executor_.executed; }));
}

}  // namespace
}  // namespace hearth::wire
