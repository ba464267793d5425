#include "engine/service/query_operation.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "engine/service/observed_metrics.h"
#include "engine/service/pretty_text.h"
#include "engine/service/query_runner.h"
#include "engine/service/result_writer.h"
#include "engine/service/session_environment.h"
#include "engine/service/show_string.h"
#include "engine/service/shown_relation.h"
#include "spark/analysis/analyzer.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

// Only a value that the user set counts: Spark's own default of 10,000 rows would make clients slow.
int64_t MaxRecordsPerBatch(wire::Session& session) {
  const auto overrides = session.configuration().Overrides();
  const auto set = overrides.find("spark.sql.execution.arrow.maxRecordsPerBatch");
  int64_t rows = 0;
  if (set == overrides.end() || !absl::SimpleAtoi(set->second, &rows) || rows < 0) return 0;
  return rows;
}

BatchWriterOptions WriterOptions(wire::Session& session, const SessionEnvironment& environment) {
  BatchWriterOptions options;
  options.max_rows = MaxRecordsPerBatch(session);
  options.time_zone = environment.TimeZone();
  options.large_var_types = environment.Configuration("spark.sql.execution.arrow.useLargeVarTypes") == "true";
  if (environment.Configuration("spark.sql.execution.arrow.compression.codec") != "none") {
    throw spark::Error::Decline("compressed Arrow batches");
  }
  return options;
}

// Streams rows to the client as they come.
class StreamRows final : public RowSink {
 public:
  StreamRows(wire::Operation& operation, const spark::DataType& schema, BatchWriterOptions options,
             std::shared_ptr<BufferPool> buffers)
      : schema_(schema),
        options_(std::move(options)),
        buffers_(std::move(buffers)),
        writer_(operation, schema) {}

  void Begin(const std::vector<duckdb_logical_type>& types) override {
    // DuckDB has no result without columns: it gives one that nobody asked for, and only its rows count.
    const bool no_columns = schema_.fields().empty();
    batches_.emplace(schema_, no_columns ? std::vector<duckdb_logical_type>() : types, options_, buffers_);
  }

  bool Take(duckdb_data_chunk chunk) override {
    batches_->Append(chunk, &finished_);
    for (const IpcBatch& batch : finished_) {
      if (!writer_.Write(batch)) return false;
    }
    finished_.clear();
    return true;
  }

  void Finish() {
    const std::optional<IpcBatch> last = batches_->Finish();
    writer_.Finish(last ? &*last : nullptr);
  }

 private:
  const spark::DataType schema_;
  const BatchWriterOptions options_;
  const std::shared_ptr<BufferPool> buffers_;
  ResultWriter writer_;
  std::optional<BatchWriter> batches_;
  std::vector<IpcBatch> finished_;
};

// Collects rows as text.
class CollectText final : public RowSink {
 public:
  CollectText(spark::DataType schema, const std::string& time_zone)
      : schema_(std::move(schema)), text_(time_zone) {
    for (const auto& field : schema_.fields()) table_.header.push_back(field.name);
  }

  void Begin(const std::vector<duckdb_logical_type>&) override {}

  bool Take(duckdb_data_chunk chunk) override {
    const idx_t rows = duckdb_data_chunk_get_size(chunk);
    const size_t first = table_.rows.size();
    table_.rows.resize(first + rows, std::vector<std::string>(schema_.fields().size()));
    for (size_t column = 0; column < schema_.fields().size(); ++column) {
      const VectorView values(duckdb_data_chunk_get_vector(chunk, column));
      for (idx_t row = 0; row < rows; ++row) {
        text_.Append(schema_.fields()[column].type, values, row, &table_.rows[first + row][column]);
      }
    }
    return true;
  }

  const TextTable& table() const { return table_; }

 private:
  const spark::DataType schema_;
  PrettyText text_;
  TextTable table_;
};

void RunShown(const ShownRelation& shown, wire::Operation& operation, EngineRuntime& runtime,
              Cancellation& cancellation) {
  SessionEnvironment environment(operation.session(), runtime);
  const spark::TypedPlanPtr plan = environment.Analyze(shown.input);
  const spark::TypedPlanPtr limited =
      spark::MakePlan(spark::TypedLimit{plan, RowsToFetch(shown.num_rows), 0}, plan->output);
  CollectText rows(spark::SchemaOf(*plan), environment.TimeZone());
  QueryRunner runner(runtime, cancellation, environment.TimeZone());
  const std::string observed = CollectObservedMetrics(limited, runner);
  runner.Run(*limited, rows);
  SendTextResult({shown.Schema(), {{shown.Text(rows.table())}}}, operation, runtime);
  SendObserved(observed, operation);
}

}  // namespace

void SendTextResult(const TextResult& result, wire::Operation& operation, EngineRuntime& runtime) {
  ResultWriter writer(operation, result.schema);
  const IpcBatch batch = EncodeTextResult(result, runtime.buffers());
  writer.Finish(&batch);
}

void RunQuery(const spark::RelationPtr& relation, wire::Operation& operation, EngineRuntime& runtime,
              Cancellation& cancellation) {
  if (const auto shown = AsShown(*relation)) return RunShown(*shown, operation, runtime, cancellation);
  SessionEnvironment environment(operation.session(), runtime);
  const spark::TypedPlanPtr plan = environment.Analyze(relation);
  StreamRows rows(operation, spark::SchemaOf(*plan), WriterOptions(operation.session(), environment),
                  runtime.buffers());
  QueryRunner runner(runtime, cancellation, environment.TimeZone());
  const std::string observed = CollectObservedMetrics(plan, runner);
  runner.Run(*plan, rows);
  rows.Finish();
  SendObserved(observed, operation);
}

}  // namespace hearth::engine
