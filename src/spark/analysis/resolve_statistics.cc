// DataFrame.describe and summary: a row of text for each statistic.
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "spark/analysis/analyzer.h"
#include "spark/analysis/function_resolution.h"
#include "spark/analysis/resolve_aggregate.h"
#include "spark/analysis/resolve_expression.h"
#include "spark/analysis/resolve_relation.h"
#include "spark/analysis/select_list.h"
#include "spark/error.h"
#include "spark/sql/parser.h"

namespace hearth::spark {
namespace {

constexpr std::array<std::string_view, 6> kStatistics = {"count", "count_distinct", "mean", "stddev", "min",
                                                         "max"};
const std::vector<std::string> kDescribed = {"count", "mean", "stddev", "min", "max"};

void CheckStatistic(const std::string& name, const OriginPtr& origin) {
  if (std::find(kStatistics.begin(), kStatistics.end(), name) != kStatistics.end()) return;
  if (name.ends_with('%') || name == "approx_count_distinct") {
    throw Error::Decline("the statistic " + name, origin);
  }
  throw Error(ExceptionKind::kIllegalArgument, "UNRECOGNIZED_STATISTIC", {{"stats", "'" + name + "'"}});
}

std::vector<ScopeColumn> DescribedColumns(const Resolved& input, const OriginPtr& origin) {
  std::vector<ScopeColumn> columns;
  for (const ScopeColumn& column : input.scope->columns()) {
    if (column.column.type.IsAnsiInterval()) throw Error::Decline("statistics of intervals", origin);
    if (column.column.type.IsNumeric() || column.column.type.Is(TypeId::kString)) columns.push_back(column);
  }
  return columns;
}

class Statistics {
 public:
  Statistics(Resolved input, std::vector<std::string> names, const OriginPtr& origin, Analysis& analysis)
      : input_(std::move(input)),
        names_(std::move(names)),
        columns_(DescribedColumns(input_, origin)),
        origin_(origin),
        analysis_(analysis) {}

  Resolved Run() {
    if (names_.empty()) throw Error::Decline("a summary of no statistics", origin_);
    Resolved out;
    out.trees = input_.trees;
    out.plan = columns_.empty() ? Titles() : Rows();
    out.scope = ScopeOf(out.plan->output);
    return out;
  }

 private:
  std::vector<Column> OutputColumns() {
    std::vector<Column> output = {{analysis_.NewColumnId(), "summary", DataType::String(), true, ""}};
    for (const ScopeColumn& column : columns_) {
      output.push_back({analysis_.NewColumnId(), column.column.name, DataType::String(), true, ""});
    }
    return output;
  }

  static TypedExpressionPtr Text(const std::string& text) {
    return MakeTyped(Constant{Value{text}}, DataType::String(), false);
  }

  TypedPlanPtr Titles() {
    ValuesScan titles;
    for (const std::string& name : names_) titles.rows.push_back({Text(name)});
    return MakePlan(std::move(titles), OutputColumns());
  }

  // All statistics come from one aggregation; each row takes its own out of it.
  TypedPlanPtr Rows() {
    std::vector<SelectItem> items;
    for (const std::string& name : names_) {
      for (const ScopeColumn& column : columns_) items.push_back({Statistic(name, column), name, "", false});
    }
    const TypedPlanPtr all =
        VisiblePlan(MakeAggregate(input_, Grouping{}, std::move(items), origin_, analysis_));
    const int64_t table = analysis_.NewTableId();
    TypedPlanPtr rows;
    for (size_t i = 0; i < names_.size(); ++i) {
      TypedPlanPtr row = Row(i, *all, table);
      if (rows == nullptr) {
        rows = std::move(row);
      } else {
        rows = MakePlan(TypedSetOperation{std::move(rows), std::move(row), SetOperationType::kUnion, true},
                        OutputColumns());
      }
    }
    std::vector<Column> output = rows->output;
    return MakePlan(TypedWith{std::move(rows), {{table, "statistics", all}}}, std::move(output));
  }

  TypedPlanPtr Row(size_t statistic, const TypedPlan& all, int64_t table) {
    std::vector<Column> scanned = all.output;
    for (Column& column : scanned) column.id = analysis_.NewColumnId();
    TypedProject row;
    row.expressions.push_back(Text(names_[statistic]));
    for (size_t i = 0; i < columns_.size(); ++i) {
      row.expressions.push_back(ReferenceTo(scanned[statistic * columns_.size() + i]));
    }
    row.input = MakePlan(CommonTableScan{table}, std::move(scanned));
    return MakePlan(std::move(row), OutputColumns());
  }

  TypedExpressionPtr Statistic(const std::string& name, const ScopeColumn& column) {
    TypedExpressionPtr value = ReferenceTo(column);
    const bool is_real = name == "mean" || name == "stddev";
    if (is_real && column.column.type.Is(TypeId::kString)) {
      value = ExplicitCast(value, DataType::Double(), CastMode::kTry, origin_, analysis_.environment);
    }
    FunctionRequest request;
    request.name = name == "count_distinct" ? "count" : name == "mean" ? "avg" : name;
    request.is_distinct = name == "count_distinct";
    request.arguments = {std::move(value)};
    const TypedExpressionPtr result = ResolveFunction(request, analysis_.environment);
    return ExplicitCast(result, DataType::String(), CastMode::kAnsi, origin_, analysis_.environment);
  }

  const Resolved input_;
  const std::vector<std::string> names_;
  const std::vector<ScopeColumn> columns_;
  const OriginPtr& origin_;
  Analysis& analysis_;
};

}  // namespace

Resolved ResolveSummary(const Summary& summary, const Relation& relation, Analysis& analysis) {
  // Without a list Spark tells percentiles too.
  if (summary.statistics.empty())
    throw Error::Decline("the percentiles of DataFrame.summary", relation.origin);
  Resolved input = ResolveRelation(summary.input, analysis);
  for (const std::string& name : summary.statistics) CheckStatistic(name, relation.origin);
  return Statistics(std::move(input), summary.statistics, relation.origin, analysis).Run();
}

Resolved ResolveDescribe(const DescribeColumns& describe, const Relation& relation, Analysis& analysis) {
  Resolved input = ResolveRelation(describe.input, analysis);
  if (!describe.columns.empty()) {
    std::vector<SelectItem> items;
    for (const std::string& name : describe.columns) {
      const std::vector<NameMatch> matches = input.scope->Find(ParseIdentifier(name));
      // Spark's error for another name points into its own code.
      if (matches.size() != 1 || !matches[0].fields.empty()) {
        throw Error::Decline("describe of what is no column", relation.origin);
      }
      const Column& column = matches[0].column->column;
      const bool is_twice = std::any_of(items.begin(), items.end(), [&](const SelectItem& item) {
        return item.expression->As<ColumnReference>()->id == column.id;
      });
      if (is_twice) throw Error::Decline("describe of one column twice", relation.origin);
      items.push_back({ReferenceTo(*matches[0].column), column.name, column.metadata, true});
    }
    input = MakeSelect(input, std::move(items), relation.origin, analysis);
  }
  return Statistics(std::move(input), kDescribed, relation.origin, analysis).Run();
}

}  // namespace hearth::spark
