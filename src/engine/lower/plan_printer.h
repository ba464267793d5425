// Typed plans as SELECT statements. Nodes that one SELECT can hold are merged into it, so that DuckDB's
// optimizer sees what it would see in SQL written by hand; columns that leave a SELECT are named c<id>.
#pragma once

#include <string>

#include "engine/lower/lowering.h"
#include "engine/lower/select.h"

namespace hearth::engine {

enum class SelectList {
  kColumns,     // the plan's output as c<id>
  kPositional,  // the plan's output as c0, c1, ...
  kOne,         // just rows
};

class PlanPrinter {
 public:
  explicit PlanPrinter(Lowering& lowering) : lowering_(lowering) {}

  // A statement of its own.
  std::string PrintStatement(const spark::TypedPlan& plan);
  // A statement inside an expression over `around`, whose columns it may name.
  std::string PrintSubquery(const spark::TypedPlan& plan, const Columns& around, SelectList list);

  // Whether the plan gives exactly one row whatever its input.
  static bool GivesOneRow(const spark::TypedPlan& plan);
  static std::string ColumnName(const spark::Column& column) { return "c" + std::to_string(column.id); }

 private:
  Select Print(const spark::TypedPlan& plan);
  Select PrintFileScan(const spark::TypedPlan& plan, const spark::FileScan& scan);
  Select PrintNoFiles(const spark::TypedPlan& plan);
  Select PrintLocalScan(const spark::TypedPlan& plan, const spark::LocalScan& scan);
  Select PrintValues(const spark::TypedPlan& plan, const spark::ValuesScan& scan);
  Select PrintRange(const spark::TypedPlan& plan, const spark::RangeScan& scan);
  Select PrintProject(const spark::TypedPlan& plan, const spark::TypedProject& project);
  Select PrintFilter(const spark::TypedFilter& filter);
  Select PrintJoin(const spark::TypedPlan& plan, const spark::TypedJoin& join);
  Select PrintAggregate(const spark::TypedPlan& plan, const spark::TypedAggregate& aggregate);
  Select PrintWindow(const spark::TypedPlan& plan, const spark::TypedWindow& window);
  Select PrintSort(const spark::TypedSort& sort);
  Select PrintLimit(const spark::TypedLimit& limit);
  Select PrintTail(const spark::TypedPlan& plan, const spark::TypedTail& tail);
  Select PrintSetOperation(const spark::TypedPlan& plan, const spark::TypedSetOperation& operation);
  Select PrintDistinct(const spark::TypedPlan& plan, const spark::TypedDistinct& distinct);
  Select PrintWith(const spark::TypedWith& with);
  Select PrintStoredScan(const spark::TypedPlan& plan, const spark::StoredScan& scan);
  Select PrintCommonTableScan(const spark::TypedPlan& plan, const spark::CommonTableScan& scan);

  // The SELECT as a derived table: FROM (SELECT ... ) AS t1.
  Select Wrap(const Select& select, const std::vector<spark::Column>& output);
  // The plan as something that a join may have on one side.
  Select PrintJoinSide(const spark::TypedPlan& plan, bool keeps_conditions, bool keeps_expressions);
  // The expressions with what is deep in them computed by derived tables, which become a part of `select`.
  spark::TypedExpressionList AddSteps(Select* select, const spark::TypedPlan& input,
                                      const spark::TypedExpressionList& expressions);
  // Wraps when printing the expressions over `select` would repeat much.
  void AvoidRepetition(Select* select, const spark::TypedPlan& input,
                       const spark::TypedExpressionList& expressions);
  // The SELECT's text with the columns in the storage of their Spark types.
  std::string Render(const Select& select, const std::vector<spark::Column>& output, SelectList list);

  Lowering& lowering_;
};

}  // namespace hearth::engine
