#include "engine/duckdb/query_run.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "engine/duckdb/vector_view.h"

namespace hearth::engine {
namespace {

class QueryRunTest : public ::testing::Test {
 protected:
  Database database_{DatabaseOptions{.memory_limit = base::Bytes::MiB(512), .threads = 2}};

  int64_t CountRows(const std::string& sql) {
    QueryRun run(database_.Connect(), sql);
    run.Start();
    int64_t rows = 0;
    while (ChunkHandle chunk = run.Next())
      rows += static_cast<int64_t>(duckdb_data_chunk_get_size(chunk.get()));
    return rows;
  }

  duckdb_error_type FailureOf(const std::string& sql) {
    try {
      CountRows(sql);
    } catch (const DuckDbError& error) {
      return error.type();
    }
    return DUCKDB_ERROR_INVALID;
  }

  std::string Setting(const std::string& name) {
    ResultHandle result = database_.Connect().Query("SELECT current_setting('" + name + "')::VARCHAR");
    ChunkHandle chunk(duckdb_fetch_chunk(*result.get()));
    return std::string(VectorView(duckdb_data_chunk_get_vector(chunk.get(), 0)).string(0));
  }
};

TEST_F(QueryRunTest, StreamsAllRowsInOrder) {
  QueryRun run(database_.Connect(), "SELECT range FROM range(300000)");
  run.Start();
  EXPECT_EQ(run.column_count(), 1u);
  EXPECT_EQ(duckdb_get_type_id(run.column_type(0).get()), DUCKDB_TYPE_BIGINT);
  int64_t next = 0;
  while (ChunkHandle chunk = run.Next()) {
    const VectorView column(duckdb_data_chunk_get_vector(chunk.get(), 0));
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk.get()); ++row) {
      ASSERT_EQ(column.data<int64_t>()[row], next++);
    }
  }
  EXPECT_EQ(next, 300000);
}

TEST_F(QueryRunTest, EmptyResultEndsAtOnce) { EXPECT_EQ(CountRows("SELECT 1 WHERE false"), 0); }

TEST_F(QueryRunTest, AnErrorAfterManyChunksIsNotAnEnd) {
  QueryRun run(database_.Connect(),
               "SELECT CASE WHEN range < 400000 THEN range ELSE error('late') END FROM range(500000)");
  run.Start();
  EXPECT_THROW(while (run.Next()){}, DuckDbError);
}

TEST_F(QueryRunTest, ErrorsCarryTheirType) {
  EXPECT_EQ(FailureOf("SELEC"), DUCKDB_ERROR_PARSER);
  EXPECT_EQ(FailureOf("SELECT nothing"), DUCKDB_ERROR_BINDER);
  EXPECT_EQ(FailureOf("FROM read_parquet('/nowhere/at/all.parquet')"), DUCKDB_ERROR_IO);
  EXPECT_EQ(FailureOf("SELECT (range + 9223372036854775807) FROM range(1, 3)"), DUCKDB_ERROR_OUT_OF_RANGE);
  EXPECT_EQ(FailureOf("SELECT list(range) FROM range(1000000000)"), DUCKDB_ERROR_OUT_OF_MEMORY);
}

TEST_F(QueryRunTest, InterruptStopsARunningQuery) {
  QueryRun run(database_.Connect(),
               "SELECT count(*) FROM range(100000000000) a, range(1000) b WHERE a.range % 7 = b.range");
  std::thread interrupter([&run] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    run.Interrupt();
  });
  duckdb_error_type type = DUCKDB_ERROR_INVALID;
  try {
    run.Start();
    while (run.Next()) {
    }
  } catch (const DuckDbError& error) {
    type = error.type();
  }
  interrupter.join();
  EXPECT_EQ(type, DUCKDB_ERROR_INTERRUPT);
}

TEST_F(QueryRunTest, ResultMayOutliveOtherConnections) {
  QueryRun first(database_.Connect(), "SELECT range FROM range(100000)");
  first.Start();
  EXPECT_EQ(CountRows("SELECT 1"), 1);  // a connection of its own does not end the first stream
  int64_t rows = 0;
  while (ChunkHandle chunk = first.Next())
    rows += static_cast<int64_t>(duckdb_data_chunk_get_size(chunk.get()));
  EXPECT_EQ(rows, 100000);
}

TEST_F(QueryRunTest, LimitsCanChangeWhileRunning) {
  EXPECT_EQ(Setting("memory_limit"), "512.0 MiB");
  database_.SetMemoryLimit(base::Bytes::MiB(256));
  database_.SetThreads(1);
  EXPECT_EQ(Setting("memory_limit"), "256.0 MiB");
  EXPECT_EQ(Setting("threads"), "1");
}

TEST_F(QueryRunTest, NothingIsFetchedFromOutside) {
  EXPECT_EQ(Setting("autoinstall_known_extensions"), "false");
  EXPECT_EQ(Setting("autoload_known_extensions"), "false");
  EXPECT_EQ(Setting("parquet_metadata_cache"), "true");
  EXPECT_EQ(Setting("TimeZone"), "UTC");
  EXPECT_EQ(Setting("max_expression_depth"), "20000");
}

}  // namespace
}  // namespace hearth::engine
