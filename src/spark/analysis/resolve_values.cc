// Rows that are written in the plan: VALUES, range, and the client's own rows.
#include <algorithm>
#include <limits>

#include "spark/analysis/analyzer.h"
#include "spark/analysis/coercion.h"
#include "spark/analysis/expression_tree.h"
#include "spark/analysis/function_resolution.h"
#include "spark/analysis/name_errors.h"
#include "spark/analysis/resolve_expression.h"
#include "spark/analysis/resolve_relation.h"
#include "spark/analysis/resolve_subquery.h"
#include "spark/analysis/sql_text.h"
#include "spark/error.h"

namespace hearth::spark {
namespace {

Resolved MakeLeaf(TypedPlan::Node node, std::vector<Column> columns) {
  Resolved out;
  out.scope = ScopeOf(columns);
  out.plan = std::make_shared<const TypedPlan>(TypedPlan{std::move(node), std::move(columns)});
  return out;
}

Error InvalidTable(const std::string& reason, Error::Parameters parameters, const OriginPtr& origin) {
  return Error(ExceptionKind::kParse, "INVALID_INLINE_TABLE." + reason, std::move(parameters), origin);
}

std::vector<TypedExpressionList> ResolveRows(const InlineTable& table, Analysis& analysis) {
  const Resolved nothing = OneRowRelation(analysis);
  ExpressionResolver resolver(analysis, nothing);
  std::vector<TypedExpressionList> rows;
  for (const ExpressionList& row : table.rows) {
    TypedExpressionList values;
    for (const ExpressionPtr& value : row) {
      TypedExpressionPtr resolved = resolver.Resolve(value);
      const auto* alias = resolved->As<TypedAlias>();
      values.push_back(alias == nullptr ? resolved : alias->child);
      if (ContainsAggregate(resolved) || ContainsWindow(resolved)) {
        throw InvalidTable("CANNOT_EVALUATE_EXPRESSION_IN_INLINE_TABLE",
                           {{"expr", QuoteDouble(PrettyName(*values.back(), analysis.environment))}},
                           value->origin);
      }
      if (ContainsSubquery(resolved)) throw Error::Decline("a subquery in VALUES", value->origin);
    }
    rows.push_back(std::move(values));
  }
  return rows;
}

// The type that all values of a column widen to.
DataType ColumnType(const std::vector<TypedExpressionList>& rows, size_t index, const std::string& name,
                    const OriginPtr& origin) {
  DataType type = rows[0][index]->type;
  for (const TypedExpressionList& row : rows) {
    if (SameType(type, row[index]->type)) continue;
    const std::optional<DataType> wider = WiderTypeWithoutStrings(type, row[index]->type);
    if (!wider.has_value()) {
      throw InvalidTable("INCOMPATIBLE_TYPES_IN_INLINE_TABLE", {{"colName", QuoteIdentifier(name)}}, origin);
    }
    type = *wider;
  }
  return type;
}

// A literal integer argument of range().
int64_t RangeArgument(const ExpressionPtr& expression, Analysis& analysis) {
  const Resolved nothing = OneRowRelation(analysis);
  ExpressionResolver resolver(analysis, nothing);
  TypedExpressionPtr value = resolver.Resolve(expression);
  int64_t sign = 1;
  if (const auto* call = value->As<Call>(); call != nullptr && call->function == "negative") {
    value = call->arguments[0];
    sign = -1;
  }
  const auto* constant = value->As<Constant>();
  if (constant == nullptr || constant->value.IsNull() || !value->type.IsIntegral()) {
    throw Error::Decline("range() of anything but literal integers", expression->origin);
  }
  return sign * constant->value.As<int64_t>();
}

}  // namespace

Resolved OneRowRelation(Analysis&) { return MakeLeaf(OneRow{}, {}); }

Resolved ResolveInlineTable(const InlineTable& table, const Relation& relation, Analysis& analysis) {
  if (table.rows.empty() || table.rows[0].empty())
    throw Error::Decline("VALUES without values", relation.origin);
  const size_t width = table.column_names.empty() ? table.rows[0].size() : table.column_names.size();
  for (size_t i = 0; i < table.rows.size(); ++i) {
    if (table.rows[i].size() == width) continue;
    throw InvalidTable("NUM_COLUMNS_MISMATCH",
                       {{"expectedNumCols", std::to_string(width)},
                        {"actualNumCols", std::to_string(table.rows[i].size())},
                        {"rowIndex", std::to_string(i)}},
                       relation.origin);
  }
  std::vector<TypedExpressionList> rows = ResolveRows(table, analysis);
  std::vector<Column> columns;
  for (size_t i = 0; i < width; ++i) {
    Column column;
    column.id = analysis.NewColumnId();
    column.name = table.column_names.empty() ? "col" + std::to_string(i + 1) : table.column_names[i];
    column.type = ColumnType(rows, i, column.name, relation.origin);
    column.nullable = false;
    for (TypedExpressionList& row : rows) {
      row[i] = ImplicitCast(row[i], column.type);
      column.nullable = column.nullable || row[i]->nullable;
    }
    columns.push_back(std::move(column));
  }
  return MakeLeaf(ValuesScan{std::move(rows)}, std::move(columns));
}

namespace {

Resolved MakeLocal(std::shared_ptr<const LocalTable> table, Analysis& analysis) {
  std::vector<Column> columns;
  for (const StructField& field : table->schema.fields()) {
    columns.push_back({analysis.NewColumnId(), field.name, field.type, field.nullable, field.metadata});
  }
  return MakeLeaf(LocalScan{std::move(table)}, std::move(columns));
}

}  // namespace

Resolved ResolveLocal(const LocalRelation& local, Analysis& analysis) {
  if (local.schema.has_value() || local.schema_text.empty()) {
    return MakeLocal(analysis.environment.ReadLocal(local), analysis);
  }
  LocalRelation parsed = local;
  DataType type = ParseSchemaText(local.schema_text, analysis.environment);
  // A type that is no struct is that of the one column.
  parsed.schema = type.Is(TypeId::kStruct) ? type : DataType::Struct({{"value", type, true, ""}});
  return MakeLocal(analysis.environment.ReadLocal(parsed), analysis);
}

Resolved ResolveCached(const CachedLocalRelation& cached, Analysis& analysis) {
  return MakeLocal(analysis.environment.ReadCached(cached), analysis);
}

Resolved ResolveStored(const CachedRemoteRelation& remote, Analysis& analysis) {
  std::shared_ptr<const StoredRows> rows = analysis.environment.FindStored(remote.id);
  std::vector<Column> columns;
  for (const StructField& field : rows->schema.fields()) {
    columns.push_back({analysis.NewColumnId(), field.name, field.type, field.nullable, field.metadata});
  }
  return MakeLeaf(StoredScan{std::move(rows)}, std::move(columns));
}

Resolved ResolveRange(const Range& range, Analysis& analysis) {
  if (range.step == 0) {
    throw Error(ExceptionKind::kIllegalArgument, "INVALID_PARAMETER_VALUE.ZERO_INDEX", {});
  }
  return MakeLeaf(RangeScan{range.start, range.end, range.step},
                  {{analysis.NewColumnId(), "id", DataType::Long(), false, ""}});
}

Resolved ResolveTableFunction(const TableFunction& function, const Relation& relation, Analysis& analysis) {
  const bool is_range = function.name.size() == 1 && SameName(function.name[0], "range");
  if (!is_range || function.arguments.empty() || function.arguments.size() > 4) {
    throw Error::Decline("the table function " + JoinName(function.name), relation.origin);
  }
  std::vector<int64_t> values;
  for (const ExpressionPtr& argument : function.arguments)
    values.push_back(RangeArgument(argument, analysis));
  Range range;
  range.end = values[0];
  if (values.size() > 1) {
    range.start = values[0];
    range.end = values[1];
  }
  if (values.size() > 2) range.step = values[2];
  if (range.step == 0) throw Error::Decline("range() with step 0", relation.origin);
  const Resolved rows = ResolveRange(range, analysis);
  return function.column_names.empty() ? rows : RenameColumns(rows, function.column_names, analysis);
}

}  // namespace hearth::spark
