#include "engine/service/query_runner.h"

#include <optional>
#include <utility>

#include "engine/functions/error_decoding.h"
#include "engine/service/range_rows.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

class DiscardRows final : public RowSink {
 public:
  void Begin(const std::vector<duckdb_logical_type>&) override {}
  bool Take(duckdb_data_chunk) override { return true; }
};

spark::Error SparkError(const DuckDbError& error, const LoweredQuery& query) {
  return DecodeError(error, [&query](size_t site) {
    return site < query.error_sites.size() ? query.error_sites[site].origin : nullptr;
  });
}

// Whether DuckDB refuses the statement itself, whatever its rows.
bool IsRefused(const DuckDbError& error) {
  switch (error.type()) {
    case DUCKDB_ERROR_BINDER:
    case DUCKDB_ERROR_CATALOG:
    case DUCKDB_ERROR_PARSER:
    case DUCKDB_ERROR_SYNTAX:
    case DUCKDB_ERROR_NOT_IMPLEMENTED: return true;
    default: return false;
  }
}

/// When one thread of a query fails, what is waiting for its rows is sometimes told that it was interrupted,
/// and not why. Nobody cancelled it, so the query is run again for the reason.
bool IsMasked(const DuckDbError& error) { return error.type() == DUCKDB_ERROR_INTERRUPT; }
constexpr int kMaskedTriesMax = 10;

}  // namespace

void QueryRunner::Run(const spark::TypedPlan& plan, RowSink& sink) {
  if (const spark::RangeScan* range = AsRange(plan)) {
    RunRange(*range, cancellation_, sink);
    return;
  }
  RunLowered(plan, Lower(plan, Checking::kFast, time_zone_), sink);
}

void QueryRunner::RunInside(const spark::TypedPlan& plan,
                            const std::function<std::string(const std::string& rows)>& around,
                            RowSink& sink) {
  LoweredQuery query = Lower(plan, Checking::kFast, time_zone_);
  query.sql = around(query.sql);
  RunLowered(plan, query, sink);
}

void QueryRunner::Store(const spark::TypedPlan& plan, const std::string& table) {
  DiscardRows ignored;
  RunInside(
      plan, [&table](const std::string& rows) { return "CREATE TABLE \"" + table + "\" AS " + rows; },
      ignored);
}

void QueryRunner::RunLowered(const spark::TypedPlan& plan, const LoweredQuery& query, RowSink& sink) {
  try {
    Stream(query, sink);
  } catch (const DuckDbError& error) {
    cancellation_.Check();
    if (IsRefused(error)) throw spark::Error::Decline("a query that DuckDB cannot plan: " + error.message());
    if (!IsMasked(error) && (IsRowError(error) || !DependsOnRows(error))) throw SparkError(error, query);
    ExplainFailure(plan, error);
  }
}

void QueryRunner::ExplainFailure(const spark::TypedPlan& plan, const DuckDbError& error) {
  const LoweredQuery query = Lower(plan, Checking::kExact, time_zone_);
  for (int tries = 0; tries < kMaskedTriesMax; ++tries) {
    DiscardRows sink;
    try {
      Stream(query, sink);
      break;
    } catch (const DuckDbError& exact) {
      cancellation_.Check();
      if (IsMasked(exact)) continue;
      if (IsRowError(exact) || !DependsOnRows(exact)) throw SparkError(exact, query);
      break;
    }
  }
  // An error that no function of ours raised: Spark would have answered, or failed in words of its own.
  throw spark::Error::Decline("a query that only DuckDB fails on: " + error.message());
}

void QueryRunner::Stream(const LoweredQuery& query, RowSink& sink) {
  runtime_.functions().EnsureVariants(query.function_variants);
  Connection connection = runtime_.TakeConnection();
  std::optional<LocalScans::Binding> local_data;
  if (!query.local_tables.empty())
    local_data.emplace(runtime_.local_scans().Bind(connection, query.local_tables));
  QueryRun run(std::move(connection));
  {
    // Planning can take long, too.
    const Cancellation::Scope scope(cancellation_, run);
    cancellation_.Check();
    run.Prepare(query.sql);
    cancellation_.Check();
    std::vector<LogicalTypeHandle> types;
    std::vector<duckdb_logical_type> raw_types;
    for (idx_t i = 0; i < run.column_count(); ++i) {
      types.push_back(run.column_type(i));
      raw_types.push_back(types.back().get());
    }
    sink.Begin(raw_types);
    run.Start();
    while (ChunkHandle chunk = run.Next()) {
      if (!sink.Take(chunk.get())) return;
    }
  }
  runtime_.ReturnConnection(std::move(run).TakeConnection());
}

}  // namespace hearth::engine
