// Resolved plans in a normal form that a printer can walk: compound aggregates are split into a
// TypedAggregate (keys and plain AggregateCalls) under a TypedProject, windows likewise, HAVING is a filter,
// USING is a condition and a projection, views are expanded. Each node states its output columns.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "spark/analysis/typed_expression.h"
#include "spark/plan/relation.h"

namespace hearth::spark {

// Files of one read, listed once; Spark's schema of them (all columns nullable).
struct FileRelation {
  std::string format;              // "parquet"
  std::vector<std::string> files;  // of a table there may be none
  DataType schema;                 // partition columns last
  Options options;
  // Fields that the files hold in another form (unsigned integers, INT96), which a scan casts; empty: none.
  std::vector<bool> cast_fields = {};
  // So many fields at the end are told by the names of folders (field=value), as text.
  size_t partition_fields = 0;
  std::string location = {};  // of the table that they are of; empty: of none
  // Fields that no file has, which are null; empty: none. `differ`: of the others some files lack some.
  std::vector<bool> absent_fields = {};
  bool differ = false;
};
// Rows of a client (no block: no rows).
struct LocalTable {
  ArrowBlocks blocks;
  DataType schema;  // what the rows are cast to, position by position
};

struct OneRow {};  // a row without columns
struct FileScan {
  std::shared_ptr<const FileRelation> relation;
  std::vector<int> fields;  // index into relation->schema for each output column
};
struct LocalScan {
  std::shared_ptr<const LocalTable> table;
};
struct ValuesScan {
  std::vector<TypedExpressionList> rows;
};
struct RangeScan {
  int64_t start = 0;
  int64_t end = 0;
  int64_t step = 1;
};
struct TypedProject {
  TypedPlanPtr input;
  TypedExpressionList expressions;  // one for each output column
};
struct TypedFilter {
  TypedPlanPtr input;
  TypedExpressionPtr condition;
};
struct TypedJoin {  // output: left columns, then right ones (not for semi and anti)
  TypedPlanPtr left;
  TypedPlanPtr right;
  JoinType type = JoinType::kInner;
  TypedExpressionPtr condition;  // or null
  bool is_lateral = false;       // the right side refers to the left one by outer columns
};
struct TypedAggregate {  // output: grouping columns, [grouping id,] aggregates
  TypedPlanPtr input;
  TypedExpressionList grouping;
  TypedExpressionList aggregates;               // AggregateCall nodes
  std::vector<std::vector<int>> grouping_sets;  // indices into grouping; empty: plain GROUP BY
  bool has_grouping_id = false;                 // a BIGINT column after the grouping columns
};
struct TypedWindow {  // output: the input's columns, then the windows
  TypedPlanPtr input;
  TypedExpressionList windows;  // WindowCall nodes
};
struct TypedSort {
  TypedPlanPtr input;
  std::vector<SortKey> keys;
};
struct TypedLimit {
  TypedPlanPtr input;
  std::optional<int64_t> limit;
  int64_t offset = 0;
};
struct TypedTail {  // the last rows, in order
  TypedPlanPtr input;
  int64_t count = 0;
};
struct TypedSetOperation {  // both sides have the output's types already
  TypedPlanPtr left;
  TypedPlanPtr right;
  SetOperationType type = SetOperationType::kUnion;
  bool all = false;
};
struct TypedDistinct {
  TypedPlanPtr input;
};
struct TypedSample {
  TypedPlanPtr input;
  double lower_bound = 0;
  double upper_bound = 1;
  int64_t seed = 0;
};
// Aggregates over all rows that pass a place of the plan, told beside the result (DataFrame.observe).
struct Observation {
  std::string name;
  std::optional<int64_t> plan_id;  // of the relation, as the client numbered it
  // One row, whose columns' names are the keys: a projection of the aggregates over the place's input.
  TypedPlanPtr metrics;
};
struct TypedObserve {  // gives its input's rows as they are
  TypedPlanPtr input;
  std::shared_ptr<const Observation> observation;
};
// Rows that the engine keeps, for as long as somebody holds this.
struct StoredRows {
  StoredRows(std::string table, DataType type) : name(std::move(table)), schema(std::move(type)) {}
  virtual ~StoredRows() = default;
  StoredRows(const StoredRows&) = delete;
  StoredRows& operator=(const StoredRows&) = delete;

  const std::string name;  // where they are: the engine's own table, whose columns are c0, c1, ...
  const DataType schema;
};
struct StoredScan {
  std::shared_ptr<const StoredRows> rows;
};
// Common tables read more than once; a table may read those before it.
struct CommonTable {
  int64_t id = 0;
  std::string name;
  TypedPlanPtr plan;
};
struct TypedWith {
  TypedPlanPtr input;
  std::vector<CommonTable> tables;
};
struct CommonTableScan {  // output: fresh columns, position by position those of the table's plan
  int64_t table_id = 0;
};

struct TypedPlan {
  using Node =
      std::variant<OneRow, FileScan, LocalScan, ValuesScan, RangeScan, TypedProject, TypedFilter, TypedJoin,
                   TypedAggregate, TypedWindow, TypedSort, TypedLimit, TypedTail, TypedSetOperation,
                   TypedDistinct, TypedSample, TypedObserve, StoredScan, TypedWith, CommonTableScan>;
  Node node;
  std::vector<Column> output;

  template <typename T>
  const T* As() const {
    return std::get_if<T>(&node);
  }
};

template <typename T>
TypedPlanPtr MakePlan(T node, std::vector<Column> output) {
  return std::make_shared<const TypedPlan>(TypedPlan{std::move(node), std::move(output)});
}

// The schema that Spark reports for a plan's result.
DataType SchemaOf(const TypedPlan& plan);

}  // namespace hearth::spark
