// What DataFrames and select lists do to columns: project, add, replace, rename, drop, cast, deduplicate.
#include <algorithm>
#include <optional>

#include "spark/analysis/analyzer.h"
#include "spark/analysis/expression_tree.h"
#include "spark/analysis/function_resolution.h"
#include "spark/analysis/name_errors.h"
#include "spark/analysis/resolve_aggregate.h"
#include "spark/analysis/resolve_expression.h"
#include "spark/analysis/resolve_relation.h"
#include "spark/analysis/select_list.h"
#include "spark/error.h"

namespace hearth::spark {
namespace {

SelectItem Passed(const ScopeColumn& column) {
  return {ReferenceTo(column), column.column.name, column.column.metadata, true};
}

SelectItem Renamed(const ScopeColumn& column, const std::string& name) {
  return {ReferenceTo(column), name, column.column.metadata, false};
}

Error AlreadyExists(const std::string& name) {
  return Error(ExceptionKind::kAnalysis, "COLUMN_ALREADY_EXISTS",
               {{"columnName", QuoteIdentifier(LowerCase(name))}});
}

void RejectDuplicates(const std::vector<std::string>& names) {
  std::vector<std::string> lower;
  for (const std::string& name : names) lower.push_back(LowerCase(name));
  std::sort(lower.begin(), lower.end());
  const auto duplicate = std::adjacent_find(lower.begin(), lower.end());
  if (duplicate != lower.end()) throw AlreadyExists(*duplicate);
}

Resolved SelectFrom(Resolved input, std::vector<SelectItem> items, const std::vector<ColumnId>& missing,
                    const OriginPtr& origin, Analysis& analysis) {
  input.plan = ExtendPlan(input.plan, missing);
  return MakeSelect(input, std::move(items), origin, analysis);
}

// SELECT a, FROM t reads as a column FROM with the alias t; Spark sees what was meant.
void RejectTrailingComma(const Project& project) {
  if (project.input != nullptr || project.expressions.size() < 2) return;
  const ExpressionPtr& last = project.expressions.back();
  const auto* alias = last->As<Alias>();
  const auto* attribute = alias == nullptr ? nullptr : alias->child->As<UnresolvedAttribute>();
  if (attribute == nullptr || attribute->parts.size() != 1 || !SameName(attribute->parts[0], "from")) return;
  throw Error(ExceptionKind::kAnalysis, "TRAILING_COMMA_IN_SELECT", {}, last->origin);
}

TypedExpressionPtr FirstOf(const ScopeColumn& column, const Analysis& analysis) {
  FunctionRequest request;
  request.name = "first";
  request.arguments = {ReferenceTo(column)};
  return ResolveFunction(request, analysis.environment);
}

}  // namespace

Resolved ResolveProject(const Project& project, const Relation& relation, Analysis& analysis) {
  const Resolved input = ResolveRelation(project.input, analysis);
  RejectTrailingComma(project);
  ExpressionResolver resolver(analysis, input);
  resolver.SetOrigin(relation.origin);
  std::vector<SelectItem> items = ResolveSelectList(project.expressions, resolver, analysis);
  return SelectFrom(input, std::move(items), resolver.missing(), relation.origin, analysis);
}

// What withColumns does if it is a plain projection that changes each column at most once; nothing otherwise.
// Such a step costs what it adds, however many columns there are.
std::optional<Resolved> AddColumns(const Resolved& input, const std::vector<std::string>& names,
                                   const std::vector<SelectItem>& added, Analysis& analysis) {
  if (added.size() != names.size()) return std::nullopt;
  std::vector<Scope::Change> changes;
  std::vector<DeferredPlan::Value> values;
  size_t end = input.scope->size();
  for (size_t i = 0; i < added.size(); ++i) {
    const SelectItem& item = added[i];
    const std::vector<size_t> places = input.scope->PlacesOf(names[i]);
    if (places.size() > 1 || item.keeps_id || item.name != names[i]) return std::nullopt;
    if (ContainsAggregate(item.expression) || ContainsWindow(item.expression)) return std::nullopt;
    const ColumnId id = analysis.NewColumnId();
    Scope::Change change;
    change.column = {
        {id, item.name, item.expression->type, item.expression->nullable, item.metadata}, nullptr, id};
    if (!places.empty()) change.place = places[0];
    values.push_back({places.empty() ? end++ : places[0], item.expression});
    changes.push_back(std::move(change));
  }
  Resolved out;
  out.scope = Scope::Changed(input.scope, std::move(changes));
  out.plan = DeferredPlan::Projection(input.plan, input.scope, out.scope, std::move(values));
  out.below = std::make_shared<const Resolved>(input);
  out.trees = input.trees;
  return out;
}

Resolved ResolveWithColumns(const WithColumns& with, const Relation& relation, Analysis& analysis) {
  const Resolved input = ResolveRelation(with.input, analysis);
  std::vector<std::string> names;
  for (const ExpressionPtr& alias : with.aliases) names.push_back(alias->As<Alias>()->names.at(0));
  RejectDuplicates(names);
  ExpressionResolver resolver(analysis, input);
  std::vector<SelectItem> added = ResolveSelectList(with.aliases, resolver, analysis);
  if (resolver.missing().empty()) {
    if (std::optional<Resolved> step = AddColumns(input, names, added, analysis)) return *std::move(step);
  }
  std::vector<SelectItem> items;
  std::vector<bool> used(added.size(), false);
  for (const ScopeColumn& column : input.scope->columns()) {
    const auto found = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
      return SameName(name, column.column.name);
    });
    if (found == names.end()) {
      items.push_back(Passed(column));
      continue;
    }
    const auto index = static_cast<size_t>(found - names.begin());
    used[index] = true;
    items.push_back(added[index]);
  }
  for (size_t i = 0; i < added.size(); ++i) {
    if (!used[i]) items.push_back(std::move(added[i]));
  }
  return SelectFrom(input, std::move(items), resolver.missing(), relation.origin, analysis);
}

Resolved ResolveWithColumnsRenamed(const WithColumnsRenamed& renamed, const Relation& relation,
                                   Analysis& analysis) {
  const Resolved input = ResolveRelation(renamed.input, analysis);
  std::vector<std::string> names;
  std::vector<bool> changed;
  for (const ScopeColumn& column : input.scope->columns()) {
    names.push_back(column.column.name);
    changed.push_back(false);
  }
  // Renames apply one after another, so that a later one sees the names that an earlier one gave.
  for (const auto& [from, to] : renamed.renames) {
    for (size_t i = 0; i < names.size(); ++i) {
      if (!SameName(names[i], from)) continue;
      names[i] = to;
      changed[i] = true;
    }
  }
  if (std::none_of(changed.begin(), changed.end(), [](bool c) { return c; })) return input;
  std::vector<SelectItem> items;
  for (size_t i = 0; i < names.size(); ++i) {
    const ScopeColumn& column = input.scope->columns()[i];
    items.push_back(changed[i] ? Renamed(column, names[i]) : Passed(column));
  }
  return MakeSelect(input, std::move(items), relation.origin, analysis);
}

Resolved ResolveDropColumns(const DropColumns& drop, const Relation& relation, Analysis& analysis) {
  const Resolved input = ResolveRelation(drop.input, analysis);
  std::vector<ColumnId> dropped;
  ExpressionResolver resolver(analysis, input);
  for (const ExpressionPtr& expression : drop.columns) {
    const auto* attribute = expression->As<UnresolvedAttribute>();
    if (attribute == nullptr) continue;  // only columns are dropped, whatever else is given
    if (!attribute->plan_id.has_value() && input.scope->Find(attribute->parts).empty()) continue;
    TypedExpressionPtr column;
    try {
      column = resolver.Resolve(expression);
    } catch (const Error& error) {
      // A column that is not there is dropped already; another DataFrame's, or one of two, is an error.
      if (error.condition().rfind("UNRESOLVED_COLUMN", 0) != 0) throw;
      continue;
    }
    if (const auto* reference = column->As<ColumnReference>()) dropped.push_back(reference->id);
  }
  std::vector<SelectItem> items;
  for (const ScopeColumn& column : input.scope->columns()) {
    const bool by_id = std::find(dropped.begin(), dropped.end(), column.column.id) != dropped.end();
    const bool by_name =
        std::any_of(drop.column_names.begin(), drop.column_names.end(),
                    [&](const std::string& name) { return SameName(name, column.column.name); });
    if (!by_id && !by_name) items.push_back(Passed(column));
  }
  if (items.size() == input.scope->columns().size()) return input;
  return MakeSelect(input, std::move(items), relation.origin, analysis);
}

Resolved RenameColumns(const Resolved& input, const std::vector<std::string>& names, Analysis& analysis) {
  std::vector<SelectItem> items;
  for (size_t i = 0; i < names.size(); ++i) items.push_back(Renamed(input.scope->columns()[i], names[i]));
  return MakeSelect(input, std::move(items), nullptr, analysis);
}

Resolved ResolveToDataFrame(const ToDataFrame& to, const Relation&, Analysis& analysis) {
  const Resolved input = ResolveRelation(to.input, analysis);
  const auto& columns = input.scope->columns();
  if (to.column_names.size() == columns.size()) return RenameColumns(input, to.column_names, analysis);
  std::string old_names, new_names;
  for (const ScopeColumn& column : columns) old_names += (old_names.empty() ? "" : ", ") + column.column.name;
  for (const std::string& name : to.column_names) new_names += (new_names.empty() ? "" : ", ") + name;
  throw Error::WithMessage(ExceptionKind::kIllegalArgument, "", "", {},
                           "requirement failed: The number of columns doesn't match.\nOld column names (" +
                               std::to_string(columns.size()) + "): " + old_names + "\nNew column names (" +
                               std::to_string(to.column_names.size()) + "): " + new_names);
}

Resolved ResolveToSchema(const ToSchema& to, const Relation& relation, Analysis& analysis) {
  const Resolved input = ResolveRelation(to.input, analysis);
  std::vector<SelectItem> items;
  for (const StructField& field : to.schema.fields()) {
    const std::vector<NameMatch> matches = input.scope->Find({field.name});
    if (matches.size() != 1)
      throw Error::Decline("to() with a column that the DataFrame has not", relation.origin);
    const ScopeColumn& column = *matches[0].column;
    const DataType& from = column.column.type;
    if (column.column.nullable && !field.nullable) {
      throw Error(ExceptionKind::kAnalysis, "NULLABLE_COLUMN_OR_FIELD",
                  {{"name", QuoteIdentifier(field.name)}});
    }
    TypedExpressionPtr value = ReferenceTo(column);
    if (!SameType(from, field.type)) {
      // Spark casts where storing would be allowed; only casts that lose nothing are taken here.
      const std::optional<DataType> wider = WiderType(from, field.type);
      if (!wider.has_value() || !SameType(*wider, field.type)) {
        throw Error::Decline("to() with a narrower type", relation.origin);
      }
      value = ImplicitCast(value, field.type);
    }
    const bool is_same = value->As<ColumnReference>() != nullptr && column.column.name == field.name;
    items.push_back({std::move(value), field.name,
                     field.metadata.empty() ? column.column.metadata : field.metadata, is_same});
  }
  return MakeSelect(input, std::move(items), relation.origin, analysis);
}

Resolved ResolveDeduplicate(const Deduplicate& deduplicate, const Relation& relation, Analysis& analysis) {
  if (deduplicate.within_watermark) throw Error::Decline("dropDuplicatesWithinWatermark", relation.origin);
  Resolved input = ResolveRelation(deduplicate.input, analysis);
  Resolved out;
  out.trees = input.trees;
  out.scope = std::make_shared<const Scope>(input.scope->columns());
  TypedPlanPtr visible = VisiblePlan(input);
  if (deduplicate.all_columns) {
    std::vector<Column> output = visible->output;
    out.plan = MakePlan(TypedDistinct{std::move(visible)}, std::move(output));
    return out;
  }
  // One row of each group stays, whichever comes first: its columns are taken together.
  TypedAggregate aggregate;
  aggregate.input = visible;
  TypedProject project;
  std::vector<Column> keys, results;
  std::vector<bool> is_key(input.scope->columns().size(), false);
  for (const std::string& name : deduplicate.columns) {
    bool found = false;
    for (size_t i = 0; i < is_key.size(); ++i) {
      if (!SameName(input.scope->columns()[i].column.name, name)) continue;
      is_key[i] = true;
      found = true;
    }
    if (!found) throw UnresolvedColumn({name}, input.scope.get(), relation.origin);
  }
  for (size_t i = 0; i < is_key.size(); ++i) {
    const ScopeColumn& column = input.scope->columns()[i];
    if (is_key[i]) {
      aggregate.grouping.push_back(ReferenceTo(column));
      keys.push_back(column.column);
      project.expressions.push_back(ReferenceTo(column));
    } else {
      aggregate.aggregates.push_back(FirstOf(column, analysis));
      results.push_back(
          {analysis.NewColumnId(), column.column.name, column.column.type, column.column.nullable, ""});
      project.expressions.push_back(ReferenceTo(results.back()));
    }
  }
  keys.insert(keys.end(), results.begin(), results.end());
  project.input = MakePlan(std::move(aggregate), std::move(keys));
  out.plan = MakePlan(std::move(project), ColumnsOf(*out.scope));
  return out;
}

}  // namespace hearth::spark
