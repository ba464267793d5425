#include "gateway/gateway_session.h"

#include <gtest/gtest.h>
#include <spark/connect/base.pb.h>

#include <future>
#include <thread>

#include "base/manual_clock.h"
#include "gateway/temporary_journal.h"
#include "spark/error.h"
#include "wire/connect_server.h"
#include "wire/uuid.h"

namespace hearth::gateway {
namespace {

/// gRPC's callback threads end with the last channel or server of a process, and crash if it ended on one of
/// them. A process that serves always has one; so does this one, until its end.
class OneChannelStays final : public testing::Environment {
  void SetUp() override {
    auto cluster = std::make_shared<fleet::Cluster>("nobody", "native", "unix:/nowhere", "", base::Instant());
    auto* const link = new ClusterLink(cluster, wire::Limits{});
    std::promise<void> failed;
    link->Call("ReleaseSession", ReleaseSessionRequest({"nobody", wire::NewUuid()}),
               [&](const grpc::Status&, const grpc::ByteBuffer&) { failed.set_value(); });
    failed.get_future().get();
  }
};
[[maybe_unused]] const auto* const kOneChannelStays = testing::AddGlobalTestEnvironment(new OneChannelStays);

grpc::Slice PlanOf(const std::string& sql) {
  ::spark::connect::Plan plan;
  plan.mutable_root()->mutable_sql()->set_query(sql);
  return grpc::Slice(plan.SerializeAsString());
}

/// Stands for a cluster: a real Connect server that runs nothing but remembers its sessions, artifacts and
/// plans, these with the value that spark.mine had.
class StandIn final : public wire::Executor {
 public:
  StandIn() {
    wire::ConnectServer::Options options;
    options.listen = *wire::Address::Parse("127.0.0.1:0");
    server = *wire::ConnectServer::Start(std::move(options), this, &clock);
    cluster =
        std::make_shared<fleet::Cluster>("stand-in", "native", server->address().ToString(), "", clock.Now());
    link = std::make_shared<ClusterLink>(cluster, wire::Limits{});
  }
  std::unique_ptr<wire::SessionState> OpenSession(wire::Session&) override {
    return std::make_unique<wire::SessionState>();
  }
  void Execute(std::shared_ptr<wire::Operation> operation) override {
    ::spark::connect::Plan plan;
    wire::DecodeMessage(operation->request().plan, &plan);
    ran.emplace_back(plan.root().sql().query(),
                     operation->session().configuration().GetOption("spark.mine").value_or(""));
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
  std::vector<std::pair<std::string, std::string>> ran;
  std::unique_ptr<wire::ConnectServer> server;
  std::shared_ptr<fleet::Cluster> cluster;
  std::shared_ptr<ClusterLink> link;
};

class GatewaySessionTest : public testing::Test {
 protected:
  GatewaySessionTest()
      : session_(std::make_shared<wire::Session>(wire::SessionKey{"user", wire::NewUuid()}, limits_,
                                                 clock_.Now())) {
    session_->SetState(std::make_unique<GatewaySession>(*session_, *journal_));
  }
  GatewaySession& state() { return session_->state<GatewaySession>(); }

  SessionSnapshot Snapshot() {
    std::promise<SessionSnapshot> bound;
    state().Admit(/*changes=*/false,
                  [&](SessionSnapshot now, const auto&) { bound.set_value(std::move(now)); });
    return bound.get_future().get();
  }
  std::unique_ptr<GatewaySession::Use> Prepare(StandIn& cluster, const SessionSnapshot& bound, bool alone) {
    std::promise<std::unique_ptr<GatewaySession::Use>> promise;
    state().Prepare(cluster.link, bound, alone,
                    [&](std::optional<wire::Failure> failure, std::unique_ptr<GatewaySession::Use> use) {
                      EXPECT_FALSE(failure.has_value()) << failure->message;
                      promise.set_value(std::move(use));
                    });
    return promise.get_future().get();
  }
  BackendSessionName Prepare(StandIn& cluster) { return Prepare(cluster, Snapshot(), false)->name(); }
  void KeepArtifacts() {
    std::promise<bool> kept;
    state().KeepArtifacts([&](const std::optional<wire::Failure>& failure) { kept.set_value(!failure); });
    EXPECT_TRUE(kept.get_future().get());
  }
  void Change(StandIn& cluster, const std::string& plan) {
    auto use = Prepare(cluster, Snapshot(), /*alone=*/true);
    SessionChange change;
    change.plan = PlanOf(plan);
    change.configuration = Snapshot().configuration;
    std::promise<void> kept;
    state().Commit(std::move(change), *use, [&](const std::optional<wire::Failure>& failure) {
      EXPECT_FALSE(failure.has_value());
      kept.set_value();
    });
    kept.get_future().get();
  }

  const wire::Limits limits_;
  base::ManualClock clock_;
  TemporaryJournal journal_;
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
  EXPECT_FALSE(state().HasArtifact("cache/b")) << "it may yet be lost";
  KeepArtifacts();
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

TEST_F(GatewaySessionTest, ChangesAreRepeatedInOrderWhereTheyWereNotMade) {
  StandIn first;
  StandIn second;
  session_->configuration().Set("spark.mine", "1");
  Change(first, "one");
  session_->configuration().Set("spark.mine", "2");
  Change(first, "two");
  Prepare(first);
  EXPECT_TRUE(first.ran.empty()) << "it made them itself";
  const BackendSessionName there = Prepare(second);
  const std::vector<std::pair<std::string, std::string>> both = {{"one", "1"}, {"two", "2"}};
  EXPECT_EQ(second.ran, both) << "each under what it was made under";
  Prepare(second);
  EXPECT_EQ(second.ran.size(), 2u);
  EXPECT_EQ(second.Configuration(there).Get("spark.mine"), "2");
  EXPECT_EQ(state().changes(), 2u);
}

TEST_F(GatewaySessionTest, AnAttemptRunsAtWhatTheSessionWasWhenItWasAdmitted) {
  StandIn cluster;
  const SessionSnapshot before = Snapshot();
  Change(cluster, "one");
  const BackendSessionName now = Prepare(cluster);
  const auto late = Prepare(cluster, before, /*alone=*/false);
  EXPECT_NE(late->name().session_id, now.session_id) << "there is no way back for a follower";
  EXPECT_TRUE(cluster.ran.empty());
  EXPECT_EQ(Prepare(cluster).session_id, now.session_id);
}

TEST_F(GatewaySessionTest, AChangeThatDidNotSucceedLeavesNoTrace) {
  StandIn cluster;
  const std::string touched = Prepare(cluster, Snapshot(), /*alone=*/true)->name().session_id;
  EXPECT_NE(Prepare(cluster).session_id, touched);
  EXPECT_EQ(state().changes(), 0u);
}

TEST_F(GatewaySessionTest, AFollowerMovesOnWhenItsAttemptsHaveBegun) {
  StandIn cluster;
  auto reading = Prepare(cluster, Snapshot(), /*alone=*/false);
  std::promise<void> changing;
  state().Prepare(cluster.link, Snapshot(), /*alone=*/true,
                  [&](const std::optional<wire::Failure>&, const std::unique_ptr<GatewaySession::Use>& use) {
                    EXPECT_EQ(use->name().session_id, reading->name().session_id);
                    changing.set_value();
                  });
  std::future<void> changed = changing.get_future();
  EXPECT_EQ(changed.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  reading->Begun();
  changed.get();
}

TEST_F(GatewaySessionTest, ChangesTakeTurnsAndWhatComesAfterWaits) {
  Snapshot();  // The session is kept.
  std::vector<std::string> order;
  std::unique_ptr<GatewaySession::Turn> turn;
  const auto admit = [&](bool changes, const std::string& name) {
    state().Admit(changes,
                  [&order, &turn, name](const SessionSnapshot&, std::unique_ptr<GatewaySession::Turn> mine) {
                    order.push_back(name);
                    if (mine) turn = std::move(mine);
                  });
  };
  admit(true, "change");
  admit(false, "read");
  admit(true, "next change");
  admit(false, "last read");
  EXPECT_EQ(order, std::vector<std::string>{"change"});
  std::exchange(turn, nullptr).reset();
  EXPECT_EQ(order, (std::vector<std::string>{"change", "read", "next change"}));
  std::exchange(turn, nullptr).reset();
  EXPECT_EQ(order.back(), "last read");
}

TEST_F(GatewaySessionTest, SettingsBySqlAreTheSessionsAndFollow) {
  StandIn first;
  StandIn second;
  auto use = Prepare(first, Snapshot(), /*alone=*/true);
  std::promise<void> kept;
  state().Commit(spark::SetConfiguration{"spark.mine", "3", false}, *use,
                 [&](const std::optional<wire::Failure>&) { kept.set_value(); });
  kept.get_future().get();
  use = nullptr;
  EXPECT_EQ(session_->configuration().Get("spark.mine"), "3");
  EXPECT_EQ(state().changes(), 0u);
  EXPECT_EQ(second.Configuration(Prepare(second)).Get("spark.mine"), "3");
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
