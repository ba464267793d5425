// Names of tables: common tables, views, files, and the aliases that rename them.
#include <array>
#include <string_view>

#include "spark/analysis/name_errors.h"
#include "spark/analysis/resolve_relation.h"
#include "spark/analysis/sql_text.h"
#include "spark/analysis/table_references.h"
#include "spark/error.h"

namespace hearth::spark {
namespace {

constexpr int kMaxViewDepth = 100;  // spark.sql.view.maxNestedViewDepth

// Formats whose files may stand in FROM as format.`path`.
constexpr std::array<std::string_view, 8> kFileFormats = {"parquet", "csv",  "json",  "orc",
                                                          "text",    "avro", "delta", "binaryfile"};

Qualifier MakeQualifier(std::vector<std::string> parts) {
  return std::make_shared<const std::vector<std::string>>(std::move(parts));
}

// The relation under a new name: its columns have this qualifier and nothing below is seen.
Resolved Qualified(const Resolved& relation, const Qualifier& qualifier) {
  Resolved out;
  out.plan = VisiblePlan(relation);
  std::vector<ScopeColumn> columns = relation.scope->columns();
  for (ScopeColumn& column : columns) column.qualifier = qualifier;
  out.scope = std::make_shared<const Scope>(std::move(columns));
  out.trees = relation.trees;
  return out;
}

// The same rows with other column names; the columns stay the same ones only where the name does.
Resolved WithNames(const Resolved& relation, const std::vector<std::string>& names, const OriginPtr& origin,
                   Analysis& analysis) {
  if (names.empty()) return relation;
  const size_t columns = relation.scope->columns().size();
  if (names.size() != columns) {
    throw Error(ExceptionKind::kAnalysis, "ASSIGNMENT_ARITY_MISMATCH",
                {{"numExpr", std::to_string(names.size())}, {"numTarget", std::to_string(columns)}}, origin);
  }
  return RenameColumns(relation, names, analysis);
}

// A persistent view has the columns that it was made with; what its query gives now is found by name, and
// must be as it was.
Resolved ResolveKeptView(const ViewDefinition& view, Analysis& analysis) {
  const Resolved query = ResolveRelation(view.plan, analysis);
  const TypedPlanPtr plan = VisiblePlan(query);
  const std::vector<StructField>& fields = view.schema->fields();
  TypedExpressionList values;
  std::vector<Column> columns;
  for (size_t i = 0; i < fields.size(); ++i) {
    const Column* found = nullptr;
    int matches = 0;
    for (const Column& column : plan->output) {
      if (!SameName(column.name, view.query_columns.at(i))) continue;
      found = &column;
      ++matches;
    }
    // A query's own names may repeat; then the places are those of the columns.
    if (matches != 1 && plan->output.size() == fields.size() &&
        SameName(plan->output[i].name, view.query_columns[i])) {
      found = &plan->output[i];
    } else if (matches != 1) {
      throw Error::Decline("a view whose tables have other columns than it was made with");
    }
    if (!SameType(found->type, fields[i].type)) {
      throw Error::Decline("a view whose tables have columns of other types than it was made with");
    }
    values.push_back(ReferenceTo(*found));
    columns.push_back({analysis.NewColumnId(), fields[i].name, found->type, found->nullable,
                       fields[i].metadata.empty() ? found->metadata : fields[i].metadata});
  }
  Resolved out;
  out.scope = ScopeOf(columns);
  out.plan = MakePlan(TypedProject{plan, std::move(values)}, std::move(columns));
  return out;
}

// A view's query sees nothing of the query that reads the view.
Resolved ResolveView(const ViewDefinition& view, const OriginPtr& origin, Analysis& analysis) {
  if (analysis.view_depth >= kMaxViewDepth) {
    throw Error(ExceptionKind::kAnalysis, "VIEW_EXCEED_MAX_NESTED_DEPTH",
                {{"viewName", QuoteIdentifier(view.name)}, {"maxNestedDepth", std::to_string(kMaxViewDepth)}},
                origin);
  }
  const Restore restore_bindings(analysis.bindings, {});
  const Restore restore_outer(analysis.outer, {});
  const Restore restore_windows(analysis.named_windows, {});
  const Restore restore_parameters(analysis.parameters, {});
  const Restore restore_depth(analysis.view_depth, analysis.view_depth + 1);
  const Restore restore_database(analysis.current_database,
                                 view.database.empty() ? analysis.current_database : view.database);
  const Resolved query = view.schema.has_value() ? ResolveKeptView(view, analysis)
                                                 : WithNames(ResolveRelation(view.plan, analysis),
                                                             view.column_names, origin, analysis);
  Resolved out = Qualified(query, MakeQualifier(view.name));
  out.trees.clear();
  return out;
}

// A table's rows: its files, with what the folders tell as the types that the table says.
Resolved ScanTable(const TableDefinition& table, Analysis& analysis) {
  const std::vector<StructField>& fields = table.schema.fields();
  const size_t data_fields = fields.size() - table.files->partition_fields;
  FileScan scan{table.files, {}};
  std::vector<Column> read;
  std::vector<Column> columns;
  TypedExpressionList values;
  for (size_t i = 0; i < fields.size(); ++i) {
    const bool is_text = i >= data_fields;
    scan.fields.push_back(static_cast<int>(i));
    read.push_back({analysis.NewColumnId(), fields[i].name, is_text ? DataType::String() : fields[i].type,
                    true, fields[i].metadata});
    values.push_back(ReferenceTo(read.back()));
    const bool is_cast = is_text && !(fields[i].type == DataType::String());
    if (is_cast) values.back() = MakeTyped(CastTo{values.back()}, fields[i].type, true);
    columns.push_back(
        is_cast ? Column{analysis.NewColumnId(), fields[i].name, fields[i].type, true, fields[i].metadata}
                : read.back());
  }
  Resolved out;
  out.scope = ScopeOf(columns, MakeQualifier(table.name));
  TypedPlanPtr files = MakePlan(std::move(scan), std::move(read));
  out.plan = table.files->partition_fields == 0
                 ? std::move(files)
                 : MakePlan(TypedProject{std::move(files), std::move(values)}, std::move(columns));
  return out;
}

TableBindingPtr FindBinding(const std::string& name, const Analysis& analysis) {
  for (TableBindingPtr binding = analysis.bindings; binding != nullptr; binding = binding->next) {
    if (SameName(binding->name, name)) return binding;
  }
  return nullptr;
}

// A scan of a shared common table: the table's columns under ids of their own.
Resolved ScanShared(const TableBinding& binding, const Qualifier& qualifier, Analysis& analysis) {
  std::vector<Column> columns = ColumnsOf(*binding.shared->scope);
  for (Column& column : columns) column.id = analysis.NewColumnId();
  Resolved out;
  out.scope = ScopeOf(columns, qualifier);
  out.plan = MakePlan(CommonTableScan{binding.table_id}, std::move(columns));
  return out;
}

Resolved ResolveBinding(const TableBinding& binding, const std::string& written, const OriginPtr& origin,
                        Analysis& analysis) {
  const Qualifier qualifier = MakeQualifier({written});
  if (binding.shared != nullptr) return ScanShared(binding, qualifier, analysis);
  const Restore restore_bindings(analysis.bindings, binding.visible);
  const Restore restore_outer(analysis.outer, binding.outer);
  const Restore restore_windows(analysis.named_windows, {});
  const OriginPtr& place = binding.origin == nullptr ? origin : binding.origin;
  const Resolved query =
      WithNames(ResolveRelation(binding.plan, analysis), binding.column_names, place, analysis);
  Resolved out = Qualified(query, qualifier);
  out.trees.clear();
  return out;
}

std::shared_ptr<const ViewDefinition> FindView(const std::vector<std::string>& parts,
                                               const Analysis& analysis) {
  if (parts.size() > 2 || parts.empty()) return nullptr;
  if (parts.size() == 2 && SameName(parts[0], "session")) return analysis.environment.FindView({parts[1]});
  return analysis.environment.FindView(parts);
}

bool IsFileFormat(std::string_view name) {
  const std::string lower = LowerCase(name);
  for (const std::string_view format : kFileFormats) {
    if (lower == format) return true;
  }
  return false;
}

void RejectDuplicateNames(const With& with, const OriginPtr& origin) {
  std::string duplicates;
  for (size_t i = 0; i < with.tables.size(); ++i) {
    for (size_t j = i + 1; j < with.tables.size(); ++j) {
      if (!SameName(with.tables[i].name, with.tables[j].name)) continue;
      duplicates += (duplicates.empty() ? "" : ", ") + QuoteIdentifier(with.tables[i].name);
      break;
    }
  }
  if (duplicates.empty()) return;
  throw Error(ExceptionKind::kParse, "DUPLICATED_CTE_NAMES", {{"duplicateNames", duplicates}}, origin);
}

// SELECT * FROM parquet.`path`. As Spark's ResolveSQLOnFile has it: what is not an error of analysis becomes
// the cause of one.
Resolved ResolveDirectQuery(const NamedTable& table, Analysis& analysis) {
  DataSourceRead read;
  read.format = LowerCase(table.parts[0]);
  read.options = table.options;
  read.paths = {table.parts[1]};
  try {
    return ResolveRead(read, analysis);
  } catch (const Error& error) {
    if (error.kind() != ExceptionKind::kSpark) throw;
    throw Error(ExceptionKind::kAnalysis, "FAILED_TO_CREATE_PLAN_FOR_DIRECT_QUERY",
                {{"dataSourceType", table.parts[0]}})
        .CausedBy(error);
  }
}

// A scan costs nothing to repeat, so it is read wherever it is named.
bool IsTrivial(const TypedPlan& plan) {
  if (plan.As<FileScan>() != nullptr || plan.As<LocalScan>() != nullptr || plan.As<ValuesScan>() != nullptr ||
      plan.As<RangeScan>() != nullptr || plan.As<OneRow>() != nullptr ||
      plan.As<CommonTableScan>() != nullptr) {
    return true;
  }
  if (const auto* filter = plan.As<TypedFilter>()) return IsTrivial(*filter->input);
  const auto* project = plan.As<TypedProject>();
  return project != nullptr && IsTrivial(*project->input);
}

}  // namespace

Resolved ResolveNamedTable(const NamedTable& table, const Relation& relation, Analysis& analysis) {
  if (table.parts.size() == 1) {
    if (const TableBindingPtr binding = FindBinding(table.parts[0], analysis)) {
      return ResolveBinding(*binding, table.parts[0], relation.origin, analysis);
    }
  }
  if (const auto view = FindView(table.parts, analysis)) return ResolveView(*view, relation.origin, analysis);
  if (const auto found = analysis.environment.FindTable(table.parts, analysis.current_database)) {
    if (found->view != nullptr) return ResolveView(*found->view, relation.origin, analysis);
    if (!table.options.empty()) throw Error::Decline("a table read with options");
    return ScanTable(*found, analysis);
  }
  if (table.parts.size() == 2 && IsFileFormat(table.parts[0])) {
    return ResolveDirectQuery(table, analysis);
  }
  const size_t namespaces = table.parts.size() - (SameName(table.parts[0], "spark_catalog") ? 2 : 1);
  if (table.parts.size() > 2 && namespaces > 1) {
    throw Error(ExceptionKind::kAnalysis, "REQUIRES_SINGLE_PART_NAMESPACE",
                {{"sessionCatalog", "spark_catalog"}, {"identifier", QuoteIdentifier(table.parts)}});
  }
  throw TableNotFound(table.parts, analysis.current_database, relation.origin);
}

Resolved ResolveRead(const DataSourceRead& read, Analysis& analysis) {
  FileScan scan;
  scan.relation = analysis.environment.ReadFiles(read);
  std::vector<Column> columns;
  for (const StructField& field : scan.relation->schema.fields()) {
    scan.fields.push_back(static_cast<int>(columns.size()));
    columns.push_back({analysis.NewColumnId(), field.name, field.type, field.nullable, field.metadata});
  }
  Resolved out;
  out.scope = ScopeOf(columns);
  out.plan = MakePlan(std::move(scan), std::move(columns));
  return out;
}

Resolved ResolveSubqueryAlias(const SubqueryAlias& alias, const Relation& relation, Analysis& analysis) {
  const auto* rows = alias.input->As<InlineTable>();
  if (rows != nullptr && rows->column_names.empty() && !alias.column_names.empty()) {
    // VALUES ... AS v(x, y): the names are the inline table's own.
    InlineTable named = *rows;
    named.column_names = alias.column_names;
    SubqueryAlias outer = alias;
    outer.column_names.clear();
    outer.input = MakeRelation(std::move(named), relation.origin, alias.input->plan_id);
    return ResolveSubqueryAlias(outer, relation, analysis);
  }
  const Resolved input =
      WithNames(ResolveRelation(alias.input, analysis), alias.column_names, relation.origin, analysis);
  // A subquery in FROM without an alias gets this name from the parser; its columns have no qualifier.
  if (alias.alias == "__auto_generated_subquery_name") return Qualified(input, nullptr);
  std::vector<std::string> qualifier = alias.qualifier;
  qualifier.push_back(alias.alias);
  return Qualified(input, MakeQualifier(std::move(qualifier)));
}

Resolved ResolveWith(const With& with, const Relation& relation, Analysis& analysis) {
  if (with.is_recursive) throw Error::Decline("WITH RECURSIVE", relation.origin);
  RejectDuplicateNames(with, relation.origin);
  const Restore restore(analysis.bindings);
  std::vector<CommonTable> shared;
  for (size_t i = 0; i < with.tables.size(); ++i) {
    const CommonTableExpression& table = with.tables[i];
    auto binding = std::make_shared<TableBinding>();
    binding->name = table.name;
    binding->column_names = table.column_names;
    binding->plan = table.plan;
    binding->origin = table.origin;
    binding->visible = analysis.bindings;
    binding->next = analysis.bindings;
    binding->outer = analysis.outer;
    int uses = CountTableReferences(with.input, table.name);
    for (size_t j = i + 1; j < with.tables.size(); ++j)
      uses += CountTableReferences(with.tables[j].plan, table.name);
    // An unused table is resolved for its errors. A correlated one cannot stand outside of its subquery.
    if (uses == 0 || (uses > 1 && analysis.outer == nullptr)) {
      const Resolved once = ResolveBinding(*binding, table.name, relation.origin, analysis);
      if (uses > 1 && !IsTrivial(*once.plan)) {
        binding->shared = std::make_shared<const Resolved>(once);
        binding->table_id = analysis.NewTableId();
        shared.push_back({binding->table_id, table.name, once.plan});
      }
    }
    analysis.bindings = std::move(binding);
  }
  Resolved out = ResolveRelation(with.input, analysis);
  if (shared.empty()) return out;
  // Names above must not reach into the query: the tables belong to it alone.
  TypedPlanPtr query = VisiblePlan(out);
  std::vector<Column> output = query->output;
  out.plan = MakePlan(TypedWith{std::move(query), std::move(shared)}, std::move(output));
  out.below = nullptr;
  out.aggregate = nullptr;
  return out;
}

Resolved ResolveWithRelations(const WithRelations& with, Analysis& analysis) {
  const Restore restore(analysis.bindings);
  for (const RelationPtr& reference : with.references) {
    const auto* alias = reference->As<SubqueryAlias>();
    if (alias == nullptr) continue;  // a subquery's plan, which the decoder has put in its place
    auto binding = std::make_shared<TableBinding>();
    binding->name = alias->alias;
    binding->plan = alias->input;
    binding->visible = analysis.bindings;
    binding->next = analysis.bindings;
    binding->outer = analysis.outer;
    analysis.bindings = std::move(binding);
  }
  return ResolveRelation(with.root, analysis);
}

Resolved ResolveSqlText(const SqlText& text, Analysis& analysis) {
  const Restore<const SqlText*> restore(analysis.parameters, &text);
  return ResolveRelation(ParseQueryText(text.query, analysis.environment), analysis);
}

}  // namespace hearth::spark
