#include "store/postgres_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>

namespace hearth::store {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

TEST(PostgresTarget, ShowsWhereItLeadsAndNoSecret) {
  for (const char* url : {"postgresql://ada:s3cret@db.example:5433/hearth",
                          "postgres://ada@db.example:5433/hearth?password=s3cret",
                          "postgresql://ada@db.example:5433/hearth?sslpassword=s3cret"}) {
    const auto target = ParsePostgresUrl(url);
    ASSERT_TRUE(target.ok()) << url;
    EXPECT_EQ(target->shown, "postgresql://ada@db.example:5433/hearth");
    EXPECT_TRUE(target->has_secret) << url;
  }
  const auto plain = ParsePostgresUrl("postgresql:///hearth?host=%2Frun%2Fdb&application_name=mine");
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->shown, "postgresql:///run/db/hearth");
  EXPECT_FALSE(plain->has_secret);
  EXPECT_THAT(plain->parameters, testing::Contains(Pair("application_name", "mine")));
}

TEST(PostgresTarget, WhatIsNoneIsRefusedWithoutAWordOfIt) {
  for (const char* url : {"postgresql://ada:s3cret@host:s3cret/x", "postgresql://ada:s3cret@[host/x",
                          "postgresql://h/x?s3cret=1", "postgresql://ada:p@s3cret@host/x",
                          "postgresql://ada%3As3cret@host/x", "s3cret", "mysql://ada:s3cret@host/x"}) {
    const auto target = ParsePostgresUrl(url);
    EXPECT_EQ(target.status().code(), absl::StatusCode::kInvalidArgument) << url;
    EXPECT_THAT(std::string(target.status().message()), Not(HasSubstr("s3cret")));
  }
}

TEST(PostgresTarget, ThePasswordLeavesTheEnvironment) {
  ::setenv("PGPASSWORD", "s3cret", 1);
  PostgresTarget target = *ParsePostgresUrl("postgresql://ada@host/x");
  TakePasswordFromEnvironment(&target);
  EXPECT_EQ(::getenv("PGPASSWORD"), nullptr);
  EXPECT_THAT(target.parameters, testing::Contains(Pair("password", "s3cret")));

  ::setenv("PGPASSWORD", "other", 1);
  target = *ParsePostgresUrl("postgresql://ada:s3cret@host/x");
  TakePasswordFromEnvironment(&target);
  EXPECT_EQ(::getenv("PGPASSWORD"), nullptr);
  EXPECT_THAT(target.parameters, testing::Contains(Pair("password", "s3cret")));
  EXPECT_THAT(target.parameters, Not(testing::Contains(Pair("password", "other"))));
}

}  // namespace
}  // namespace hearth::store
