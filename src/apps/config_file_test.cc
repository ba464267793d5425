#include "apps/config_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace hearth::apps {
namespace {

class ConfigFileTest : public testing::Test {
 protected:
  ConfigFileTest() {
    const char* base = std::getenv("TMPDIR");
    path_ = std::string(base != nullptr ? base : "/tmp") + "/hearth-config-XXXXXX";
    ::close(::mkstemp(path_.data()));
    app_.add_option("--clusters", clusters_)->check(CLI::Range(1, 10));
    app_.add_option("--data", data_);
  }
  ~ConfigFileTest() override { ::unlink(path_.c_str()); }

  void Apply(const std::string& content, const std::string& command_line = "") {
    std::ofstream(path_) << content;
    app_.parse(command_line);
    ApplyConfigFile(&app_, path_);
  }

  std::string path_;
  CLI::App app_;
  int clusters_ = 1;
  std::string data_ = "default";
};

TEST_F(ConfigFileTest, GivesFlagsThatTheCommandLineDoesNot) {
  Apply("# two of them\n\n  clusters = 2 \ndata=/a b/c\n", "--clusters 5");
  EXPECT_EQ(clusters_, 5);
  EXPECT_EQ(data_, "/a b/c");
}

TEST_F(ConfigFileTest, RefusesWhatItDoesNotUnderstand) {
  EXPECT_THROW(Apply("cluster = 2\n"), CLI::ConfigError);
  EXPECT_THROW(Apply("clusters\n"), CLI::ConfigError);
  EXPECT_THROW(Apply("clusters = 2\nclusters = 3\n"), CLI::ConfigError);
  EXPECT_THROW(Apply("clusters = 99\n"), CLI::ValidationError);
  EXPECT_THROW(ApplyConfigFile(&app_, path_ + ".not"), CLI::FileError);
}

}  // namespace
}  // namespace hearth::apps
