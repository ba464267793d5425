#include "engine/service/table_insert.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "engine/duckdb/vector_view.h"
#include "engine/service/plan_inspection.h"
#include "engine/service/query_runner.h"
#include "engine/service/session_environment.h"
#include "engine/service/store_assignment.h"
#include "engine/service/table_catalog.h"
#include "engine/service/table_rows.h"
#include "spark/analysis/name_errors.h"
#include "spark/analysis/scope.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::Error;
using spark::ExceptionKind;
using spark::StructField;

std::string Quoted(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + spark::QuoteIdentifier(name);
  return out;
}

std::string Joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ",") + name;
  return out;
}

std::vector<std::string> NamesOf(const spark::TypedPlan& plan) {
  std::vector<std::string> names;
  for (const spark::Column& column : plan.output) names.push_back(column.name);
  return names;
}

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& other) { return SameName(other, name); });
}

// The text that a value of PARTITION (name = value) stands for.
std::string PartitionText(const spark::ExpressionPtr& value) {
  const auto* literal = value->As<spark::Literal>();
  if (literal == nullptr || literal->value.IsNull()) throw Error::Decline("this value of a static partition");
  if (literal->type.Is(spark::TypeId::kString)) return literal->value.As<std::string>();
  if (literal->type.IsIntegral()) return std::to_string(literal->value.As<int64_t>());
  throw Error::Decline("the value of a static partition as a " + literal->type.sql());
}

// One insert into one table as it is now.
class Insertion {
 public:
  Insertion(const spark::InsertInto& insert, const catalog::Table& table)
      : insert_(insert), table_(table), schema_(SchemaOf(table)) {
    ReadPartition();
  }

  // The query's rows as the table's.
  spark::TypedPlanPtr Assign(const spark::TypedPlanPtr& query) const {
    const std::vector<spark::TypedExpressionPtr> given = Match(*query);
    StoreAssignment assignment(table_.name);
    for (size_t i = 0; i < schema_.fields().size(); ++i) {
      if (!IsFixed(schema_.fields()[i].name)) assignment.Add(schema_.fields()[i], given[i]);
    }
    return assignment.Over(query);
  }

  // Static partitions, checked to be values of their columns.
  const std::vector<std::pair<std::string, spark::TypedExpressionPtr>>& fixed() const { return fixed_; }

  bool is_dynamic(const CommandContext& context) const {
    const std::string mode =
        context.session.configuration().GetOption("spark.sql.sources.partitionOverwriteMode").value_or("");
    return insert_.overwrite && SameName(mode, "dynamic") && fixed_.size() < table_.partition_columns.size();
  }

 private:
  bool IsFixed(const std::string& column) const {
    return std::any_of(fixed_.begin(), fixed_.end(),
                       [&](const auto& fixed) { return SameName(fixed.first, column); });
  }

  void ReadPartition() {
    if (insert_.partition.empty()) return;
    std::vector<std::string> unknown;
    std::vector<std::string> named;
    for (const auto& [name, value] : insert_.partition) {
      if (!Contains(table_.partition_columns, name)) unknown.push_back(name);
      if (Contains(named, name)) throw Error::Decline("a partition column that is named twice");
      named.push_back(absl::AsciiStrToLower(name));
    }
    if (!unknown.empty()) {
      throw Error(ExceptionKind::kAnalysis, "PARTITIONS_NOT_FOUND",
                  {{"partitionList", Quoted(unknown)}, {"tableName", QuotedName(table_.name)}});
    }
    bool was_dynamic = false;
    for (const std::string& column : table_.partition_columns) {
      const auto found = std::find_if(insert_.partition.begin(), insert_.partition.end(),
                                      [&](const auto& part) { return SameName(part.first, column); });
      const bool is_static = found != insert_.partition.end() && found->second != nullptr;
      // Spark says this of dynamic partitions in front of static ones, when the query's columns fit.
      if (is_static && was_dynamic) throw StaticBehindDynamic();
      was_dynamic |= !is_static;
      if (is_static) Fix(column, found->second);
    }
    if (named.size() != table_.partition_columns.size()) {
      throw Error(ExceptionKind::kAnalysis, "_LEGACY_ERROR_TEMP_1169",
                  {{"normalizedPartSpec", Joined(named)},
                   {"partColNames", Joined(table_.partition_columns)},
                   {"tableName", QuotedName(table_.name)}});
    }
  }

  Error StaticBehindDynamic() const {
    return Error(ExceptionKind::kAnalysis, "_LEGACY_ERROR_TEMP_1147",
                 {{"partColumns", "[" + Joined(table_.partition_columns) + "]"}});
  }

  void Fix(const std::string& column, const spark::ExpressionPtr& value) {
    const auto field = std::find_if(schema_.fields().begin(), schema_.fields().end(),
                                    [&](const StructField& f) { return SameName(f.name, column); });
    spark::TypedExpressionPtr text =
        spark::MakeTyped(spark::Constant{spark::Value{PartitionText(value)}}, DataType::String(), false);
    if (!field->type.Is(spark::TypeId::kString)) {
      text = spark::MakeTyped(spark::CastTo{text}, field->type, true, insert_.origin);
      text = spark::MakeTyped(spark::CastTo{text}, DataType::String(), true);
    }
    fixed_.emplace_back(column, std::move(text));
  }

  // For each column of the table what it is given; null: nothing.
  std::vector<spark::TypedExpressionPtr> Match(const spark::TypedPlan& query) const {
    if (insert_.by_name) return MatchByName(query);
    const std::vector<std::string> wanted = insert_.columns.empty() ? Unfixed() : Listed();
    const size_t given = query.output.size();
    if (given != wanted.size() && !fixed_.empty()) {
      std::vector<std::string> names;
      for (const auto& [name, value] : fixed_) names.push_back(name);
      std::vector<std::string> columns;
      for (const StructField& field : schema_.fields()) columns.push_back(field.name);
      throw Error(ExceptionKind::kAnalysis, "INSERT_PARTITION_COLUMN_ARITY_MISMATCH",
                  {{"dataColumns", Quoted(NamesOf(query))},
                   {"tableColumns", Quoted(columns)},
                   {"staticPartCols", Quoted(names)},
                   {"tableName", QuotedName(table_.name)}});
    }
    if (given != wanted.size()) {
      const char* which = given < wanted.size() ? "NOT_ENOUGH_DATA_COLUMNS" : "TOO_MANY_DATA_COLUMNS";
      throw Error(ExceptionKind::kAnalysis, std::string("INSERT_COLUMN_ARITY_MISMATCH.") + which,
                  {{"dataColumns", Quoted(NamesOf(query))},
                   {"tableColumns", Quoted(wanted)},
                   {"tableName", QuotedName(table_.name)}});
    }
    std::vector<spark::TypedExpressionPtr> given_to(schema_.fields().size());
    for (size_t i = 0; i < wanted.size(); ++i) given_to[PlaceOf(wanted[i])] = ReferenceTo(query.output[i]);
    return given_to;
  }

  size_t PlaceOf(const std::string& column) const {
    const auto& fields = schema_.fields();
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const StructField& field) { return SameName(field.name, column); });
    return static_cast<size_t>(found - fields.begin());
  }

  std::vector<std::string> Unfixed() const {
    std::vector<std::string> names;
    for (const StructField& field : schema_.fields()) {
      if (!IsFixed(field.name)) names.push_back(field.name);
    }
    return names;
  }

  // The columns that INSERT INTO t (...) names, as the table calls them.
  std::vector<std::string> Listed() const {
    std::vector<std::string> names;
    for (const std::string& column : insert_.columns) {
      const size_t place = PlaceOf(column);
      if (place == schema_.fields().size()) throw ColumnNotFound(column);
      const std::string& name = schema_.fields()[place].name;
      if (IsFixed(name)) throw Error::Decline("a static partition's column among those of an INSERT");
      if (Contains(names, name)) {
        throw Error(ExceptionKind::kAnalysis, "COLUMN_ALREADY_EXISTS",
                    {{"columnName", spark::QuoteIdentifier(absl::AsciiStrToLower(name))}});
      }
      names.push_back(name);
    }
    return names;
  }

  Error ColumnNotFound(const std::string& column) const {
    std::vector<std::vector<std::string>> candidates;
    for (const StructField& field : schema_.fields()) {
      Name name = FullName(table_.name);
      name.push_back(field.name);
      candidates.push_back(std::move(name));
    }
    std::string proposal;
    constexpr size_t kSuggestionsMax = 5;
    const auto ordered = spark::OrderBySimilarity({column}, std::move(candidates));
    for (size_t i = 0; i < std::min(kSuggestionsMax, ordered.size()); ++i)
      proposal += (proposal.empty() ? "" : ", ") + ordered[i];
    return Error(ExceptionKind::kAnalysis, "UNRESOLVED_COLUMN.WITH_SUGGESTION",
                 {{"objectName", spark::QuoteIdentifier(column)}, {"proposal", proposal}}, insert_.origin);
  }

  std::vector<spark::TypedExpressionPtr> MatchByName(const spark::TypedPlan& query) const {
    std::vector<spark::TypedExpressionPtr> given(schema_.fields().size());
    std::vector<std::string> extra;
    for (const spark::Column& column : query.output) {
      const size_t place = PlaceOf(column.name);
      if (place == given.size() || IsFixed(column.name)) {
        extra.push_back(column.name);
      } else if (given[place] != nullptr) {
        throw Error::Decline("an INSERT BY NAME of two columns with one name");
      } else {
        given[place] = ReferenceTo(column);
      }
    }
    if (!extra.empty()) {
      throw Error(ExceptionKind::kAnalysis, "INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS",
                  {{"tableName", QuotedName(table_.name)}, {"extraColumns", Quoted(extra)}});
    }
    return given;
  }

  const spark::InsertInto& insert_;
  const catalog::Table& table_;
  const DataType schema_;
  std::vector<std::pair<std::string, spark::TypedExpressionPtr>> fixed_;
};

// The first cell of a plan of one row, as text.
class OneText final : public RowSink {
 public:
  void Begin(const std::vector<duckdb_logical_type>&) override {}
  bool Take(duckdb_data_chunk chunk) override {
    const VectorView values(duckdb_data_chunk_get_vector(chunk, 0));
    if (duckdb_data_chunk_get_size(chunk) > 0 && values.IsValid(0)) text = std::string(values.string(0));
    return true;
  }
  std::optional<std::string> text;
};

std::optional<std::string> ValueOf(const spark::TypedExpressionPtr& expression, CommandContext& context,
                                   const std::string& time_zone) {
  const spark::TypedPlanPtr row = spark::MakePlan(spark::OneRow{}, {});
  const spark::TypedPlanPtr plan =
      spark::MakePlan(spark::TypedProject{row, {expression}}, {{1, "value", DataType::String(), true, ""}});
  OneText sink;
  QueryRunner(context.runtime, context.cancellation, time_zone).Run(*plan, sink);
  return sink.text;
}

class NoRows final : public RowSink {
 public:
  void Begin(const std::vector<duckdb_logical_type>&) override {}
  bool Take(duckdb_data_chunk) override { return true; }
};

bool Fails(const spark::TypedPlan& plan, CommandContext& context, const std::string& time_zone) {
  try {
    NoRows sink;
    QueryRunner(context.runtime, context.cancellation, time_zone).Run(plan, sink);
    return false;
  } catch (const Error&) {
    return true;
  }
}

void RequireAnsiStoreAssignment(wire::Session& session) {
  const std::string policy =
      session.configuration().GetOption("spark.sql.storeAssignmentPolicy").value_or("ANSI");
  if (!SameName(policy, "ANSI")) throw Error::Decline("the store assignment policy " + policy);
}

bool Run(const Insertion& insertion, const spark::InsertInto& insert, const spark::TypedPlanPtr& query,
         const catalog::Table& table, CommandContext& context, const std::string& time_zone) {
  if (table.provider != "parquet") throw Error::Decline("writing files of " + table.provider);
  RequireAnsiStoreAssignment(context.session);
  const spark::TypedPlanPtr rows = insertion.Assign(query);
  const bool is_dynamic = insertion.is_dynamic(context);
  if (insert.overwrite && !is_dynamic && ReadsBelow(*query, table.location)) {
    throw Error(ExceptionKind::kAnalysis, "UNSUPPORTED_OVERWRITE.TABLE", {{"table", QuotedName(table.name)}});
  }
  RowTarget target = TargetOf(table, table.location);
  std::string folder = table.location;
  for (const auto& [column, value] : insertion.fixed()) {
    target.fixed_partitions.emplace_back(column, ValueOf(value, context, time_zone));
    folder += "/" + PartitionFolder(column, target.fixed_partitions.back().second);
  }
  catalog::Change change;
  change.operation = context.operation;
  change.expected = {{catalog::KeyOf(table.name), table.version}};
  change.written = {table.name};
  std::vector<std::string> partitions;
  try {
    partitions = WriteRows(*rows, target, context, time_zone, &change.manifest);
  } catch (const Error& error) {
    throw AsTableInsert(error, *rows,
                        [&](const spark::TypedPlan& plan) { return Fails(plan, context, time_zone); });
  }
  if (insert.overwrite && !is_dynamic) change.manifest.replaced = {folder};
  for (const std::string& partition : partitions) {
    if (is_dynamic) change.manifest.replaced.push_back(table.location + "/" + partition);
  }
  return TableCatalog(context).Commit(change);
}

}  // namespace

bool InsertByName(const spark::TypedPlanPtr& plan, const catalog::Table& table, CommandContext& context,
                  const std::string& time_zone) {
  spark::InsertInto insert;
  insert.by_name = true;
  return Run(Insertion(insert, table), insert, plan, table, context, time_zone);
}

TextResult Insert(const spark::InsertInto& insert, CommandContext& context) {
  const TableCatalog catalog(context);
  const auto& name = *insert.table->As<spark::NamedTable>();
  SessionEnvironment environment(context.session, context.runtime);
  if (environment.FindView(name.parts) != nullptr) throw Error::Decline("INSERT into a temporary view");
  if (!name.options.empty()) throw Error::Decline("INSERT with options");
  UntilMade([&] {
    const TablePtr table = catalog.FindTable(catalog.NameOf(name.parts));
    if (table == nullptr) {
      throw spark::TableNotFound(name.parts, catalog.CurrentDatabase(), insert.table->origin);
    }
    if (table->is_view()) {
      throw Error(ExceptionKind::kAnalysis, "EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE",
                  {{"viewName", QuotedName(table->name)}, {"operation", "INSERT"}}, insert.table->origin);
    }
    const spark::TypedPlanPtr query = [&] {
      try {
        return environment.Analyze(insert.query);
      } catch (const Error& error) {
        // INSERT INTO t VALUES (DEFAULT) names no column.
        const auto name_of = error.parameters().find("objectName");
        if (name_of != error.parameters().end() && SameName(name_of->second, "`DEFAULT`"))
          throw Error::Decline("DEFAULT in an INSERT");
        throw;
      }
    }();
    return Run(Insertion(insert, *table), insert, query, *table, context, environment.TimeZone());
  });
  return {};
}

TextResult Truncate(const spark::TruncateTable& truncate, const CommandContext& context) {
  const TableCatalog catalog(context);
  UntilMade([&] {
    const TablePtr table = catalog.RequireTable(truncate.name, truncate.origin);
    if (table->is_view()) throw Error::Decline("TRUNCATE TABLE of a view");
    if (table->kind == catalog::TableKind::kExternal) {
      throw Error(ExceptionKind::kAnalysis, "CANNOT_TRUNCATE_EXTERNAL_TABLE",
                  {{"tableName", QuotedName(table->name)}});
    }
    catalog::Change change;
    change.operation = context.operation;
    change.expected = {{catalog::KeyOf(table->name), table->version}};
    change.written = {table->name};
    change.manifest.replaced = {table->location};
    return catalog.Commit(change);
  });
  return {};
}

}  // namespace hearth::engine
