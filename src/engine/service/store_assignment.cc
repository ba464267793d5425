#include "engine/service/store_assignment.h"

#include <utility>

#include "engine/service/table_catalog.h"
#include "spark/analysis/cast_rules.h"
#include "spark/analysis/scope.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::Error;
using spark::ExceptionKind;

// Beyond what an analysis counts to.
constexpr spark::ColumnId kFirstColumn = spark::ColumnId{1} << 51;

// Marks the cast of a column: an error of a row says where it came from, and so which column it was.
constexpr char kMark[] = "table insert";

spark::OriginPtr MarkOf(size_t column) {
  spark::Origin origin;
  origin.fragment = kMark;
  origin.call_site = std::to_string(column);
  return std::make_shared<const spark::Origin>(std::move(origin));
}

Error Overflow(const spark::TypedPlan& plan, size_t column) {
  const auto& project = *plan.As<spark::TypedProject>();
  const auto& cast = *project.expressions.at(column)->As<spark::CastTo>();
  return Error(ExceptionKind::kArithmetic, "CAST_OVERFLOW_IN_TABLE_INSERT",
               {{"sourceType", spark::QuoteDouble(cast.child->type.sql())},
                {"targetType", spark::QuoteDouble(plan.output[column].type.sql())},
                {"columnName", spark::QuoteIdentifier(plan.output[column].name)}});
}

}  // namespace

void StoreAssignment::Add(const spark::StructField& column, const spark::TypedExpressionPtr& value) {
  const spark::ColumnId id = kFirstColumn + static_cast<spark::ColumnId>(columns_.size());
  const spark::OriginPtr mark = MarkOf(columns_.size());
  columns_.push_back({id, column.name, column.type, true, ""});
  if (value == nullptr) {
    const auto null = spark::MakeTyped(spark::Constant{}, DataType::Null(), true);
    values_.push_back(spark::MakeTyped(spark::CastTo{null}, column.type, true));
    return;
  }
  const DataType& from = value->type;
  if (SameType(from, column.type)) {
    values_.push_back(value);
    return;
  }
  const bool is_null = from.Is(spark::TypeId::kNull);
  if (!is_null && from.IsNested() && column.type.IsNested()) {
    throw Error::Decline("an INSERT of " + from.sql() + " into a column of type " + column.type.sql());
  }
  if (!is_null && !spark::CanStoreAssign(from, column.type)) {
    throw Error(ExceptionKind::kAnalysis, "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST",
                {{"tableName", QuotedName(table_)},
                 {"colName", spark::QuoteIdentifier(column.name)},
                 {"srcType", spark::QuoteDouble(from.sql())},
                 {"targetType", spark::QuoteDouble(column.type.sql())}});
  }
  values_.push_back(spark::MakeTyped(spark::CastTo{value}, column.type, true, mark));
}

spark::TypedPlanPtr StoreAssignment::Over(const spark::TypedPlanPtr& query) const {
  return spark::MakePlan(spark::TypedProject{query, values_}, columns_);
}

Error AsTableInsert(const Error& error, const spark::TypedPlan& plan,
                    const std::function<bool(const spark::TypedPlan& plan)>& fails) {
  const bool is_marked = !error.contexts().empty() && error.contexts()[0].fragment == kMark;
  if (is_marked && error.kind() == ExceptionKind::kArithmetic)
    return Overflow(plan, std::stoul(error.contexts()[0].call_site));
  if (is_marked) throw Error::Decline("an INSERT whose cast fails: " + error.condition());
  if (error.condition() != "CAST_OVERFLOW") return error;
  // Spark keeps the place out of this one.
  const auto& project = *plan.As<spark::TypedProject>();
  std::vector<size_t> columns;
  for (size_t i = 0; i < project.expressions.size(); ++i) {
    const bool is_assigned = project.expressions[i]->As<spark::CastTo>() != nullptr &&
                             project.expressions[i]->origin != nullptr &&
                             project.expressions[i]->origin->fragment == kMark;
    if (is_assigned) columns.push_back(i);
  }
  if (columns.empty() || fails(*project.input)) return error;
  std::erase_if(columns, [&](size_t i) {
    return !fails(
        *spark::MakePlan(spark::TypedProject{project.input, {project.expressions[i]}}, {plan.output[i]}));
  });
  if (columns.size() != 1) throw Error::Decline("an INSERT with several numbers that are too large");
  return Overflow(plan, columns[0]);
}

}  // namespace hearth::engine
