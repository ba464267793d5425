#include "placement/size/sizing.h"

#include <algorithm>

namespace hearth::placement {

namespace {

using spark::ExpressionList;
using spark::ExpressionPtr;
using spark::RelationPtr;

}  // namespace

Sizing::Frame Sizing::Expand(const spark::Project& project) {
  const ExpressionFacts facts = Note(project.expressions);
  if (project.input == nullptr && facts.subqueries.empty()) return Leaf({.rows = 1, .width = 8});
  Demand demand = Same();
  demand.all_columns = facts.has_star && demand_.all_columns;
  if (facts.aggregates > 0 || facts.windows > 0 || facts.has_generator) demand.top_rows = 0;
  return Over(project.input, std::move(demand), facts,
              [this, facts, expressions = project.expressions](Flow flow) {
                return Projected(std::move(flow), expressions, facts);
              });
}

Flow Sizing::Projected(Flow flow, const ExpressionList& expressions, const ExpressionFacts& facts) {
  totals_.Add(Effort::kComputedValues, flow.rows * facts.calls);
  totals_.Add(Effort::kTextMatches, flow.rows * facts.text_matches);
  if (facts.windows > 0) {
    ++totals_.windows;
    totals_.Charge(flow);
    totals_.Add(Effort::kWindowedRows, flow.rows * facts.windows);
    totals_.Hold(flow.rows, flow.width + kComputedWidth * facts.windows);
  }
  if (facts.aggregates > 0) return Grouped(std::move(flow), {}, expressions, facts, 1);
  if (facts.has_generator) {
    flow.rows *= kRowsOfAGenerator;
    flow.variance += 1;
  }
  GiveColumns(flow, expressions, facts.has_star);
  return flow;
}

void Sizing::GiveColumns(Flow& flow, const ExpressionList& expressions, bool keeps_all) {
  auto columns = std::make_shared<Columns>();
  double width = 0;
  for (const ExpressionPtr& expression : expressions) {
    if (expression == nullptr) continue;
    const auto* alias = expression->As<spark::Alias>();
    const ExpressionPtr& value = alias == nullptr ? expression : alias->child;
    const auto* name = value == nullptr ? nullptr : value->As<spark::UnresolvedAttribute>();
    const Column* source = name == nullptr ? nullptr : flow.Find(*name);
    Column column = source == nullptr ? ComputedColumn(value, flow) : *source;
    width += column.width;
    if (alias != nullptr && !alias->names.empty()) {
      (*columns)[LowerCase(alias->names[0])] = std::move(column);
    } else if (name != nullptr && !name->parts.empty()) {
      (*columns)[LowerCase(name->parts.back())] = std::move(column);
    }
  }
  if (keeps_all) {
    flow.width += width;
    if (flow.parts.size() < 64) flow.parts.push_back({"", std::move(columns)});
  } else {
    flow.width = std::max(width, 1.0);
    flow.parts = {{"", std::move(columns)}};
    flow.is_open = false;
  }
}

Column Sizing::ComputedColumn(const ExpressionPtr& value, const Flow& flow) {
  ExpressionFacts facts;
  AddFacts(value, budget_, &facts);
  Column computed{.width = kComputedWidth};
  if (facts.columns.empty()) {
    computed.distinct = 1;
    return computed;
  }
  if (facts.columns.size() > 1) return computed;
  const Column* source = flow.Find(*facts.columns[0]);
  if (source == nullptr) return computed;
  computed.origin = source->origin;
  computed.distinct = source->distinct;
  // The year of a day: as many as its range has.
  const std::string call = value == nullptr ? "" : CallOf(*value);
  if ((call == "year" || call == "extract" || call == "date_part" || call == "datepart" || call == "trunc") &&
      source->range) {
    computed.distinct = std::max(1.0, (source->range->second - source->range->first) / 365);
  } else if (call == "substring" || call == "substr" || call == "left") {
    computed.distinct = std::min(source->Domain() > 0 ? source->Domain() : 100.0, 100.0);
  }
  return computed;
}

Sizing::Frame Sizing::Expand(const spark::WithColumns& node) {
  const ExpressionFacts facts = Note(node.aliases);
  Demand demand = Same();
  if (facts.windows > 0) demand.top_rows = 0;
  return Over(node.input, std::move(demand), facts, [this, facts, aliases = node.aliases](Flow flow) {
    ExpressionFacts with_all = facts;
    with_all.has_star = true;
    with_all.aggregates = 0;
    return Projected(std::move(flow), aliases, with_all);
  });
}

Sizing::Frame Sizing::Expand(const spark::DropColumns& node) { return Through(node.input, Same()); }

Sizing::Frame Sizing::Expand(const spark::CollectMetrics& node) {
  const ExpressionFacts facts = Note(node.metrics);
  return Over(node.input, AllRows(), [this, facts](Flow flow) {
    totals_.Add(Effort::kGroupedRows, flow.rows * std::max(1.0, facts.aggregates));
    return flow;
  });
}

Sizing::Frame Sizing::Expand(const spark::NamedWindow& node) {
  ExpressionList windows;
  for (const auto& [name, window] : node.windows) windows.push_back(spark::MakeExpression(window));
  kept_expressions_.insert(kept_expressions_.end(), windows.begin(), windows.end());
  Note(windows);
  return Through(node.input, AllRows());
}

Sizing::Frame Sizing::Computed(const RelationPtr& input, Demand demand) {
  return Over(input, std::move(demand), [this](Flow flow) {
    totals_.Add(Effort::kComputedValues, flow.rows * 4);
    return flow;
  });
}

Sizing::Frame Sizing::Expand(const spark::FillNa& node) {
  Name(node.columns);
  return Computed(node.input, Same());
}

Sizing::Frame Sizing::Expand(const spark::DropNa& node) {
  Name(node.columns);
  return Computed(node.input, AllRows());
}

Sizing::Frame Sizing::Expand(const spark::ReplaceNa& node) {
  Name(node.columns);
  return Computed(node.input, Same());
}

}  // namespace hearth::placement
