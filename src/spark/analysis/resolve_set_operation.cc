// UNION, INTERSECT, EXCEPT, and union by name.
#include <algorithm>

#include "spark/analysis/analyzer.h"
#include "spark/analysis/function_resolution.h"
#include "spark/analysis/name_errors.h"
#include "spark/analysis/resolve_relation.h"
#include "spark/error.h"

namespace hearth::spark {
namespace {

std::string NodeName(const SetOperation& operation) {
  switch (operation.type) {
    case SetOperationType::kUnion: return "UNION";
    case SetOperationType::kIntersect: return operation.all ? "INTERSECT ALL" : "INTERSECT";
    case SetOperationType::kExcept: return operation.all ? "EXCEPT ALL" : "EXCEPT";
  }
  return "";
}

std::string Ordinal(size_t index) {
  switch (index) {
    case 0: return "first";
    case 1: return "second";
    case 2: return "third";
    default: return std::to_string(index + 1) + "th";
  }
}

// One side: its columns as they are selected into the operation.
struct Side {
  Resolved relation;
  TypedExpressionList expressions;
  std::vector<std::string> names;
};

Side SideOf(const RelationPtr& relation, const OriginPtr& origin, Analysis& analysis) {
  Side side;
  side.relation = ResolveRelation(relation, analysis);
  for (const ScopeColumn& column : side.relation.scope->columns()) {
    side.expressions.push_back(
        ReferenceTo(column, "", origin));  // errors of casts point at the whole operation
    side.names.push_back(column.column.name);
  }
  return side;
}

void CheckDuplicates(const Side& side) {
  std::vector<std::string> names;
  for (const std::string& name : side.names) names.push_back(LowerCase(name));
  std::sort(names.begin(), names.end());
  const auto duplicate = std::adjacent_find(names.begin(), names.end());
  if (duplicate != names.end()) {
    throw Error(ExceptionKind::kAnalysis, "COLUMN_ALREADY_EXISTS",
                {{"columnName", QuoteIdentifier(*duplicate)}});
  }
}

TypedExpressionPtr Missing(const DataType& type) {
  return ImplicitCast(MakeTyped(Constant{}, DataType::Null(), true), type);
}

// The right side's columns in the order of the left side's names; what a side lacks is NULL, if allowed.
void AlignByName(const SetOperation& operation, Side* left, Side* right, const OriginPtr& origin) {
  CheckDuplicates(*left);
  CheckDuplicates(*right);
  TypedExpressionList aligned;
  std::vector<bool> used(right->names.size(), false);
  for (size_t i = 0; i < left->names.size(); ++i) {
    const auto found = std::find_if(right->names.begin(), right->names.end(),
                                    [&](const std::string& name) { return SameName(name, left->names[i]); });
    if (found != right->names.end()) {
      const auto index = static_cast<size_t>(found - right->names.begin());
      used[index] = true;
      aligned.push_back(right->expressions[index]);
    } else if (operation.allow_missing_columns) {
      aligned.push_back(Missing(left->expressions[i]->type));
    } else {
      std::string known;
      for (const std::string& name : right->names) known += (known.empty() ? "" : ", ") + name;
      throw Error(ExceptionKind::kAnalysis, "_LEGACY_ERROR_TEMP_1181",
                  {{"attribute", left->names[i]}, {"rightAttributes", "(" + known + ")"}}, origin);
    }
  }
  for (size_t i = 0; i < right->names.size(); ++i) {
    if (used[i]) continue;
    // Without allow_missing_columns the count differs now, which is the error that Spark reports.
    aligned.push_back(right->expressions[i]);
    if (!operation.allow_missing_columns) continue;
    left->expressions.push_back(Missing(right->expressions[i]->type));
    left->names.push_back(right->names[i]);
  }
  right->expressions = std::move(aligned);
}

void Widen(const SetOperation& operation, Side* left, Side* right, const OriginPtr& origin) {
  if (left->expressions.size() != right->expressions.size()) {
    throw CheckFailure("NUM_COLUMNS_MISMATCH",
                       {{"operator", NodeName(operation)},
                        {"firstNumColumns", std::to_string(left->expressions.size())},
                        {"invalidOrdinalNum", Ordinal(1)},
                        {"invalidNumColumns", std::to_string(right->expressions.size())}},
                       origin);
  }
  for (size_t i = 0; i < left->expressions.size(); ++i) {
    TypedExpressionPtr& l = left->expressions[i];
    TypedExpressionPtr& r = right->expressions[i];
    if (SameType(l->type, r->type)) continue;
    const std::optional<DataType> wider = WiderType(l->type, r->type);
    if (!wider.has_value()) {
      throw CheckFailure("INCOMPATIBLE_COLUMN_TYPE",
                         {{"operator", NodeName(operation)},
                          {"columnOrdinalNumber", Ordinal(i)},
                          {"tableOrdinalNumber", Ordinal(1)},
                          {"dataType1", QuoteDouble(r->type.sql())},
                          {"dataType2", QuoteDouble(l->type.sql())},
                          {"hint", ""}},
                         origin);
    }
    l = ImplicitCast(l, *wider);
    r = ImplicitCast(r, *wider);
  }
}

// Structs and arrays keep the union of both sides' nullability inside.
DataType MergeNullability(const DataType& l, const DataType& r) {
  if (l == r || l.id() != r.id()) return l;
  switch (l.id()) {
    case TypeId::kArray:
      return DataType::Array(MergeNullability(l.element(), r.element()),
                             l.contains_null() || r.contains_null());
    case TypeId::kMap:
      return DataType::Map(MergeNullability(l.key(), r.key()), MergeNullability(l.value(), r.value()),
                           l.contains_null() || r.contains_null());
    case TypeId::kStruct: {
      std::vector<StructField> fields = l.fields();
      for (size_t i = 0; i < fields.size(); ++i) {
        fields[i].type = MergeNullability(fields[i].type, r.fields()[i].type);
        fields[i].nullable = fields[i].nullable || r.fields()[i].nullable;
      }
      return DataType::Struct(std::move(fields));
    }
    default: return l;
  }
}

TypedPlanPtr SelectSide(const Side& side, const std::vector<Column>& columns, Analysis& analysis) {
  TypedProject project{side.relation.plan, side.expressions};
  std::vector<Column> output = columns;
  for (size_t i = 0; i < output.size(); ++i) {
    output[i].id = analysis.NewColumnId();
    output[i].nullable = side.expressions[i]->nullable;
  }
  const bool is_same =
      side.relation.plan->output.size() == side.expressions.size() &&
      std::equal(side.expressions.begin(), side.expressions.end(), side.relation.plan->output.begin(),
                 [](const TypedExpressionPtr& e, const Column& c) {
                   const auto* reference = e->As<ColumnReference>();
                   return reference != nullptr && reference->id == c.id;
                 });
  return is_same ? side.relation.plan.Get() : MakePlan(std::move(project), std::move(output));
}

bool IsNullable(const SetOperation& operation, bool left, bool right) {
  switch (operation.type) {
    case SetOperationType::kUnion: return left || right;
    case SetOperationType::kIntersect: return left && right;
    case SetOperationType::kExcept: return left;
  }
  return true;
}

}  // namespace

Resolved ResolveSetOperation(const SetOperation& operation, const Relation& relation, Analysis& analysis) {
  Side left = SideOf(operation.left, relation.origin, analysis);
  Side right = SideOf(operation.right, relation.origin, analysis);
  const size_t named = left.names.size();
  if (operation.by_name) AlignByName(operation, &left, &right, relation.origin);
  Widen(operation, &left, &right, relation.origin);
  std::vector<ScopeColumn> columns;
  for (size_t i = 0; i < left.expressions.size(); ++i) {
    const TypedExpressionPtr& l = left.expressions[i];
    const TypedExpressionPtr& r = right.expressions[i];
    ScopeColumn column;
    column.column = {analysis.NewColumnId(), left.names[i], MergeNullability(l->type, r->type),
                     IsNullable(operation, l->nullable, r->nullable), ""};
    column.identity = column.column.id;
    if (i < named) {
      const ScopeColumn& source = left.relation.scope->columns()[i];
      column.column.metadata = source.column.metadata;
      // A cast column is a new one, without a qualifier.
      if (l->As<ColumnReference>() != nullptr) column.qualifier = source.qualifier;
    }
    columns.push_back(std::move(column));
  }
  Resolved out;
  out.scope = std::make_shared<const Scope>(std::move(columns));
  const std::vector<Column> output = ColumnsOf(*out.scope);
  TypedSetOperation node{SelectSide(left, output, analysis), SelectSide(right, output, analysis),
                         operation.type, operation.all};
  out.plan = MakePlan(std::move(node), output);
  // Spark does not look for df["a"] below a union.
  if (operation.type != SetOperationType::kUnion) {
    out.trees = left.relation.trees;
    out.trees.insert(out.trees.end(), right.relation.trees.begin(), right.relation.trees.end());
  }
  return out;
}

}  // namespace hearth::spark
