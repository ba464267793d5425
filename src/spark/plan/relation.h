// Unresolved relations: the logical plan of a query. Nodes are immutable and shared.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "spark/plan/expression.h"

namespace hearth::spark {

using Options = std::map<std::string, std::string>;  // keys in lower case

// A table or view by name; parquet.`/path` is one too, with two parts.
struct NamedTable {
  std::vector<std::string> parts;
  Options options;
};
// read.format(...).load(...)
struct DataSourceRead {
  std::string format;
  std::optional<DataType> schema;  // given by the user, as a struct
  Options options;
  std::vector<std::string> paths;
};
struct Project {
  RelationPtr input;  // null: one row without columns (SELECT 1)
  ExpressionList expressions;
};
struct Filter {
  RelationPtr input;
  ExpressionPtr condition;
  bool is_having = false;  // HAVING sees the aggregate's input as well
};
enum class JoinType { kInner, kCross, kLeftOuter, kRightOuter, kFullOuter, kLeftSemi, kLeftAnti };
struct Join {
  RelationPtr left;
  RelationPtr right;
  JoinType type = JoinType::kInner;
  ExpressionPtr condition;  // or null
  std::vector<std::string> using_columns;
  bool is_natural = false;
  bool is_lateral = false;
};
enum class SetOperationType { kUnion, kIntersect, kExcept };
struct SetOperation {
  RelationPtr left;
  RelationPtr right;
  SetOperationType type = SetOperationType::kUnion;
  bool all = false;
  bool by_name = false;
  bool allow_missing_columns = false;
};
struct Sort {
  RelationPtr input;
  std::vector<ExpressionPtr> orders;  // SortOrder nodes, or ORDER BY ALL as a call "all"
  bool is_global = true;
};
struct Limit {
  RelationPtr input;
  ExpressionPtr count;
};
struct Offset {
  RelationPtr input;
  ExpressionPtr count;
};
struct Tail {
  RelationPtr input;
  ExpressionPtr count;
};
enum class GroupType { kGroupBy, kRollup, kCube, kGroupingSets, kPivot };
struct Aggregate {
  RelationPtr input;
  GroupType type = GroupType::kGroupBy;
  // For SQL the grouping may hold calls "rollup", "cube", "grouping_sets" and ordinals; for DataFrame not.
  ExpressionList grouping;
  // SQL: the whole select list. DataFrame (`keys_prepended`): only the aggregates, the keys come first.
  ExpressionList aggregates;
  bool keys_prepended = false;
  bool group_by_all = false;  // GROUP BY ALL
  std::vector<ExpressionList> grouping_sets;
  ExpressionPtr pivot_column;
  ExpressionList pivot_values;
};
// A client's rows as Arrow IPC: blocks of one or more whole streams, one after the other, all with the same
// schema. Blocks are shared, since they are most of what a session holds.
using ArrowBlock = std::shared_ptr<const std::string>;
using ArrowBlocks = std::vector<ArrowBlock>;
// Rows of the client, or no block (then the schema says it all).
struct LocalRelation {
  ArrowBlocks blocks;
  std::optional<DataType> schema;
  std::string
      schema_text;  // DDL or JSON as the client sent it; parsed by the analyzer when `schema` is not set
};
// Blocks that the client sent before as artifacts cache/<sha256>.
struct CachedLocalRelation {
  std::vector<std::string> data_hashes;
  std::string schema_hash;  // may be empty
  bool is_chunked = false;
};
// VALUES (1, 'a'), (2, 'b')
struct InlineTable {
  std::vector<ExpressionList> rows;
  std::vector<std::string> column_names;  // may be empty: col1, col2, ...
};
struct Sample {
  RelationPtr input;
  double lower_bound = 0;
  double upper_bound = 1;
  bool with_replacement = false;
  std::optional<int64_t> seed;
};
struct Deduplicate {  // DISTINCT too (all_columns)
  RelationPtr input;
  std::vector<std::string> columns;
  bool all_columns = false;
  bool within_watermark = false;
};
struct Range {
  int64_t start = 0;
  int64_t end = 0;
  int64_t step = 1;
  std::optional<int32_t> num_partitions;
};
struct SubqueryAlias {
  RelationPtr input;
  std::string alias;
  std::vector<std::string> qualifier;
  std::vector<std::string> column_names;  // AS t(a, b)
};
struct Repartition {  // changes no answer here; kept for explain
  RelationPtr input;
  ExpressionList by;
  std::optional<int32_t> num_partitions;
  bool shuffle = true;
};
struct ToDataFrame {
  RelationPtr input;
  std::vector<std::string> column_names;
};
struct WithColumnsRenamed {
  RelationPtr input;
  std::vector<std::pair<std::string, std::string>> renames;
};
struct WithColumns {
  RelationPtr input;
  ExpressionList aliases;  // Alias nodes with one name
};
struct DropColumns {
  RelationPtr input;
  ExpressionList columns;
  std::vector<std::string> column_names;
};
struct Hint {
  RelationPtr input;
  std::string name;
  ExpressionList parameters;
};
struct ShowString {
  RelationPtr input;
  int32_t num_rows = 20;
  int32_t truncate = 20;
  bool vertical = false;
};
struct HtmlString {
  RelationPtr input;
  int32_t num_rows = 20;
  int32_t truncate = 20;
};
struct ToSchema {
  RelationPtr input;
  DataType schema;
};
// SQL text that is a relation of its own, e.g. spark.sql(...) without side effects.
struct SqlText {
  std::string query;
  std::map<std::string, ExpressionPtr> named_arguments;
  ExpressionList positional_arguments;
};
struct CommonTableExpression {
  std::string name;
  std::vector<std::string> column_names;
  RelationPtr plan;
  OriginPtr origin;  // name (columns) AS (query)
};
struct With {
  RelationPtr input;
  std::vector<CommonTableExpression> tables;
  bool is_recursive = false;
};
// with_relations of Spark Connect: names bound for the text in `root`.
struct WithRelations {
  RelationPtr root;
  std::vector<RelationPtr> references;  // SubqueryAlias nodes
};
struct NamedWindow {  // SELECT ... WINDOW w AS (...)
  RelationPtr input;
  std::vector<std::pair<std::string, WindowExpression>> windows;
};
struct TableFunction {
  std::vector<std::string> name;
  ExpressionList arguments;
  std::vector<std::string> column_names;
};
struct FillNa {
  RelationPtr input;
  std::vector<std::string> columns;
  ExpressionList values;  // one for all columns, or one each
};
struct DropNa {
  RelationPtr input;
  std::vector<std::string> columns;
  std::optional<int32_t> min_non_nulls;
};
struct ReplaceNa {
  RelationPtr input;
  std::vector<std::string> columns;
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> replacements;
};
// DataFrame.summary and describe: a row for each statistic, a column of text for each column.
struct Summary {
  RelationPtr input;
  std::vector<std::string> statistics;  // empty: Spark's own list
};
struct DescribeColumns {
  RelationPtr input;
  std::vector<std::string> columns;  // empty: all that are numbers or text
};
// DataFrame.observe: aggregates over the rows that pass by, told beside the result under a name.
struct CollectMetrics {
  RelationPtr input;
  std::string name;
  ExpressionList metrics;
};
// Rows that the session keeps under an id of the server's: what checkpoint() gave.
struct CachedRemoteRelation {
  std::string id;
};
// Anything recognised and not run here; declined with its name.
struct UnsupportedRelation {
  std::string what;
};

struct Relation {
  using Node = std::variant<NamedTable, DataSourceRead, Project, Filter, Join, SetOperation, Sort, Limit,
                            Offset, Tail, Aggregate, LocalRelation, CachedLocalRelation, InlineTable, Sample,
                            Deduplicate, Range, SubqueryAlias, Repartition, ToDataFrame, WithColumnsRenamed,
                            WithColumns, DropColumns, Hint, ShowString, HtmlString, ToSchema, SqlText, With,
                            WithRelations, NamedWindow, TableFunction, FillNa, DropNa, ReplaceNa, Summary,
                            DescribeColumns, CollectMetrics, CachedRemoteRelation, UnsupportedRelation>;
  Node node;
  OriginPtr origin;
  std::optional<int64_t> plan_id;  // Spark Connect's, for df["a"]

  template <typename T>
  const T* As() const {
    return std::get_if<T>(&node);
  }
};

// As for expressions.
void Destroy(const Relation* relation) noexcept;

template <typename T>
RelationPtr MakeRelation(T node, OriginPtr origin = nullptr, std::optional<int64_t> plan_id = std::nullopt) {
  return RelationPtr(new Relation{std::move(node), std::move(origin), plan_id},
                     [](const Relation* relation) { Destroy(relation); });
}

}  // namespace hearth::spark
