#include "gateway/session_log.h"

#include <gtest/gtest.h>

namespace hearth::gateway {
namespace {

/// A change whose plan is its text.
SessionChange Change(const std::string& plan, const std::string& view) {
  SessionChange change;
  change.plan = grpc::Slice(plan);
  change.view = view;
  return change;
}
SessionChange Drop(const std::string& view) {
  SessionChange change = Change("drop " + view, view);
  change.is_drop = true;
  return change;
}

uint64_t Append(SessionLog& log, SessionChange change) {
  const SessionLog::Place place = log.PlaceFor(change);
  log.Append(std::make_shared<const SessionChange>(std::move(change)), place);
  return place.position;
}

std::vector<uint64_t> Positions(const SessionLog& log) {
  SessionSnapshot snapshot;
  log.Read(&snapshot);
  std::vector<uint64_t> positions;
  for (const auto& entry : *snapshot.changes) positions.push_back(entry.position);
  return positions;
}

TEST(SessionLogTest, AViewMadeAgainSupersedesTheOneBefore) {
  SessionLog log;
  EXPECT_EQ(Append(log, Change("make orders of files", "orders")), 1u);
  EXPECT_EQ(Append(log, Change("make items of files", "items")), 2u);
  EXPECT_EQ(Append(log, Change("make ORDERS of other files", "orders")), 3u);
  EXPECT_EQ(Positions(log), (std::vector<uint64_t>{2, 3}));
  EXPECT_EQ(Append(log, Drop("orders")), 4u);
  EXPECT_EQ(Positions(log), (std::vector<uint64_t>{2, 4}))
      << "the drop stays for followers that have the view";
  EXPECT_EQ(Append(log, Change("make orders of files", "orders")), 5u);
  EXPECT_EQ(Positions(log), (std::vector<uint64_t>{2, 4, 5}))
      << "a follower with the view could not make another";
  EXPECT_EQ(Append(log, Drop("orders")), 6u);
  EXPECT_EQ(Positions(log), (std::vector<uint64_t>{2, 6}));
  EXPECT_TRUE(log.Knows("orders"));
  EXPECT_FALSE(log.Knows("x"));
}

TEST(SessionLogTest, WhatMayHaveBeenLookedAtStays) {
  SessionLog over_itself;
  Append(over_itself, Change("make orders of files", "orders"));
  Append(over_itself, Change("make orders of ORDERS", "orders"));
  EXPECT_EQ(Positions(over_itself), (std::vector<uint64_t>{1, 2}));

  SessionLog between;
  Append(between, Change("make orders of files", "orders"));
  Append(between, Change("make items of orders", "items"));
  Append(between, Change("make orders of other files", "orders"));
  EXPECT_EQ(Positions(between), (std::vector<uint64_t>{1, 2, 3}));

  SessionLog computed;
  Append(computed, Change("make orders of files", "orders"));
  Append(computed, Change("make items of IDENTIFIER(:name)", "items"));
  Append(computed, Change("make orders of other files", "orders"));
  EXPECT_EQ(Positions(computed), (std::vector<uint64_t>{1, 2, 3}));

  SessionLog quoted;
  Append(quoted, Change("make `a``b` of files", "a`b"));
  Append(quoted, Change("make `a``b` of other files", "a`b"));
  EXPECT_EQ(Positions(quoted), (std::vector<uint64_t>{1, 2}));
}

TEST(SessionLogTest, GlobalViewsAreKnownByTheirNames) {
  for (const char* plan : {"global_temp.v", "GLOBAL_TEMP", "create Global /* of all */ TEMPORARY view v"}) {
    EXPECT_TRUE(MayUseGlobalViews(grpc::Slice(plan))) << plan;
  }
  for (const char* plan :
       {"", "g", "global", "global_id", "__globals__", "temp before global", "IDENTIFIER(x)"}) {
    EXPECT_FALSE(MayUseGlobalViews(grpc::Slice(plan))) << plan;
  }
}

TEST(SessionLogTest, ReadersOfReadersCount) {
  SessionLog log;
  Append(log, Change("base of 1", "base"));
  Append(log, Change("top of base", "top"));
  Append(log, Change("base of 2", "base"));
  Append(log, Change("snap of top", "snap"));
  Append(log, Change("base of 3", "base"));
  EXPECT_EQ(Positions(log), (std::vector<uint64_t>{1, 2, 3, 4, 5})) << "snap was made over the second base";
  Append(log, Change("base of 4", "base"));
  EXPECT_EQ(Positions(log), (std::vector<uint64_t>{1, 2, 3, 4, 6}));
}

TEST(SessionLogTest, AFunctionAndAViewOfOneNameAreTwo) {
  SessionLog log;
  Append(log, Change("make lower of files", "lower"));
  SessionChange function;
  function.plan = grpc::Slice("register lower");
  function.function = "lower";
  Append(log, std::move(function));
  EXPECT_EQ(Positions(log), (std::vector<uint64_t>{1, 2}));
}

TEST(SessionLogTest, ASnapshotStaysWhatItWasAndACloneGoesOnFromIt) {
  SessionLog log;
  Append(log, Change("make orders of files", "orders"));
  SessionSnapshot snapshot;
  log.Read(&snapshot);
  Append(log, Change("make orders of other files", "orders"));
  ASSERT_EQ(snapshot.changes->size(), 1u);
  EXPECT_EQ(snapshot.position, 1u);

  SessionLog clone(snapshot);
  EXPECT_EQ(Append(clone, Change("make items of files", "items")), 2u);
  EXPECT_EQ(Positions(clone), (std::vector<uint64_t>{1, 2}));
  EXPECT_EQ(Positions(log), (std::vector<uint64_t>{2}));
}

TEST(SessionLogTest, IsFullWhenItsPlansAre) {
  SessionLog log;
  const std::string half(SessionLog::kBytesMax / 2 + 1, 'x');
  Append(log, Change(half + " a", "a"));
  EXPECT_FALSE(log.full());
  Append(log, Change(half + " b", "b"));
  EXPECT_TRUE(log.full());
  Append(log, Drop("a"));
  Append(log, Drop("b"));
  EXPECT_FALSE(log.full());
}

}  // namespace
}  // namespace hearth::gateway
