#include "gateway/gateway.h"

#include <gtest/gtest.h>
#include <spark/connect/base.pb.h>

#include <chrono>

#include "absl/time/clock.h"
#include "base/manual_clock.h"
#include "gateway/temporary_journal.h"
#include "wire/uuid.h"

namespace hearth::gateway {
namespace {

/// A gateway without any engine.
class GatewayTest : public testing::Test {
 protected:
  GatewayTest() : gateway_(Options(), journal_.Take(), &clock_) {}
  Gateway::Options Options() {
    Gateway::Options options;
    options.fleet.socket_directory = journal_.directory();
    options.fleet.temp_directory = journal_.directory() + "/temp";
    return options;
  }
  std::shared_ptr<wire::Session> NewSession() {
    return std::make_shared<wire::Session>(wire::SessionKey{"user", wire::NewUuid()}, limits_, clock_.Now());
  }

  const wire::Limits limits_;
  base::ManualClock clock_;
  TemporaryJournal journal_;
  Gateway gateway_;
};

TEST_F(GatewayTest, ASessionThatIsBeingOpenedIsSweptAsOthersAre) {
  const auto session = NewSession();
  auto state = gateway_.OpenSession(*session);
  gateway_.Sweep();
  session->SetState(std::move(state));
  gateway_.Sweep();
}

TEST_F(GatewayTest, NothingOfAnOperationOrItsSessionIsLeft) {
  auto session = NewSession();
  session->SetState(gateway_.OpenSession(*session));
  wire::ExecuteRequest request;
  request.operation_id = wire::NewUuid();
  ::spark::connect::Plan plan;
  plan.mutable_root()->mutable_range()->set_end(3);
  request.plan = grpc::Slice(plan.SerializeAsString());
  auto operation = session->operations().Admit(session, std::move(request), clock_.Now()).operation;
  gateway_.Execute(operation);
  while (!operation->results().ended()) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_TRUE(operation->results().failure()) << "there is no engine";
  session->operations().Remove(operation, wire::OperationTable::Removal::kShutdown, clock_.Now());
  bool closed = false;
  gateway_.CloseSession(*session, false, [&] { closed = true; });
  const std::weak_ptr<wire::Operation> old_operation = operation;
  const std::weak_ptr<wire::Session> old_session = session;
  operation = nullptr;
  session = nullptr;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!old_session.expired() && std::chrono::steady_clock::now() < until)
    absl::SleepFor(absl::Milliseconds(1));
  EXPECT_TRUE(old_operation.expired());
  EXPECT_TRUE(old_session.expired());
}

}  // namespace
}  // namespace hearth::gateway
