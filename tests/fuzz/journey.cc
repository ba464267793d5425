#include "journey.h"

#include "engine/arrow/local_table.h"
#include "engine/lower/lower.h"
#include "placement/size/estimator.h"
#include "spark/analysis/analysis_test_environment.h"
#include "spark/analysis/analyzer.h"
#include "spark/fingerprint/fingerprint.h"
#include "spark/plan/dump.h"

namespace hearth::fuzz {
namespace {

// As a session of the engine: local data is opened for real, files are what the views stand on.
class SessionWorld final : public spark::TestEnvironment {
 public:
  SessionWorld() {
    AddTable(
        "t.parquet",
        "id BIGINT, i INT, l BIGINT, x DOUBLE, d DECIMAL(15,2), s STRING, b BOOLEAN, dt DATE, ts TIMESTAMP, "
        "a ARRAY<INT>, r STRUCT<x: INT, y: STRING>");
    AddTable("u.parquet", "id BIGINT, k INT, v STRING");
    for (const char* name : {"t", "t1", "a", "d", "o", "s", "n", "x"})
      AddView(name, "SELECT * FROM parquet.`t.parquet`");
    for (const char* name : {"u", "t2", "b", "c", "e"}) AddView(name, "SELECT * FROM parquet.`u.parquet`");
  }

  std::shared_ptr<const spark::FileRelation> ReadFiles(const spark::DataSourceRead& read) override {
    if (read.paths.empty()) throw spark::Error::Decline("a source without a path");
    return TestEnvironment::ReadFiles(read);
  }
  std::shared_ptr<const spark::LocalTable> ReadLocal(const spark::LocalRelation& local) override {
    return engine::OpenLocal(local);
  }
};

// What the gateway knows of names and files: nothing of most.
class NamedInputs final : public placement::Inputs {
 public:
  placement::NamedInput Find(const std::vector<std::string>& name) override {
    if (name.empty() || name.back().size() > 1) return {};
    return placement::FileSet{"parquet", {name.back()}};
  }
  std::shared_ptr<const placement::InputFacts> Files(const placement::FileSet& files) override {
    placement::InputFacts facts{.bytes = 1e6, .rows = 1e5, .description = files.paths.front()};
    facts.columns = {
        {.name = "id", .stored_bytes = 1e5, .raw_bytes = 8e5, .range = std::make_pair(0.0, 1e5)}};
    return std::make_shared<const placement::InputFacts>(std::move(facts));
  }
  std::optional<uint64_t> CachedBytes(const std::string&) override { return std::nullopt; }
};

template <typename Plan>
void Estimate(const Plan& plan) {
  NamedInputs inputs;
  placement::EstimateOf(placement::SizeOf(plan, inputs), placement::CostsOf("native"));
}

}  // namespace

void Travel(const spark::RelationPtr& plan) {
  spark::FingerprintOf(plan);
  spark::Dump(plan);
  Estimate(plan);
  SessionWorld world;
  const spark::TypedPlanPtr typed = spark::Analyze(plan, world);
  spark::PlanText(*typed);
  engine::Lower(*typed, engine::Checking::kFast, "UTC");
  engine::Lower(*typed, engine::Checking::kExact, "UTC");
}

void Travel(const spark::Command& command) {
  spark::FingerprintOf(command);
  spark::Dump(command);
  Estimate(command);
  if (const auto* view = std::get_if<spark::CreateView>(&command)) Travel(view->plan);
}

}  // namespace hearth::fuzz
