#include "apps/known_operations.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace hearth::apps {
namespace {

using Json = nlohmann::ordered_json;

Json Record(const std::string& id, const std::string& outcome = "succeeded") {
  return {{"operation", id}, {"outcome", outcome}};
}

std::string ChosenOf(const std::vector<Json>& records, const std::string& wanted) {
  const auto chosen = ChooseOperation(records, wanted);
  return chosen.ok() ? (*chosen)["operation"].get<std::string>() : std::string(chosen.status().message());
}

TEST(ChooseOperationTest, AnIdOrABeginningThatOneHas) {
  const std::vector<Json> records = {Record("ab1"), Record("ab2"), Record("cd"), Record("cde"), Json(7)};
  EXPECT_EQ(ChosenOf(records, "ab2"), "ab2");
  EXPECT_EQ(ChosenOf(records, "ab1"), "ab1");
  EXPECT_EQ(ChosenOf(records, "cde"), "cde");
  EXPECT_EQ(ChosenOf(records, "cd"), "cd") << "it is one, and the beginning of another";
  EXPECT_EQ(ChosenOf(records, "c"), "several operations begin with c: cd, cde. Give more of the id");
  EXPECT_EQ(ChosenOf(records, "x"),
            "no operation is known whose id is, or begins with, x; `hearth ops` lists them");
}

TEST(ChooseOperationTest, WithoutAnIdTheLatestThatIsOver) {
  EXPECT_EQ(ChosenOf({Record("a"), Record("b", "failed"), Record("c", "running")}, ""), "b");
  EXPECT_EQ(ChosenOf({Record("c", "running")}, ""), "no operation is over yet");
}

class OperationsLogTest : public testing::Test {
 protected:
  OperationsLogTest() {
    choice_.data = testing::TempDir() + "operations_log_" + std::to_string(::getpid());
    std::filesystem::create_directories(choice_.data);
    std::ofstream log(choice_.data + "/operations.jsonl");
    for (int i = 0; i < 20; ++i) log << Record("a" + std::to_string(10 + i)).dump() << "\n";
    log << Record("b1").dump() << "\n{\"operation\":\"b2\",\"outc";
  }
  ~OperationsLogTest() override { std::filesystem::remove_all(choice_.data); }

  std::string Found(const std::string& wanted) {
    const auto found = FindOperation(choice_, wanted);
    return found.ok() ? (*found)["operation"].get<std::string>() : std::string(found.status().message());
  }

  ServerChoice choice_;
};

TEST_F(OperationsLogTest, IsEnoughWhereNoServerRuns) {
  EXPECT_EQ(Found("a15"), "a15");
  EXPECT_EQ(Found("b"), "b1") << "the line of b2 was cut";
  EXPECT_EQ(Found(""), "b1");
  EXPECT_EQ(Found("a"),
            "several operations begin with a: a10, a11, a12, a13, a14 and others. Give more of the id");
  EXPECT_EQ(Found("a\""), "no operation is known whose id is, or begins with, a\"; `hearth ops` lists them");
}

TEST_F(OperationsLogTest, WithoutOneSaysSo) {
  std::filesystem::remove(choice_.data + "/operations.jsonl");
  EXPECT_EQ(Found("a15"), "there is no log of operations in " + choice_.data);
}

}  // namespace
}  // namespace hearth::apps
