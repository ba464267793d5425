#include "fleet/launch/kept_launch.h"

#include <gtest/gtest.h>

namespace hearth::fleet {
namespace {

KeptLaunch Example() {
  KeptLaunch launch{.name = "native-1",
                    .limits = {.memory_bytes = 1 << 30, .threads = 2, .machine_threads = 4},
                    .release_signal = 10,
                    .released_line = "done",
                    .removed_at_end = {"/tmp/a", "/tmp/b"},
                    .record = "a secret\nand more"};
  launch.process.command = {"/bin/engine", "--listen", "unix:/tmp/\xff\xfe.sock"};
  launch.process.environment = {"A=b"};
  launch.process.log_file = "/tmp/log";
  launch.process.data_bytes_max = uint64_t{5} << 30;
  return launch;
}

TEST(KeptLaunchTest, IsTheSameAgain) {
  const auto decoded = KeptLaunch::Decode(Example().Encode());
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->Encode(), Example().Encode());
  EXPECT_EQ(decoded->process.command.back(), "unix:/tmp/\xff\xfe.sock");
  EXPECT_EQ(decoded->process.data_bytes_max, uint64_t{5} << 30);
  EXPECT_EQ(decoded->removed_at_end, Example().removed_at_end);
  EXPECT_EQ(decoded->record, "a secret\nand more");
}

TEST(KeptLaunchTest, DiffersInWhatever) {
  KeptLaunch other = Example();
  other.limits.memory_bytes += 1;
  EXPECT_NE(other.Encode(), Example().Encode());
  other = Example();
  other.process.environment.push_back("C=d");
  EXPECT_NE(other.Encode(), Example().Encode());
}

TEST(KeptLaunchTest, RefusesWhatIsNone) {
  EXPECT_FALSE(KeptLaunch::Decode("").ok());
  EXPECT_FALSE(KeptLaunch::Decode("native-1").ok());
  EXPECT_FALSE(KeptLaunch::Decode(Example().Encode() + "x").ok());
  EXPECT_FALSE(KeptLaunch::Decode(KeptLaunch().Encode()).ok()) << "no command";
}

}  // namespace
}  // namespace hearth::fleet
