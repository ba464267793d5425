#include "placement/size/sizing.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "placement/size/selectivity.h"

namespace hearth::placement {

namespace {

using spark::ExpressionList;
using spark::ExpressionPtr;
using spark::RelationPtr;

/// Of a sort below a limit the rows that it keeps are held, if they are so few.
constexpr double kTopRowsMax = 100'000;
constexpr double kSetsMax = 64;

}  // namespace

Sizing::Frame Sizing::Expand(const spark::Aggregate& aggregate) {
  ExpressionList all = aggregate.grouping;
  all.insert(all.end(), aggregate.aggregates.begin(), aggregate.aggregates.end());
  for (const ExpressionList& set : aggregate.grouping_sets) all.insert(all.end(), set.begin(), set.end());
  if (aggregate.pivot_column != nullptr) all.push_back(aggregate.pivot_column);
  const ExpressionFacts facts = Note(all);
  double sets = 1;
  const auto keys = static_cast<double>(aggregate.grouping.size());
  if (aggregate.type == spark::GroupType::kCube) sets = std::exp2(std::min(keys, 6.0));
  if (aggregate.type == spark::GroupType::kRollup) sets = keys + 1;
  if (!aggregate.grouping_sets.empty()) sets = static_cast<double>(aggregate.grouping_sets.size());
  ExpressionList output = aggregate.aggregates;
  if (aggregate.keys_prepended)
    output.insert(output.begin(), aggregate.grouping.begin(), aggregate.grouping.end());
  return Over(aggregate.input, Some(), facts,
              [this, facts, sets, grouping = KeysOf(aggregate), output = std::move(output)](Flow flow) {
                totals_.Add(Effort::kComputedValues, flow.rows * facts.calls);
                totals_.Add(Effort::kTextMatches, flow.rows * facts.text_matches);
                return Grouped(std::move(flow), grouping, output, facts, std::min(sets, kSetsMax));
              });
}

ExpressionList Sizing::KeysOf(const spark::Aggregate& aggregate) {
  ExpressionList keys;
  const auto unaliased = [](const ExpressionPtr& expression) {
    const auto* alias = expression == nullptr ? nullptr : expression->As<spark::Alias>();
    return alias == nullptr ? expression : alias->child;
  };
  for (const ExpressionPtr& key : aggregate.grouping) {
    const auto* literal = key == nullptr ? nullptr : key->As<spark::Literal>();
    const auto* index = literal == nullptr ? nullptr : std::get_if<int64_t>(&literal->value.data);
    if (index != nullptr && *index >= 1 && *index <= static_cast<int64_t>(aggregate.aggregates.size())) {
      keys.push_back(unaliased(aggregate.aggregates[static_cast<size_t>(*index) - 1]));
      continue;
    }
    keys.push_back(ByAlias(key, aggregate.aggregates));
  }
  if (!aggregate.group_by_all) return keys;
  for (const ExpressionPtr& column : aggregate.aggregates) {
    ExpressionFacts facts;
    AddFacts(column, budget_, &facts);
    if (facts.aggregates == 0) keys.push_back(unaliased(column));
  }
  return keys;
}

ExpressionPtr Sizing::ByAlias(const ExpressionPtr& key, const ExpressionList& list) {
  const auto* name = key == nullptr ? nullptr : key->As<spark::UnresolvedAttribute>();
  if (name == nullptr || name->parts.size() != 1) return key;
  for (const ExpressionPtr& one : list) {
    const auto* alias = one == nullptr ? nullptr : one->As<spark::Alias>();
    if (alias != nullptr && alias->names.size() == 1 &&
        LowerCase(alias->names[0]) == LowerCase(name->parts[0]) && alias->child != nullptr &&
        alias->child->As<spark::UnresolvedAttribute>() == nullptr)
      return alias->child;
  }
  return key;
}

Flow Sizing::Grouped(Flow flow, const ExpressionList& keys, const ExpressionList& output,
                     const ExpressionFacts& facts, double sets) {
  totals_.Charge(flow);
  ++totals_.aggregations;
  double values = 1;
  double width = kComputedWidth * std::max(1.0, facts.aggregates);
  bool is_known = true;
  for (const ExpressionPtr& key : keys) {
    const Column* found = nullptr;
    if (const auto* name = key == nullptr ? nullptr : key->As<spark::UnresolvedAttribute>())
      found = flow.Find(*name);
    const Column column = found == nullptr ? ComputedColumn(key, flow) : *found;
    const double domain = column.Domain();
    is_known &= domain > 0;
    values *= std::max(domain > 0 ? domain : 100.0, 1.0);
    width += column.width;
  }
  const double rows = flow.rows;
  double groups = keys.empty() ? 1 : DistinctAmong(rows, std::min(values, std::max(rows, 1.0) * 10));
  // What compares with the query around it has a group for each of the values there.
  if (flow.outer_keys > 0) groups = DistinctAmong(rows, std::max(flow.outer_keys, groups));
  if (!is_known) flow.variance += 1;
  totals_.Add(Effort::kGroupedRows, rows * sets * std::max(1.0, facts.aggregates));
  totals_.Add(Effort::kGroups, groups * sets);
  totals_.Hold(groups * sets, width);
  if (facts.distinct_aggregates > 0) {
    totals_.Add(Effort::kGroups, rows * facts.distinct_aggregates);
    totals_.Hold(rows * facts.distinct_aggregates, width);
  }
  GiveColumns(flow, output, false);
  flow.width = std::max(flow.width, width);
  flow.rows = groups * sets;
  if (!keys.empty()) flow.variance += kVarianceOfGroups;
  return flow;
}

Sizing::Frame Sizing::Expand(const spark::Deduplicate& node) {
  Name(node.columns);
  return Over(node.input, node.all_columns ? AllRows() : All(),
              [this, names = node.columns](Flow flow) { return Distinct(std::move(flow), names); });
}

Flow Sizing::Distinct(Flow flow, const std::vector<std::string>& names) {
  totals_.Charge(flow);
  ++totals_.aggregations;
  double values = 1;
  bool is_known = !flow.is_open;
  if (names.empty()) {
    for (const Part& part : flow.parts) {
      if (part.columns == nullptr) continue;
      for (const auto& [name, column] : *part.columns) {
        is_known &= column.Domain() > 0;
        values *= std::max(column.Domain(), 1.0);
      }
    }
  } else {
    for (const std::string& name : names) {
      const Column* column = flow.Find(spark::UnresolvedAttribute{{name}, {}, false});
      is_known &= column != nullptr && column->Domain() > 0;
      values *= column == nullptr ? 1 : std::max(column->Domain(), 1.0);
    }
  }
  const double groups =
      is_known ? DistinctAmong(flow.rows, std::min(values, std::max(flow.rows, 1.0) * 10)) : flow.rows * 0.5;
  totals_.Add(Effort::kGroupedRows, flow.rows);
  totals_.Add(Effort::kGroups, groups);
  totals_.Hold(groups, flow.width);
  flow.rows = groups;
  flow.variance += is_known ? kVarianceOfGroups : 1;
  return flow;
}

Sizing::Frame Sizing::Expand(const spark::SetOperation& operation) {
  Frame frame;
  const bool is_union = operation.type == spark::SetOperationType::kUnion;
  Demand demand = AllRows();
  if (!operation.all || !is_union) demand.all_columns = true;
  frame.children = {{operation.left, demand}, {operation.right, demand}};
  frame.combine = [this, is_union, all = operation.all](std::vector<Flow> flows) {
    Flow& left = flows[0];
    Flow& right = flows[1];
    totals_.Charge(left);
    totals_.Charge(right);
    if (!is_union) {
      totals_.Add(Effort::kBuiltRows, right.rows);
      totals_.Add(Effort::kProbedRows, left.rows);
      totals_.Hold(right.rows, right.width);
    } else {
      left.rows += right.rows;
    }
    left.variance = std::max(left.variance, right.variance);
    left.is_open |= right.is_open;
    return all && is_union ? std::move(left) : Distinct(std::move(left), {});
  };
  return frame;
}

Sizing::Frame Sizing::Expand(const spark::Sort& sort) {
  const ExpressionFacts facts = Note(sort.orders);
  const double top = demand_.top_rows;
  return Over(sort.input, AllRows(), facts, [this, top](Flow flow) {
    totals_.Charge(flow);
    ++totals_.sorts;
    const bool is_top = top > 0 && top <= kTopRowsMax;
    const double held = is_top ? std::min(top, flow.rows) : flow.rows;
    totals_.Add(Effort::kSortedRows, flow.rows * std::log2(std::max(held, 2.0)) * (is_top ? 0.2 : 1));
    totals_.Hold(held, flow.width);
    return flow;
  });
}

Sizing::Frame Sizing::Cut(const RelationPtr& input, double rows) {
  Demand demand = Same();
  if (rows >= 0) demand.top_rows = std::max(rows, 1.0);
  return Over(input, std::move(demand), [rows](Flow flow) {
    if (rows < 0 || rows >= flow.rows) return flow;
    // Without a sort or a group in between reading ends early; the scan is still to be counted then.
    const double share = rows / flow.rows;
    flow.scan.stored_bytes *= share;
    flow.scan.raw_bytes *= share;
    flow.scan.values *= share;
    flow.scan.rows *= share;
    flow.scan.parsed_bytes *= share;
    flow.rows = rows;
    flow.variance = 0;
    return flow;
  });
}

Sizing::Frame Sizing::Expand(const spark::Limit& limit) {
  return Cut(limit.input, ConstantOf(limit.count).value_or(-1));
}

Sizing::Frame Sizing::Expand(const spark::Tail& tail) {
  const double rows = ConstantOf(tail.count).value_or(-1);
  return Over(tail.input, AllRows(), [this, rows](Flow flow) {
    totals_.Charge(flow);
    if (rows >= 0) flow.rows = std::min(rows, flow.rows);
    return flow;
  });
}

Sizing::Frame Sizing::Expand(const spark::Offset& offset) { return Through(offset.input, AllRows()); }

Sizing::Frame Sizing::Expand(const spark::ShowString& show) {
  return Cut(show.input, std::max(show.num_rows, 0) + 1.0);
}

Sizing::Frame Sizing::Expand(const spark::HtmlString& show) {
  return Cut(show.input, std::max(show.num_rows, 0) + 1.0);
}

Sizing::Frame Sizing::Expand(const spark::Sample& sample) {
  const double share = sample.upper_bound - sample.lower_bound;
  return Over(sample.input, AllRows(), [share](Flow flow) {
    flow.rows *= share >= 0 && share <= 100 ? share : 1;
    return flow;
  });
}

Sizing::Frame Sizing::Expand(const spark::Repartition& node) {
  Note(node.by);
  return Through(node.input, Same());
}

Sizing::Frame Sizing::Expand(const spark::Hint& hint) { return Through(hint.input, Same()); }

Sizing::Frame Sizing::Summarised(const RelationPtr& input, const std::vector<std::string>& columns) {
  Name(columns);
  return Over(input, columns.empty() ? All() : Some(), [this](Flow flow) {
    totals_.Charge(flow);
    constexpr double kPerColumn = 8;
    totals_.Add(Effort::kGroupedRows, flow.rows * kPerColumn);
    return Flow{.rows = 10, .width = 64, .is_open = true};
  });
}

Sizing::Frame Sizing::Expand(const spark::Summary& node) { return Summarised(node.input, {}); }

Sizing::Frame Sizing::Expand(const spark::DescribeColumns& node) {
  return Summarised(node.input, node.columns);
}

}  // namespace hearth::placement
