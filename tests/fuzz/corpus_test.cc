// A fuzz target as a unit test: its seeds, every input that once was a finding, and a few mutations of each.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "fuzz_target.h"

namespace hearth::fuzz {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> Crashers() {
  std::vector<std::string> inputs;
  const fs::path folder = fs::path(HEARTH_SOURCE_DIR) / "tests/fuzz/crashers" / kTargetName;
  if (!fs::exists(folder)) return inputs;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::ostringstream content;
    content << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    inputs.push_back(content.str());
  }
  return inputs;
}

TEST(FuzzCorpus, SeedsAreTaken) {
  const std::vector<std::string> seeds = Seeds();
  EXPECT_GT(seeds.size(), 10U);
  for (const std::string& seed : seeds) {
    SCOPED_TRACE(testing::PrintToString(seed.substr(0, 2000)));
    EXPECT_NO_THROW(TakeInput(seed));
  }
}

TEST(FuzzCorpus, FormerFindingsAreTaken) {
  for (const std::string& input : Crashers()) {
    SCOPED_TRACE(testing::PrintToString(input.substr(0, 2000)));
    EXPECT_NO_THROW(TakeInput(input));
  }
}

// The same ones in every run, so that a failure stays one;
TEST(FuzzCorpus, MutatedSeedsAreTaken) {
  constexpr size_t kMutations = 4000;
  // --gtest_shuffle --gtest_random_seed=N tries others.
  Random random(static_cast<uint64_t>(testing::UnitTest::GetInstance()->random_seed()));
  const std::vector<std::string> seeds = Seeds();
  for (size_t i = 0; i < kMutations; ++i) {
    const std::string input = Mutate(seeds[i % seeds.size()], random);
    SCOPED_TRACE(testing::PrintToString(input.substr(0, 2000)));
    EXPECT_NO_THROW(TakeInput(input));
  }
}

}  // namespace
}  // namespace hearth::fuzz
