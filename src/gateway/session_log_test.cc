#include "gateway/session_log.h"

#include <gtest/gtest.h>

namespace hearth::gateway {
namespace {

/// A change whose plan is its text.
SessionChange Change(const std::string& plan, const std::string& view) {
  return {grpc::Slice(plan), nullptr, "create_dataframe_view", view, "", false};
}
SessionChange Drop(const std::string& view) {
  return {grpc::Slice("drop " + view), nullptr, "sql_command", view, "", true};
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
  EXPECT_EQ(log.Append(Change("make orders of files", "orders")), 1u);
  EXPECT_EQ(log.Append(Change("make items of files", "items")), 2u);
  EXPECT_EQ(log.Append(Change("make ORDERS of other files", "orders")), 3u);
  EXPECT_EQ(Positions(log), (std::vector<uint64_t>{2, 3}));
  EXPECT_EQ(log.Append(Drop("orders")), 4u);
  EXPECT_EQ(Positions(log), (std::vector<uint64_t>{2, 4}))
      << "the drop stays for followers that have the view";
  EXPECT_EQ(log.Append(Change("make orders of files", "orders")), 5u);
  EXPECT_EQ(Positions(log), (std::vector<uint64_t>{2, 4, 5}))
      << "a follower with the view could not make another";
  EXPECT_EQ(log.Append(Drop("orders")), 6u);
  EXPECT_EQ(Positions(log), (std::vector<uint64_t>{2, 6}));
  EXPECT_TRUE(log.Knows("orders"));
  EXPECT_FALSE(log.Knows("x"));
}

TEST(SessionLogTest, WhatMayHaveBeenLookedAtStays) {
  SessionLog over_itself;
  over_itself.Append(Change("make orders of files", "orders"));
  over_itself.Append(Change("make orders of ORDERS", "orders"));
  EXPECT_EQ(Positions(over_itself), (std::vector<uint64_t>{1, 2}));

  SessionLog between;
  between.Append(Change("make orders of files", "orders"));
  between.Append(Change("make items of orders", "items"));
  between.Append(Change("make orders of other files", "orders"));
  EXPECT_EQ(Positions(between), (std::vector<uint64_t>{1, 2, 3}));

  SessionLog computed;
  computed.Append(Change("make orders of files", "orders"));
  computed.Append(Change("make items of IDENTIFIER(:name)", "items"));
  computed.Append(Change("make orders of other files", "orders"));
  EXPECT_EQ(Positions(computed), (std::vector<uint64_t>{1, 2, 3}));

  SessionLog quoted;
  quoted.Append(Change("make `a``b` of files", "a`b"));
  quoted.Append(Change("make `a``b` of other files", "a`b"));
  EXPECT_EQ(Positions(quoted), (std::vector<uint64_t>{1, 2}));
}

TEST(SessionLogTest, ASnapshotStaysWhatItWasAndACloneGoesOnFromIt) {
  SessionLog log;
  log.Append(Change("make orders of files", "orders"));
  SessionSnapshot snapshot;
  log.Read(&snapshot);
  log.Append(Change("make orders of other files", "orders"));
  ASSERT_EQ(snapshot.changes->size(), 1u);
  EXPECT_EQ(snapshot.position, 1u);

  SessionLog clone(snapshot);
  EXPECT_EQ(clone.Append(Change("make items of files", "items")), 2u);
  EXPECT_EQ(Positions(clone), (std::vector<uint64_t>{1, 2}));
  EXPECT_EQ(Positions(log), (std::vector<uint64_t>{2}));
}

TEST(SessionLogTest, IsFullWhenItsPlansAre) {
  SessionLog log;
  const std::string half(SessionLog::kBytesMax / 2 + 1, 'x');
  log.Append(Change(half + " a", "a"));
  EXPECT_FALSE(log.full());
  log.Append(Change(half + " b", "b"));
  EXPECT_TRUE(log.full());
  log.Append(Drop("a"));
  log.Append(Drop("b"));
  EXPECT_FALSE(log.full());
}

}  // namespace
}  // namespace hearth::gateway
