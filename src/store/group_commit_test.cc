#include "store/group_commit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace hearth::store {
namespace {

using ::testing::ElementsAre;

/// What the writer was asked and how it answers. The test looks at it while the thread is at rest.
struct Script {
  std::vector<std::string> calls;
  absl::Status begin, commit;
  int upkeeps = 0;
};

/// Fails each batch whose first key is "abort" or "break" like that.
class ScriptedWriter final : public BatchWriter {
 public:
  explicit ScriptedWriter(Script* script) : script_(*script) {}
  absl::Status Begin() override { return Called("begin", script_.begin); }
  absl::Status Apply(const Batch& batch) override {
    const std::string& key = batch.steps().front().key;
    if (key == "abort") return Called(key, absl::AbortedError("precondition"));
    if (key == "break") return Called(key, absl::UnavailableError("broken disk"));
    return Called(key, absl::OkStatus());
  }
  absl::Status Commit() override { return Called("commit", script_.commit); }
  void Rollback() override { script_.calls.push_back("rollback"); }
  void Upkeep() override { ++script_.upkeeps; }

 private:
  absl::Status Called(const std::string& call, absl::Status answer) {
    script_.calls.push_back(call);
    return answer;
  }
  Script& script_;
};

/// Hands the batches over while the thread is kept busy, so that they become one group. The codes they got.
std::vector<absl::StatusCode> CommitTogether(Script* script, const std::vector<std::string>& keys) {
  std::vector<absl::StatusCode> codes;
  auto commits =
      std::make_unique<GroupCommit>(std::make_unique<ScriptedWriter>(script),
                                    GroupCommit::Options{1'000, std::chrono::milliseconds(10'000)});
  std::promise<void> entered, leave;
  commits->Commit(Batch().Put("first", ""), [&](const absl::Status&) {
    script->calls.clear();
    entered.set_value();
    leave.get_future().wait();
  });
  entered.get_future().wait();
  for (const std::string& key : keys) {
    const size_t size = key == "huge" ? 2'000 : 1;
    commits->Commit(Batch().Put(key, std::string(size, 'x')),
                    [&codes](const absl::Status& status) { codes.push_back(status.code()); });
  }
  leave.set_value();
  commits.reset();  // finishes them
  return codes;
}

constexpr auto kOk = absl::StatusCode::kOk;
constexpr auto kAborted = absl::StatusCode::kAborted;
constexpr auto kExhausted = absl::StatusCode::kResourceExhausted;
constexpr auto kUnavailable = absl::StatusCode::kUnavailable;

TEST(GroupCommit, WhatIsQueuedBecomesOneTransaction) {
  Script script;
  EXPECT_THAT(CommitTogether(&script, {"a", "abort", "b"}), ElementsAre(kOk, kAborted, kOk));
  EXPECT_THAT(script.calls, ElementsAre("begin", "a", "abort", "b", "commit"));
  EXPECT_EQ(script.upkeeps, 2) << "after each group";
}

TEST(GroupCommit, WhatTheDiskDoesToOneItDoesToAllButTheRefused) {
  Script script;
  EXPECT_THAT(CommitTogether(&script, {"a", "abort", "huge", "break", "b"}),
              ElementsAre(kUnavailable, kUnavailable, kExhausted, kUnavailable, kUnavailable))
      << "whether a precondition holds is not known after a rollback";
  EXPECT_THAT(script.calls, ElementsAre("begin", "a", "abort", "break", "rollback"));
}

TEST(GroupCommit, AFailedCommitIsNobodysSuccess) {
  Script script;
  script.commit = absl::UnavailableError("fsync");
  EXPECT_THAT(CommitTogether(&script, {"a", "b"}), ElementsAre(kUnavailable, kUnavailable));
  EXPECT_THAT(script.calls, ElementsAre("begin", "a", "b", "commit", "rollback"));
}

TEST(GroupCommit, NothingIsAppliedWithoutATransaction) {
  Script script;
  script.begin = absl::FailedPreconditionError("taken over");
  EXPECT_THAT(CommitTogether(&script, {"a", "b"}),
              ElementsAre(absl::StatusCode::kFailedPrecondition, absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(script.calls, ElementsAre("begin", "rollback"));
}

TEST(GroupCommit, IsCalledForUpkeepWhenThereIsNothingElse) {
  Script script;
  {
    GroupCommit commits(std::make_unique<ScriptedWriter>(&script), {1'000, std::chrono::milliseconds(1)});
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_GE(script.upkeeps, 5);
  EXPECT_THAT(script.calls, ElementsAre());
}

}  // namespace
}  // namespace hearth::store
