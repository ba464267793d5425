#include "gateway/size_signal.h"

#include <type_traits>
#include <variant>

#include "gateway/plan_inputs.h"
#include "spark/error.h"
#include "spark/sql/parser.h"

namespace hearth::gateway {

namespace {

/// spark.sql(text) runs commands at once. Of a query its client is told that it is one, no more, and asks for
/// the rows then.
placement::PlanSize SizeOfSql(const spark::SqlCommand& sql, placement::Inputs& inputs) {
  const auto* text = sql.input == nullptr ? nullptr : sql.input->As<spark::SqlText>();
  if (text == nullptr) return placement::SizeOf(sql.input, inputs);
  try {
    const spark::Statement statement = spark::ParseStatement(text->query);
    if (const auto* command = std::get_if<spark::Command>(&statement))
      return placement::SizeOf(*command, inputs);
  } catch (const spark::Error&) {
    // It fails before it does anything.
  }
  return placement::SizeOf(spark::RelationPtr(), inputs);
}

}  // namespace

std::optional<placement::PlanSize> SizeSignal::SizeOf(const DecodedPlan& plan, const GatewaySession& session,
                                                      const SessionSnapshot& bound, bool at_once) {
  const auto look = std::make_shared<PlanInputs::Look>(catalog_.get(), at_once ? nullptr : &files_, session);
  PlanInputs inputs(bound, bound.position + 1, look);
  const auto size_of_command = [&](const auto& command) {
    if constexpr (std::is_same_v<decltype(command), const spark::SqlCommand&>) {
      return SizeOfSql(command, inputs);
    } else {
      return placement::SizeOf(spark::Command(command), inputs);
    }
  };
  const auto* relation = std::get_if<spark::RelationPtr>(&plan);
  placement::PlanSize size = relation != nullptr
                                 ? placement::SizeOf(*relation, inputs)
                                 : std::visit(size_of_command, std::get<spark::ConnectCommand>(plan));
  if (look->skipped) return std::nullopt;
  return size;
}

void SizeSignal::SizeLater(std::shared_ptr<const DecodedPlan> plan, const GatewaySession& session,
                           SessionSnapshot bound, Sized done) {
  workers_.Run([this, plan = std::move(plan), &session, bound = std::move(bound), done = std::move(done)] {
    done(SizeOf(*plan, session, bound, /*at_once=*/false));
  });
}

SizeSignal::Expected SizeSignal::Expect(const placement::PlanSize& size,
                                        const std::vector<std::string>& names, const std::string& engine,
                                        const std::string& version) const {
  const placement::History& history = history_->history();
  Expected expected;
  expected.planned = placement::EstimateOf(size, placement::CostsOf(engine));
  expected.corrected = expected.planned;
  for (const std::string& name : names) {
    if (history.Runs({name, engine}) == 0) continue;
    expected.corrected = history.Correct({name, engine}, version, expected.planned);
    break;
  }
  return expected;
}

void SizeSignal::Learn(const std::vector<std::string>& names, const std::string& engine,
                       const std::string& version, const placement::Observation& observation) {
  for (const std::string& name : names) history_->Add({name, engine}, version, observation);
}

placement::Expectation ExpectationOf(const placement::Estimate& estimate) {
  return {.work_seconds = {estimate.work.median, estimate.work.p99()},
          .memory_bytes = {estimate.peak_memory.median, estimate.peak_memory.p99()},
          .source = estimate.work.source};
}

}  // namespace hearth::gateway
