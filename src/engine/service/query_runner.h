// Analyzed queries on DuckDB, with Spark's errors.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine/duckdb/query_run.h"
#include "engine/lower/lower.h"
#include "engine/service/cancellation.h"
#include "engine/service/engine_runtime.h"
#include "spark/analysis/typed_plan.h"

namespace hearth::engine {

// Receives a query's rows.
class RowSink {
 public:
  virtual ~RowSink() = default;
  // Once, before any row; DuckDB's types of the columns.
  virtual void Begin(const std::vector<duckdb_logical_type>& types) = 0;
  // False: no more rows are wanted.
  virtual bool Take(duckdb_data_chunk chunk) = 0;
};

// Used by one operation, from one thread.
class QueryRunner {
 public:
  // `time_zone`: the session's.
  QueryRunner(EngineRuntime& runtime, Cancellation& cancellation, std::string time_zone)
      : runtime_(runtime), cancellation_(cancellation), time_zone_(std::move(time_zone)) {}

  // Streams the rows of the plan. Throws spark::Error; rows may have been given before.
  //
  // A statement is first run with DuckDB's own operators where they raise at the right rows. When one raises,
  // the query runs again with functions that raise Spark's errors, only to learn the error: none of that
  // run's rows is given.
  void Run(const spark::TypedPlan& plan, RowSink& sink);

  // Runs the statement that `around` makes of the plan's own, whose columns are c0, c1, ..., and gives its
  // rows. Throws spark::Error.
  void RunInside(const spark::TypedPlan& plan,
                 const std::function<std::string(const std::string& rows)>& around, RowSink& sink);

  // Makes a table of the plan's rows, in their order, with columns c0, c1, ... Throws spark::Error, and then
  // there is no table.
  void Store(const spark::TypedPlan& plan, const std::string& table);

 private:
  void RunLowered(const spark::TypedPlan& plan, const LoweredQuery& query, RowSink& sink);
  void Stream(const LoweredQuery& query, RowSink& sink);
  [[noreturn]] void ExplainFailure(const spark::TypedPlan& plan, const DuckDbError& error);

  EngineRuntime& runtime_;
  Cancellation& cancellation_;
  const std::string time_zone_;
};

}  // namespace hearth::engine
