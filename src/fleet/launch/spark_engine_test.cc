#include "fleet/launch/spark_engine.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"

namespace hearth::fleet {
namespace {

class SparkEngineTest : public testing::Test {
 protected:
  SparkEngineTest() {
    std::string pattern = testing::TempDir() + "/spark-engine-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    std::filesystem::create_directories(directory_ + "/spark/jars");
    std::filesystem::create_directories(directory_ + "/temp");
  }
  ~SparkEngineTest() override { std::filesystem::remove_all(directory_); }

  SparkEngine WithJava(const std::string& java) const {
    return SparkEngine({.home = directory_ + "/spark",
                        .java = java,
                        .python = "",
                        .log_directory = directory_,
                        .configuration = {{"spark.sql.session.timeZone", "UTC"}}});
  }
  Engine::Place Place() const {
    return {.id = "spark-1",
            .socket_directory = directory_,
            .temp_directory = directory_ + "/temp",
            .secret = "nobody knows",
            .memory_bytes = uint64_t{4} << 30,
            .threads = 2};
  }
  static bool Has(const std::vector<std::string>& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
  }

  std::string directory_;
};

TEST_F(SparkEngineTest, RunsSparkOnALoopbackPortBehindAToken) {
  const SparkEngine engine = WithJava("/bin/sh");
  const auto plan = engine.PlanFor(Place());
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->command.front(), "/bin/sh");
  EXPECT_EQ(plan->command.back(), "org.apache.spark.sql.connect.service.SparkConnectServer");
  EXPECT_TRUE(Has(plan->command, "-Xmx2457m")) << "three fifths of its memory";
  EXPECT_TRUE(Has(plan->command, "-Dspark.master=local[2]"));
  EXPECT_TRUE(Has(plan->command, "-Dspark.connect.grpc.binding.address=127.0.0.1"));
  EXPECT_TRUE(Has(plan->command, "-Dspark.sql.session.timeZone=UTC"));
  EXPECT_EQ(plan->address, "");
  EXPECT_EQ(plan->log_file, directory_ + "/spark-1.log");
  EXPECT_EQ(plan->token, "nobody knows");
  EXPECT_TRUE(Has(plan->environment, "SPARK_CONNECT_AUTHENTICATE_TOKEN=" + plan->token));
  for (const std::string& argument : plan->command) {
    EXPECT_FALSE(absl::StrContains(argument, plan->token)) << "others can read a command line";
  }
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/temp/log4j2.properties"));
}

TEST_F(SparkEngineTest, KnowsWhereItListensFromItsLog) {
  const SparkEngine engine = WithJava("/bin/sh");
  EXPECT_EQ(engine.ReadyAddress("Spark Connect server started at: 127.0.0.1:43605"), "127.0.0.1:43605");
  EXPECT_EQ(engine.ReadyAddress("Starting Spark session."), std::nullopt);
}

TEST_F(SparkEngineTest, SaysWhatIsMissing) {
  EXPECT_TRUE(WithJava("/bin/sh").Check().ok());
  EXPECT_TRUE(absl::StrContains(WithJava("/no/java").PlanFor(Place()).status().message(), "/no/java"));
  std::filesystem::remove_all(directory_ + "/spark/jars");
  EXPECT_TRUE(absl::StrContains(WithJava("/bin/sh").Check().message(), "no Apache Spark in"));
}

}  // namespace
}  // namespace hearth::fleet
