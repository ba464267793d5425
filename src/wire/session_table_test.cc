#include "wire/session_table.h"

#include <gtest/gtest.h>

#include "base/manual_clock.h"
#include "spark/error.h"
#include "wire/uuid.h"

namespace hearth::wire {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

class SessionTableTest : public testing::Test {
 protected:
  base::ManualClock clock_;
  Limits limits_{.closed_sessions_max = 2};
  SessionTable table_{limits_, clock_, [](Session&) { return std::make_unique<SessionState>(); }};
  const std::string id_ = NewUuid();

  RequestHeader Header(const std::string& user = "user") const {
    RequestHeader header;
    header.user_id = user;
    header.session_id = id_;
    return header;
  }
  static ExecuteRequest Request(std::string id = NewUuid(), std::string plan = "plan",
                                bool reattachable = true) {
    ExecuteRequest request;
    request.operation_id = std::move(id);
    request.plan = grpc::Slice(plan);
    request.reattachable = reattachable;
    return request;
  }
  std::shared_ptr<Operation> Admit(const std::shared_ptr<Session>& session, ExecuteRequest request) {
    return session->operations().Admit(session, std::move(request), clock_.Now()).operation;
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

TEST_F(SessionTableTest, ASessionBelongsToItsUser) {
  const auto session = table_.GetOrOpen(Header());
  EXPECT_EQ(table_.GetOrOpen(Header()), session);
  EXPECT_NE(table_.GetOrOpen(Header("other")), session);
  RequestHeader bad = Header();
  bad.session_id = "no uuid";
  EXPECT_EQ(ConditionOf([&] { table_.GetOrOpen(bad); }), "INVALID_HANDLE.FORMAT");
}

TEST_F(SessionTableTest, AClientThatSawAnotherServerIsTold) {
  RequestHeader header = Header();
  header.observed_server_side_session_id = NewUuid();
  EXPECT_EQ(ConditionOf([&] { table_.GetOrOpen(header); }), "INVALID_HANDLE.SESSION_CHANGED");
  EXPECT_EQ(table_.Find({"user", id_}), nullptr) << "and no empty session is left behind";
  const auto session = table_.GetOrOpen(Header());
  EXPECT_EQ(ConditionOf([&] { table_.GetOrOpen(header); }), "INVALID_HANDLE.SESSION_CHANGED");
  header.observed_server_side_session_id = session->server_side_id();
  EXPECT_EQ(table_.GetOrOpen(header), session);
}

TEST_F(SessionTableTest, AClosedSessionStaysClosed) {
  EXPECT_EQ(ConditionOf([&] { table_.Get(Header()); }), "INVALID_HANDLE.SESSION_NOT_FOUND");
  const auto session = table_.GetOrOpen(Header());
  const auto operation = Admit(session, Request());
  EXPECT_EQ(table_.Close({"user", id_}, /*allow_reconnect=*/false), session);
  EXPECT_TRUE(operation->cancelled());
  EXPECT_EQ(ConditionOf([&] { table_.GetOrOpen(Header()); }), "INVALID_HANDLE.SESSION_CLOSED");
  EXPECT_EQ(table_.Close({"user", id_}, false), nullptr);
  for (int i = 0; i < 2; ++i) {
    RequestHeader other = Header();
    other.session_id = NewUuid();
    table_.GetOrOpen(other);
    table_.Close({"user", other.session_id}, false);
  }
  EXPECT_EQ(ConditionOf([&] { table_.GetOrOpen(Header()); }), "") << "tombstones are limited";
}

TEST_F(SessionTableTest, WhatWasNeverOpenCannotBeClosed) {
  EXPECT_EQ(table_.Close({"user", id_}, /*allow_reconnect=*/false), nullptr);
  EXPECT_EQ(ConditionOf([&] { table_.GetOrOpen(Header()); }), "");
}

TEST_F(SessionTableTest, ACloneHasTheConfigurationAndIsASessionOnceInserted) {
  const auto source = table_.GetOrOpen(Header());
  source->configuration().Set("spark.mine", "1");
  const std::string id = NewUuid();
  const auto clone = table_.NewClone(*source, id);
  EXPECT_EQ(table_.Find({"user", id}), nullptr);
  table_.Insert(clone);
  EXPECT_EQ(table_.Find({"user", id}), clone);
  EXPECT_NE(clone->server_side_id(), source->server_side_id());
  clone->configuration().Set("spark.mine", "2");
  EXPECT_EQ(source->configuration().Get("spark.mine"), "1");
  EXPECT_TRUE(IsUuid(table_.NewClone(*source, "")->key().session_id));
}

TEST_F(SessionTableTest, ACloneNeedsAnIdThatIsFree) {
  const auto source = table_.GetOrOpen(Header());
  const std::string prefix = "INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID_";
  EXPECT_EQ(ConditionOf([&] { table_.NewClone(*source, "no uuid"); }), prefix + "FORMAT");
  EXPECT_EQ(ConditionOf([&] { table_.NewClone(*source, id_); }), prefix + "ALREADY_EXISTS");
  const std::string id = NewUuid();
  const auto first = table_.NewClone(*source, id);
  const auto second = table_.NewClone(*source, id);
  table_.Insert(first);
  EXPECT_EQ(ConditionOf([&] { table_.Insert(second); }), prefix + "ALREADY_EXISTS");
  table_.Close({"user", id}, /*allow_reconnect=*/false);
  EXPECT_EQ(ConditionOf([&] { table_.NewClone(*source, id); }), prefix + "ALREADY_CLOSED");
}

TEST_F(SessionTableTest, TagsAreCheckedAsSparkDoes) {
  const auto session = table_.GetOrOpen(Header());
  for (const char* bad : {"", "a,b"}) {
    ExecuteRequest request = Request();
    request.tags = {"good", bad};
    EXPECT_THROW(Admit(session, std::move(request)), spark::Error) << bad;
  }
}

TEST_F(SessionTableTest, AReleasedSessionMayReconnectIfItSaidSo) {
  const auto session = table_.GetOrOpen(Header());
  table_.Close({"user", id_}, /*allow_reconnect=*/true);
  EXPECT_NE(table_.GetOrOpen(Header())->server_side_id(), session->server_side_id());
}

TEST_F(SessionTableTest, IdleSessionsExpireButNotWhileSomethingRuns) {
  const auto session = table_.GetOrOpen(Header());
  const auto operation = Admit(session, Request());
  clock_.Advance(minutes(61));
  EXPECT_TRUE(table_.Sweep().empty());
  session->operations().Remove(operation, OperationTable::Removal::kReleased, clock_.Now());
  clock_.Advance(minutes(59));
  EXPECT_TRUE(table_.Sweep().empty());
  clock_.Advance(minutes(1));
  ASSERT_EQ(table_.Sweep().size(), 1u);
  EXPECT_EQ(ConditionOf([&] { table_.GetOrOpen(Header()); }), "INVALID_HANDLE.SESSION_CLOSED");
}

TEST_F(SessionTableTest, TheSameIdAndPlanAttachesAnotherPlanIsRefused) {
  const auto session = table_.GetOrOpen(Header());
  const std::string id = NewUuid();
  const auto first = session->operations().Admit(session, Request(id, "plan"), clock_.Now());
  EXPECT_TRUE(first.created);
  const auto again = session->operations().Admit(session, Request(id, "plan"), clock_.Now());
  EXPECT_FALSE(again.created);
  EXPECT_EQ(again.operation, first.operation);
  EXPECT_EQ(ConditionOf([&] { Admit(session, Request(id, "other plan")); }),
            "INVALID_HANDLE.OPERATION_ALREADY_EXISTS");
  EXPECT_EQ(ConditionOf([&] { Admit(session, Request("no uuid")); }), "INVALID_HANDLE.FORMAT");
}

TEST_F(SessionTableTest, AReleasedOperationNeverRunsAgain) {
  const auto session = table_.GetOrOpen(Header());
  const std::string id = NewUuid();
  const auto operation = Admit(session, Request(id));
  bool stopped = false;
  operation->OnCancel([&] { stopped = true; });
  session->operations().Remove(operation, OperationTable::Removal::kReleased, clock_.Now());
  EXPECT_TRUE(stopped);
  EXPECT_EQ(ConditionOf([&] { Admit(session, Request(id)); }), "INVALID_HANDLE.OPERATION_ABANDONED");
  EXPECT_EQ(ConditionOf([&] { session->operations().Get(id); }), "INVALID_HANDLE.OPERATION_NOT_FOUND");
  EXPECT_EQ(operation->results().failure()->condition(), "INVALID_CURSOR.DISCONNECTED");
  EXPECT_EQ(ConditionOf([&] { session->operations().Get(NewUuid()); }), "INVALID_HANDLE.OPERATION_NOT_FOUND");
  EXPECT_EQ(session->operations().StateOfFinished(id), Operation::State::kCancelled);
  clock_.Advance(minutes(30));
  session->operations().Sweep(clock_.Now());
  EXPECT_EQ(ConditionOf([&] { Admit(session, Request(id)); }), "");
}

TEST_F(SessionTableTest, AnOperationWithoutReaderIsAbandonedInTime) {
  const auto session = table_.GetOrOpen(Header());
  const auto operation = Admit(session, Request());
  const auto consumer = operation->results().Attach(std::nullopt, [] {});
  clock_.Advance(minutes(10));
  session->operations().Sweep(clock_.Now());
  EXPECT_FALSE(operation->cancelled()) << "a reader is there";
  operation->results().Detach(consumer);
  operation->SetDetachedSince(clock_.Now());
  clock_.Advance(minutes(5) - milliseconds(1));
  session->operations().Sweep(clock_.Now());
  EXPECT_FALSE(operation->cancelled());
  clock_.Advance(milliseconds(1));
  session->operations().Sweep(clock_.Now());
  EXPECT_TRUE(operation->cancelled());
  EXPECT_EQ(ConditionOf([&] { session->operations().Get(operation->id()); }),
            "INVALID_HANDLE.OPERATION_ABANDONED");
}

TEST_F(SessionTableTest, InterruptMatchesAllTagOrId) {
  const auto session = table_.GetOrOpen(Header());
  ExecuteRequest tagged = Request();
  tagged.tags = {"etl"};
  const auto a = Admit(session, std::move(tagged));
  const auto b = Admit(session, Request());
  const auto c = Admit(session, Request());
  OperationTable& operations = session->operations();
  EXPECT_EQ(operations.InterruptTag("etl"), std::vector<std::string>{a->id()});
  EXPECT_EQ(operations.InterruptTag("etl"), std::vector<std::string>{}) << "it is interrupted already";
  EXPECT_EQ(operations.InterruptOperation(b->id()), std::vector<std::string>{b->id()});
  EXPECT_EQ(operations.InterruptAll(), std::vector<std::string>{c->id()});
  EXPECT_EQ(a->results().failure()->condition(), "OPERATION_CANCELED");
}

TEST_F(SessionTableTest, ACancelIsNotLostHoweverLateTheProducerAsks) {
  const auto session = table_.GetOrOpen(Header());
  const auto operation = Admit(session, Request());
  EXPECT_EQ(operation->state(), Operation::State::kRunning);
  session->operations().InterruptAll();
  EXPECT_EQ(operation->state(), Operation::State::kCancelled);
  bool called = false;
  operation->OnCancel([&] { called = true; });
  EXPECT_TRUE(called);
}

TEST_F(SessionTableTest, ACompletedOperationCannotBeInterrupted) {
  const auto session = table_.GetOrOpen(Header());
  const auto operation = Admit(session, Request());
  operation->results().Complete();
  EXPECT_TRUE(session->operations().InterruptAll().empty());
  EXPECT_EQ(operation->state(), Operation::State::kSucceeded);
}

}  // namespace
}  // namespace hearth::wire
