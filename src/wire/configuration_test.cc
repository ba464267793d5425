#include "wire/configuration.h"

#include <gtest/gtest.h>
#include <spark/connect/base.pb.h>

#include <cstdlib>

#include "spark/error.h"
#include "wire/address.h"
#include "wire/time_zone.h"

namespace hearth::wire {
namespace {

std::string ConditionOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const spark::Error& error) {
    return error.condition();
  }
  return "";
}

TEST(ConfigurationTest, DefaultsAreTheRecordedOnes) {
  SessionConfiguration configuration;
  EXPECT_EQ(configuration.Get("spark.sql.execution.arrow.maxRecordsPerBatch"), "10000");
  EXPECT_EQ(configuration.Get("spark.sql.ansi.enabled"), "true");
  EXPECT_EQ(configuration.Get("spark.sql.session.timeZone"), MachineTimeZone());
  EXPECT_EQ(ConditionOf([&] { configuration.Get("spark.hearth.unknown"); }), "SQL_CONF_NOT_FOUND");
  EXPECT_EQ(configuration.GetOption("spark.hearth.unknown"), std::nullopt);
  EXPECT_EQ(configuration.GetWithDefault("spark.hearth.unknown", "mine"), "mine");
}

TEST(ConfigurationTest, TheTableIsSortedAndFoundWhole) {
  const auto keys = KnownKeys();
  ASSERT_GT(keys.size(), 300u);
  for (const KnownKey& key : keys) {
    const KnownKey* found = FindKnownKey(key.key);
    ASSERT_NE(found, nullptr) << key.key;
    EXPECT_EQ(found->key, key.key);
  }
}

TEST(ConfigurationTest, SetAndUnset) {
  SessionConfiguration configuration;
  const uint64_t before = configuration.version();
  configuration.Set("spark.sql.shuffle.partitions", "7");
  configuration.Set("spark.mine", "x");
  EXPECT_GT(configuration.version(), before);
  EXPECT_EQ(configuration.Get("spark.sql.shuffle.partitions"), "7");
  EXPECT_EQ(configuration.Overrides().size(), 2u);
  EXPECT_EQ(configuration.GetAll("spark."),
            (SessionConfiguration::Pairs{{"mine", "x"}, {"sql.shuffle.partitions", "7"}}));
  configuration.Unset("spark.sql.shuffle.partitions");
  EXPECT_NE(configuration.Get("spark.sql.shuffle.partitions"), "7");
}

TEST(ConfigurationTest, WhatSparkRefusesIsRefused) {
  SessionConfiguration configuration;
  EXPECT_EQ(ConditionOf([&] { configuration.Set("spark.sql.warehouse.dir", "/x"); }),
            "CANNOT_MODIFY_STATIC_CONFIG");
  EXPECT_EQ(ConditionOf([&] { configuration.Unset("spark.sql.warehouse.dir"); }),
            "CANNOT_MODIFY_STATIC_CONFIG");
  EXPECT_FALSE(SessionConfiguration::IsModifiable("spark.sql.warehouse.dir"));
  EXPECT_TRUE(SessionConfiguration::IsModifiable("spark.sql.session.timeZone"));
  EXPECT_EQ(ConditionOf([&] { configuration.Set("spark.sql.ansi.enabled", "perhaps"); }),
            "INVALID_CONF_VALUE.TYPE_MISMATCH");
  EXPECT_EQ(ConditionOf([&] { configuration.Set("spark.sql.session.timeZone", "Mars/Base"); }),
            "INVALID_CONF_VALUE.TIME_ZONE");
  EXPECT_TRUE(configuration.Overrides().empty());
}

TEST(ConfigurationTest, ValuesAreOfTheTypeOfTheirKey) {
  struct Case {
    const char* key;
    const char* value;
    const char* condition;
    const char* said_value = nullptr;
  };
  const std::string prefix = "INVALID_CONF_VALUE.";
  for (const Case& test : std::initializer_list<Case>{
           {"spark.sql.shuffle.partitions", " 12 ", ""},
           {"spark.sql.shuffle.partitions", "0", "REQUIREMENT"},
           {"spark.sql.shuffle.partitions", "99999999999", "TYPE_MISMATCH"},
           {"spark.sql.ansi.enabled", " TRUE ", ""},
           {"spark.sql.ansi.enabled", "1", "TYPE_MISMATCH"},
           {"spark.sql.autoBroadcastJoinThreshold", "10MB", ""},
           {"spark.sql.autoBroadcastJoinThreshold", "-1", ""},
           {"spark.sql.autoBroadcastJoinThreshold", "10zb", "TYPE_MISMATCH"},
           {"spark.sql.maxPlanStringLength", "-5", "REQUIREMENT", "-5b"},
           {"spark.sql.broadcastTimeout", "5m", ""},
           {"spark.sql.broadcastTimeout", "x", "TYPE_MISMATCH"},
           {"spark.sql.cbo.joinReorder.card.weight", "0.5", ""},
           {"spark.sql.adaptive.nonEmptyPartitionRatioForBroadcastJoin", "-1", "REQUIREMENT", "-1.0"},
           {"spark.sql.storeAssignmentPolicy", "ansi", ""},
           {"spark.sql.storeAssignmentPolicy", "nope", "OUT_OF_RANGE_OF_OPTIONS"},
           {"spark.sql.nobody.knows", "anything", ""},
       }) {
    SessionConfiguration configuration;
    try {
      configuration.Set(test.key, test.value);
      EXPECT_EQ(std::string(test.condition), "") << test.key << "=" << test.value;
    } catch (const spark::Error& error) {
      EXPECT_EQ(error.condition(), prefix + test.condition) << test.key << "=" << test.value;
      EXPECT_EQ(error.parameters().at("confValue"), test.said_value ? test.said_value : test.value);
    }
  }
}

TEST(ConfigurationTest, AFallbackMustBeAValueOfItsKey) {
  const SessionConfiguration configuration;
  EXPECT_EQ(ConditionOf([&] { configuration.GetWithDefault("spark.sql.ansi.enabled", "perhaps"); }),
            "INVALID_CONF_VALUE.TYPE_MISMATCH");
  EXPECT_EQ(configuration.GetWithDefault("spark.sql.ansi.enabled", "false"), "false");
  EXPECT_EQ(configuration.GetWithDefault("spark.sql.ansi.enabled", std::nullopt), std::nullopt);
}

TEST(ConfigurationTest, KeysOfSparksCoreCannotBeSet) {
  SessionConfiguration configuration;
  EXPECT_EQ(ConditionOf([&] { configuration.Set("spark.executor.memory", "1g"); }), "CANNOT_MODIFY_CONFIG");
  EXPECT_EQ(ConditionOf([&] { configuration.Set("spark.app.name", "mine"); }), "");
}

TEST(ConfigurationTest, AnswersAConfigRequest) {
  SessionConfiguration configuration;
  ::spark::connect::ConfigRequest request;
  auto* set = request.mutable_operation()->mutable_set();
  set->set_silent(true);
  auto* pair = set->add_pairs();
  pair->set_key("spark.sql.warehouse.dir");
  pair->set_value("/x");
  pair = set->add_pairs();
  pair->set_key("spark.mine");
  pair->set_value("1");
  const auto answer = [&] {
    ::spark::connect::ConfigResponse response;
    response.ParseFromString(AnswerConfig(grpc::Slice(request.SerializeAsString()), &configuration));
    return response;
  };
  EXPECT_EQ(answer().warnings_size(), 1);
  set->set_silent(false);
  EXPECT_EQ(ConditionOf([&] { answer(); }), "CANNOT_MODIFY_STATIC_CONFIG");

  request.mutable_operation()->mutable_get()->add_keys("spark.mine");
  ASSERT_EQ(answer().pairs_size(), 1);
  EXPECT_EQ(answer().pairs(0).value(), "1");
  request.mutable_operation()->mutable_get_option()->add_keys("spark.unknown");
  ASSERT_EQ(answer().pairs_size(), 1);
  EXPECT_FALSE(answer().pairs(0).has_value());
}

TEST(TimeZoneTest, AcceptsWhatJavaAccepts) {
  for (const char* good :
       {"UTC", "Europe/Berlin", "Etc/UTC", "Z", "+02:00", "-7:30", "GMT+1", "UTC-05:00", "+0530"}) {
    EXPECT_TRUE(IsTimeZone(good)) << good;
  }
  for (const char* bad :
       {"", "Mars/Base", "../etc/passwd", "+25:00", "+", "12:00", "+1:5:3:2", "/etc/passwd"}) {
    EXPECT_FALSE(IsTimeZone(bad)) << bad;
  }
}

TEST(TimeZoneTest, TheMachinesZoneFollowsTz) {
  ::setenv("TZ", "America/New_York", 1);
  EXPECT_EQ(MachineTimeZone(), "America/New_York");
  ::setenv("TZ", ":/usr/share/zoneinfo/Asia/Tokyo", 1);
  EXPECT_EQ(MachineTimeZone(), "Asia/Tokyo");
  ::unsetenv("TZ");
  EXPECT_TRUE(IsTimeZone(MachineTimeZone())) << MachineTimeZone();
}

TEST(AddressTest, ParsesAndKnowsWhatIsLocal) {
  EXPECT_EQ(Address::Parse("127.0.0.1:15002")->port(), 15002);
  EXPECT_EQ(Address::Parse("[::1]:1")->ToString(), "[::1]:1");
  EXPECT_EQ(Address::Parse("unix:/tmp/a")->path(), "/tmp/a");
  EXPECT_EQ(Address::Parse("localhost:0")->WithPort(7).ToString(), "localhost:7");
  for (const char* local : {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1", "unix:/x"}) {
    EXPECT_TRUE(Address::Parse(local)->is_local()) << local;
  }
  for (const char* remote : {"0.0.0.0:1", "10.0.0.1:1", "[::]:1", "example.org:1"}) {
    EXPECT_FALSE(Address::Parse(remote)->is_local()) << remote;
  }
  for (const char* bad : {"", "15002", "host", "host:", "host:x", "host:70000", ":1", "::1:5", "unix:"}) {
    EXPECT_FALSE(Address::Parse(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace hearth::wire
