#include "engine/arrow/local_scan.h"

#include <gtest/gtest.h>

#include <random>

#include "engine/arrow/batch_writer.h"
#include "engine/arrow/local_table.h"
#include "engine/duckdb/query_run.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::DataType;

spark::ArrowBlock Block(std::string bytes) { return std::make_shared<const std::string>(std::move(bytes)); }

class LocalScanTest : public ::testing::Test {
 protected:
  // The rows of a query as an IPC stream.
  std::string Stream(const std::string& sql, const DataType& schema) {
    QueryRun run(database_.Connect(), sql);
    run.Start();
    std::vector<LogicalTypeHandle> types;
    std::vector<duckdb_logical_type> raw;
    for (idx_t i = 0; i < run.column_count(); ++i) {
      types.push_back(run.column_type(i));
      raw.push_back(types.back().get());
    }
    BatchWriter writer(schema, raw, {.target_bytes = size_t{1} << 30}, pool_);
    std::vector<IpcBatch> batches;
    while (ChunkHandle chunk = run.Next()) writer.Append(chunk.get(), &batches);
    batches.push_back(*writer.Finish());
    std::string bytes;
    for (const IpcSlice& slice : batches[0].slices) {
      bytes.append(reinterpret_cast<const char*>(slice.data), slice.size);
    }
    return bytes;
  }

  // A query over hearth_local(0), its single value as text.
  std::string Ask(const std::string& sql, const std::string& stream, const DataType& schema) {
    auto table = std::make_shared<const spark::LocalTable>(spark::LocalTable{{Block(stream)}, schema});
    Connection connection = database_.Connect();
    const LocalScans::Binding binding = scans_.Bind(connection, {table});
    QueryRun run(std::move(connection), "SELECT (" + sql + ")::VARCHAR");
    run.Start();
    ChunkHandle chunk = run.Next();
    const VectorView column(duckdb_data_chunk_get_vector(chunk.get(), 0));
    return column.IsValid(0) ? std::string(column.string(0)) : "NULL";
  }

  Database database_{DatabaseOptions{.threads = 2}};
  LocalScans scans_{&database_};
  std::shared_ptr<BufferPool> pool_ = BufferPool::Create(size_t{16} << 20);
};

// Everything that the writer writes comes back the same: 5,000 rows of every type, with NULLs.
TEST_F(LocalScanTest, ReadsBackWhatTheWriterWrote) {
  const DataType schema = DataType::Struct(
      {{"b", DataType::Boolean()},
       {"i8", DataType::Byte()},
       {"i64", DataType::Long()},
       {"f", DataType::Float()},
       {"d4", DataType::Decimal(4, 1)},
       {"d9", DataType::Decimal(9, 2)},
       {"d18", DataType::Decimal(18, 3)},
       {"d38", DataType::Decimal(38, 4)},
       {"s", DataType::String()},
       {"bin", DataType::Binary()},
       {"dt", DataType::Date()},
       {"ts", DataType::Timestamp()},
       {"a", DataType::Array(DataType::Array(DataType::String(), true), true)},
       {"m", DataType::Map(DataType::String(), DataType::Integer(), true)},
       {"st",
        DataType::Struct({{"x", DataType::Short()}, {"y", DataType::Array(DataType::Double(), true)}})}});
  const std::string select =
      "SELECT i % 2 = 0 c0, (i % 100)::TINYINT c1, CASE WHEN i % 3 > 0 THEN i END c2, (i / 7)::FLOAT c3,"
      " (i % 999 / 10)::DECIMAL(4,1) c4, (i / 100)::DECIMAL(9,2) c5, (-i)::DECIMAL(18,3) c6,"
      " (i::DECIMAL(38,4) * 100000000000) c7, CASE WHEN i % 5 > 0 THEN 'text ' || repeat('é', (i % "
      "9)::INTEGER) END c8,"
      " ('b' || i)::BLOB c9, DATE '2020-01-01' + (i % 400)::INTEGER c10, make_timestamptz(i * 1000000000) "
      "c11,"
      " CASE WHEN i % 4 > 0 THEN [['a' || i, NULL], [], NULL] END c12, MAP {'k' || i: i::INTEGER, 'n': NULL} "
      "c13,"
      " CASE WHEN i % 6 > 0 THEN {'x': (i % 100)::SMALLINT, 'y': [i::DOUBLE]} END c14 FROM range(5000) t(i)";
  const std::string stream = Stream(select, schema);
  EXPECT_EQ(Ask("SELECT count(*) FROM hearth_local(0)", stream, schema), "5000");
  EXPECT_EQ(
      Ask("SELECT count(*) FROM (SELECT * FROM hearth_local(0) EXCEPT ALL (" + select + "))", stream, schema),
      "0");
  EXPECT_EQ(
      Ask("SELECT count(*) FROM ((" + select + ") EXCEPT ALL SELECT * FROM hearth_local(0))", stream, schema),
      "0");
}

TEST_F(LocalScanTest, StreamsFollowEachOther) {
  const DataType schema = DataType::Struct({{"x", DataType::Long()}});
  const std::string one = Stream("SELECT range FROM range(3000)", schema);
  EXPECT_EQ(Ask("SELECT sum(c0) || '/' || count(*) FROM hearth_local(0)", one + one, schema), "8997000/6000");
  const std::string other = Stream("SELECT 'x'", DataType::Struct({{"x", DataType::String()}}));
  EXPECT_THROW(Ask("1", one + other, schema), spark::Error);
}

TEST_F(LocalScanTest, EmptyTables) {
  const DataType schema = DataType::Struct({{"x", DataType::Long()}});
  EXPECT_EQ(
      Ask("SELECT count(*) FROM hearth_local(0)", Stream("SELECT 1::BIGINT WHERE false", schema), schema),
      "0");
  Connection connection = database_.Connect();
  const auto binding =
      scans_.Bind(connection, {std::make_shared<const spark::LocalTable>(spark::LocalTable{{}, schema})});
  ResultHandle result = connection.Query("SELECT c0 FROM hearth_local(0)");
  EXPECT_EQ(duckdb_fetch_chunk(*result.get()), nullptr);
}

TEST_F(LocalScanTest, ATableWithoutColumnsHasRows) {
  const DataType schema = DataType::Struct({});
  EXPECT_EQ(Ask("SELECT count(*) FROM hearth_local(0)", Stream("SELECT 1 FROM range(3000)", schema), schema),
            "3000");
}

TEST_F(LocalScanTest, TablesBelongToOneConnectionWhileBound) {
  const DataType schema = DataType::Struct({{"x", DataType::Long()}});
  const auto table = std::make_shared<const spark::LocalTable>(
      spark::LocalTable{{Block(Stream("SELECT 1::BIGINT", schema))}, schema});
  Connection connection = database_.Connect();
  {
    const auto binding = scans_.Bind(connection, {table});
    connection.Execute("FROM hearth_local(0)");
    EXPECT_THROW(connection.Execute("FROM hearth_local(1)"), DuckDbError);
    EXPECT_THROW(database_.Connect().Execute("FROM hearth_local(0)"), DuckDbError);
  }
  EXPECT_THROW(connection.Execute("FROM hearth_local(0)"), DuckDbError);
}

TEST_F(LocalScanTest, SchemaOfTheClientMustBeOfTheSameStorage) {
  spark::LocalRelation local;
  local.blocks = {Block(Stream("SELECT 1::BIGINT", DataType::Struct({{"x", DataType::Long()}})))};
  EXPECT_EQ(OpenLocal(local)->schema.simple_string(), "struct<x:bigint>");
  local.schema = DataType::Struct({{"renamed", DataType::Long(), false}});
  EXPECT_EQ(OpenLocal(local)->schema.simple_string(), "struct<renamed:bigint>");
  local.schema = DataType::Struct({{"x", DataType::Integer()}});
  EXPECT_THROW(OpenLocal(local), spark::Error);
  local.schema.reset();
  local.blocks.clear();
  EXPECT_THROW(OpenLocal(local), spark::Error);
}

// Cut or changed anywhere, a stream is read or refused, never more: run it under the address sanitizer.
TEST_F(LocalScanTest, HostileStreamsAreRefused) {
  const DataType schema = DataType::Struct({{"s", DataType::String()},
                                            {"a", DataType::Array(DataType::Long(), true)},
                                            {"d", DataType::Decimal(10, 2)},
                                            {"st", DataType::Struct({{"x", DataType::Boolean()}})}});
  const std::string stream = Stream(
      "SELECT 'text ' || i, CASE WHEN i % 2 = 0 THEN [i, i] END, i::DECIMAL(10,2), {'x': i > 5} FROM "
      "range(20) t(i)",
      schema);
  const auto try_reading = [](const std::string& bytes) {
    try {
      ArrowTable::Read({Block(bytes)});
      return true;
    } catch (const spark::Error&) {
      return false;
    }
  };
  ASSERT_TRUE(try_reading(stream));
  int refused = 0;
  for (size_t size = 0; size < stream.size() - 8; ++size)
    refused += try_reading(stream.substr(0, size)) ? 0 : 1;
  EXPECT_GT(refused, static_cast<int>(stream.size() / 2));
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::string changed = stream;
    for (int k = 0; k < 1 + i % 3; ++k) changed[random() % changed.size()] = static_cast<char>(random());
    try_reading(changed);
  }
  EXPECT_FALSE(try_reading("not arrow at all, but long enough to look at"));
}

}  // namespace
}  // namespace hearth::engine
