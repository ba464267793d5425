#include "gateway/gateway_session.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "base/manual_clock.h"
#include "spark/error.h"
#include "wire/connect_server.h"
#include "wire/uuid.h"

namespace hearth::gateway {
namespace {

/// Threads of gRPC may still be ending the last calls when the tests are over, and would find what they use
/// destroyed by the exit of the process.
class LastCallsEnd final : public testing::Environment {
  void TearDown() override { std::this_thread::sleep_for(std::chrono::milliseconds(200)); }
};
[[maybe_unused]] const auto* const kLastCallsEnd = testing::AddGlobalTestEnvironment(new LastCallsEnd);

/// Stands for a cluster: a real Connect server that runs nothing but remembers its sessions and artifacts.
class StandIn final : public wire::Executor {
 public:
  StandIn() {
    wire::ConnectServer::Options options;
    options.listen = *wire::Address::Parse("127.0.0.1:0");
    server = *wire::ConnectServer::Start(std::move(options), this, &clock);
    cluster = std::make_shared<fleet::Cluster>("stand-in", server->address().ToString(), clock.Now());
    link = std::make_shared<ClusterLink>(cluster, wire::Limits{});
  }
  std::unique_ptr<wire::SessionState> OpenSession(wire::Session&) override {
    return std::make_unique<wire::SessionState>();
  }
  void Execute(std::shared_ptr<wire::Operation> operation) override {
    operation->results().Complete();
    operation->MarkStopped();
  }
  void Analyze(std::shared_ptr<wire::Session>, grpc::Slice, wire::Reply reply) override {
    reply.Send(std::string());
  }
  void AddArtifact(wire::Session&, std::string name, std::string content) override {
    artifacts.emplace_back(std::move(name), std::move(content));
  }

  wire::SessionConfiguration& Configuration(const BackendSessionName& name) {
    return server->sessions().Find({name.user_id, name.session_id})->configuration();
  }

  base::ManualClock clock;
  std::vector<std::pair<std::string, std::string>> artifacts;
  std::unique_ptr<wire::ConnectServer> server;
  std::shared_ptr<fleet::Cluster> cluster;
  std::shared_ptr<ClusterLink> link;
};

class GatewaySessionTest : public testing::Test {
 protected:
  GatewaySessionTest()
      : session_(std::make_shared<wire::Session>(wire::SessionKey{"user", wire::NewUuid()}, limits_,
                                                 clock_.Now())) {
    session_->SetState(std::make_unique<GatewaySession>(*session_));
  }
  GatewaySession& state() { return session_->state<GatewaySession>(); }

  BackendSessionName Prepare(StandIn& cluster) {
    std::promise<BackendSessionName> name;
    state().Prepare(cluster.link,
                    [&](std::optional<wire::Failure> failure, const BackendSessionName& prepared) {
                      EXPECT_FALSE(failure.has_value()) << failure->message;
                      name.set_value(prepared);
                    });
    return name.get_future().get();
  }

  const wire::Limits limits_;
  base::ManualClock clock_;
  std::shared_ptr<wire::Session> session_;
};

TEST_F(GatewaySessionTest, ConfigurationFollowsToEveryClusterAndOnlyWhenItChanged) {
  StandIn first;
  StandIn second;
  session_->configuration().Set("spark.mine", "1");
  session_->configuration().Set("spark.sql.shuffle.partitions", "5");
  const BackendSessionName on_first = Prepare(first);
  EXPECT_EQ(first.Configuration(on_first).Overrides(), session_->configuration().Overrides());
  EXPECT_NE(on_first.session_id, session_->key().session_id) << "the cluster sees an id of our own";

  session_->configuration().Unset("spark.mine");
  session_->configuration().Set("spark.other", "2");
  EXPECT_EQ(Prepare(first).session_id, on_first.session_id);
  EXPECT_EQ(first.Configuration(on_first).Overrides(), session_->configuration().Overrides());
  const uint64_t told = first.Configuration(on_first).version();
  Prepare(first);
  EXPECT_EQ(first.Configuration(on_first).version(), told);

  const BackendSessionName on_second = Prepare(second);
  EXPECT_NE(on_second.session_id, on_first.session_id);
  EXPECT_EQ(second.Configuration(on_second).Overrides(), session_->configuration().Overrides());
}

TEST_F(GatewaySessionTest, ArtifactsAreSentOnceToEachCluster) {
  StandIn first;
  StandIn second;
  const std::string large(9'000'000, 'x');
  state().AddArtifact("cache/a", "small");
  state().AddArtifact("cache/b", large);
  state().AddArtifact("cache/b", "never looked at");
  EXPECT_TRUE(state().HasArtifact("cache/b"));
  Prepare(first);
  Prepare(first);
  const std::vector<std::pair<std::string, std::string>> both = {{"cache/a", "small"}, {"cache/b", large}};
  EXPECT_EQ(first.artifacts, both);
  state().AddArtifact("cache/empty", "");
  Prepare(first);
  ASSERT_EQ(first.artifacts.size(), 3u);
  EXPECT_EQ(first.artifacts[2], (std::pair<std::string, std::string>{"cache/empty", ""}));
  Prepare(second);
  EXPECT_EQ(second.artifacts.size(), 3u);
}

TEST_F(GatewaySessionTest, OnlyStateThatIsThereBindsToACluster) {
  StandIn cluster;
  StandIn other;
  ASSERT_TRUE(state().BeginEffect(cluster.cluster));
  EXPECT_FALSE(state().BeginEffect(other.cluster)) << "all effects go to one cluster";
  EXPECT_EQ(cluster.cluster->pinned(), 1);
  state().EndEffect(/*kept=*/false, "");
  EXPECT_EQ(state().home(), nullptr);
  EXPECT_EQ(cluster.cluster->pinned(), 0);

  ASSERT_TRUE(state().BeginEffect(other.cluster));
  state().EndEffect(/*kept=*/true, "create_dataframe_view");
  EXPECT_EQ(state().home(), other.cluster);
  EXPECT_EQ(state().home_reason(), "create_dataframe_view");
  EXPECT_EQ(other.cluster->pinned(), 1);
}

TEST_F(GatewaySessionTest, TheDeathOfAHomeLosesTheSessionOnlyIfItHadState) {
  StandIn first;
  ASSERT_TRUE(state().BeginEffect(first.cluster));
  state().OnDeath(*first.cluster);
  state().EndEffect(/*kept=*/false, "");
  EXPECT_FALSE(state().lost()) << "what was under way died with the cluster and can begin anew";
  EXPECT_EQ(first.cluster->pinned(), 0);

  StandIn second;
  ASSERT_TRUE(state().BeginEffect(second.cluster));
  state().EndEffect(/*kept=*/true, "view");
  state().OnDeath(*first.cluster);
  EXPECT_FALSE(state().lost()) << "that was another cluster";
  state().OnDeath(*second.cluster);
  EXPECT_TRUE(state().lost());
  EXPECT_EQ(second.cluster->pinned(), 0);
}

TEST_F(GatewaySessionTest, ReleasingReleasesItEverywhere) {
  StandIn cluster;
  const BackendSessionName name = Prepare(cluster);
  state().Release();
  for (int i = 0; i < 500 && cluster.server->sessions().Find({name.user_id, name.session_id}); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(cluster.server->sessions().Find({name.user_id, name.session_id}), nullptr);
}

}  // namespace
}  // namespace hearth::gateway
