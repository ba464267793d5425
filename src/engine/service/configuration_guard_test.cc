#include "engine/service/configuration_guard.h"

#include <gtest/gtest.h>

#include "spark/error.h"

namespace hearth::engine {
namespace {

std::string DeclineOf(const std::map<std::string, std::string>& overrides) {
  try {
    DeclineUnfollowedSettings(overrides);
  } catch (const spark::Error& error) {
    return error.decline();
  }
  return "";
}

TEST(ConfigurationGuard, LetsSpeedAndClientsBe) {
  EXPECT_EQ(DeclineOf({{"spark.sql.shuffle.partitions", "1"},
                       {"spark.sql.session.timeZone", "Asia/Tokyo"},
                       {"spark.sql.execution.arrow.maxRecordsPerBatch", "7"},
                       {"spark.app.name", "x"}}),
            "");
}

TEST(ConfigurationGuard, LetsNamesBeThatSparkDoesNotKnow) {
  EXPECT_EQ(DeclineOf({{"spark.sql.shufle.partitions", "a"}, {"spark.sql.of.my.own", "1"}}), "");
  EXPECT_EQ(DeclineOf({{"spark.sql.catalog.mine", "a.Class"}}), "the setting spark.sql.catalog.mine=a.Class");
}

TEST(ConfigurationGuard, LetsDefaultsBe) {
  EXPECT_EQ(DeclineOf({{"spark.sql.ansi.enabled", "TRUE"}, {"spark.sql.caseSensitive", "false"}}), "");
}

TEST(ConfigurationGuard, DeclinesWhatChangesAnswers) {
  EXPECT_EQ(DeclineOf({{"spark.sql.ansi.enabled", "false"}}), "the setting spark.sql.ansi.enabled=false");
  EXPECT_EQ(DeclineOf({{"spark.sql.caseSensitive", "true"}}), "the setting spark.sql.caseSensitive=true");
  EXPECT_EQ(DeclineOf({{"spark.sql.legacy.anything", "true"}}), "the setting spark.sql.legacy.anything=true");
}

}  // namespace
}  // namespace hearth::engine
