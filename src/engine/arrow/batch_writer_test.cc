#include "engine/arrow/batch_writer.h"

#include <gtest/gtest.h>

#include <nanoarrow/nanoarrow.hpp>
#include <nanoarrow/nanoarrow_ipc.hpp>

#include "engine/arrow/arrow_schema.h"
#include "engine/duckdb/query_run.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::StructField;

std::string Joined(const IpcBatch& batch) {
  std::string bytes;
  for (const IpcSlice& slice : batch.slices)
    bytes.append(reinterpret_cast<const char*>(slice.data), slice.size);
  EXPECT_EQ(bytes.size(), batch.bytes);
  return bytes;
}

// A stream as nanoarrow reads it: one batch, fully validated.
struct Decoded {
  nanoarrow::UniqueSchema schema;
  nanoarrow::UniqueArray array;
  nanoarrow::UniqueArrayView view;

  const ArrowArrayView* column(int i) const { return view->children[i]; }
};

Decoded Decode(const std::string& bytes) {
  ArrowError error;
  nanoarrow::UniqueBuffer buffer;
  EXPECT_EQ(ArrowBufferAppend(buffer.get(), bytes.data(), static_cast<int64_t>(bytes.size())), NANOARROW_OK);
  nanoarrow::ipc::UniqueInputStream input;
  EXPECT_EQ(ArrowIpcInputStreamInitBuffer(input.get(), buffer.get()), NANOARROW_OK);
  nanoarrow::UniqueArrayStream stream;
  EXPECT_EQ(ArrowIpcArrayStreamReaderInit(stream.get(), input.get(), nullptr), NANOARROW_OK);
  Decoded decoded;
  EXPECT_EQ(ArrowArrayStreamGetSchema(stream.get(), decoded.schema.get(), &error), NANOARROW_OK)
      << ArrowErrorMessage(&error);
  EXPECT_EQ(ArrowArrayStreamGetNext(stream.get(), decoded.array.get(), &error), NANOARROW_OK)
      << ArrowErrorMessage(&error);
  EXPECT_EQ(ArrowArrayViewInitFromSchema(decoded.view.get(), decoded.schema.get(), &error), NANOARROW_OK);
  EXPECT_EQ(ArrowArrayViewSetArray(decoded.view.get(), decoded.array.get(), &error), NANOARROW_OK)
      << ArrowErrorMessage(&error);
  EXPECT_EQ(ArrowArrayViewValidate(decoded.view.get(), NANOARROW_VALIDATION_LEVEL_FULL, &error), NANOARROW_OK)
      << ArrowErrorMessage(&error);
  nanoarrow::UniqueArray end;
  EXPECT_EQ(ArrowArrayStreamGetNext(stream.get(), end.get(), &error), NANOARROW_OK)
      << ArrowErrorMessage(&error);
  EXPECT_EQ(end->release, nullptr) << "more than one batch in a stream";
  return decoded;
}

class BatchWriterTest : public ::testing::Test {
 protected:
  std::vector<IpcBatch> Write(const std::string& sql, const DataType& schema,
                              BatchWriterOptions options = {}) {
    QueryRun run(database_.Connect(), sql);
    run.Start();
    std::vector<LogicalTypeHandle> types;
    std::vector<duckdb_logical_type> raw;
    for (idx_t i = 0; i < run.column_count(); ++i) {
      types.push_back(run.column_type(i));
      raw.push_back(types.back().get());
    }
    BatchWriter writer(schema, raw, options, pool_);
    std::vector<IpcBatch> batches;
    while (ChunkHandle chunk = run.Next()) writer.Append(chunk.get(), &batches);
    if (std::optional<IpcBatch> rest = writer.Finish()) batches.push_back(std::move(*rest));
    return batches;
  }

  Decoded WriteOne(const std::string& sql, const DataType& schema, BatchWriterOptions options = {}) {
    const std::vector<IpcBatch> batches = Write(sql, schema, options);
    EXPECT_EQ(batches.size(), 1u);
    return Decode(Joined(batches[0]));
  }

  Database database_{DatabaseOptions{.memory_limit = base::Bytes::MiB(512), .threads = 2}};
  std::shared_ptr<BufferPool> pool_ = BufferPool::Create(size_t{16} << 20);
};

DataType One(DataType type, bool nullable = true) {
  return DataType::Struct({{"c", std::move(type), nullable}});
}

TEST_F(BatchWriterTest, CopiesFixedWidthValuesAndNulls) {
  const DataType schema = DataType::Struct({{"b", DataType::Byte()},
                                            {"s", DataType::Short()},
                                            {"i", DataType::Integer()},
                                            {"l", DataType::Long(), false},
                                            {"f", DataType::Float()},
                                            {"d", DataType::Double()},
                                            {"t", DataType::Boolean()},
                                            {"date", DataType::Date()},
                                            {"ts", DataType::Timestamp()},
                                            {"n", DataType::Null()}});
  const Decoded decoded = WriteOne(
      "SELECT i::TINYINT, nullif(i, 2)::SMALLINT, -i::INTEGER, i::BIGINT * 10000000000, i::FLOAT / 2, "
      "i::DOUBLE / 4,"
      " CASE WHEN i <> 3 THEN i % 2 = 1 END, DATE '1970-01-01' + i::INTEGER,"
      " '1970-01-01 00:00:01+00'::TIMESTAMPTZ, NULL FROM range(1, 5) t(i)",
      schema);
  ASSERT_EQ(decoded.view->length, 4);
  EXPECT_EQ(ArrowArrayViewGetIntUnsafe(decoded.column(0), 3), 4);
  EXPECT_EQ(decoded.column(1)->null_count, 1);
  EXPECT_TRUE(ArrowArrayViewIsNull(decoded.column(1), 1));
  EXPECT_EQ(ArrowArrayViewGetIntUnsafe(decoded.column(1), 2), 3);
  EXPECT_EQ(ArrowArrayViewGetIntUnsafe(decoded.column(2), 0), -1);
  EXPECT_EQ(ArrowArrayViewGetIntUnsafe(decoded.column(3), 3), 40000000000);
  EXPECT_EQ(ArrowArrayViewGetDoubleUnsafe(decoded.column(4), 0), 0.5);
  EXPECT_EQ(ArrowArrayViewGetDoubleUnsafe(decoded.column(5), 0), 0.25);
  EXPECT_EQ(ArrowArrayViewGetIntUnsafe(decoded.column(6), 0), 1);
  EXPECT_EQ(ArrowArrayViewGetIntUnsafe(decoded.column(6), 1), 0);
  EXPECT_TRUE(ArrowArrayViewIsNull(decoded.column(6), 2));
  EXPECT_EQ(ArrowArrayViewGetIntUnsafe(decoded.column(7), 2), 3);
  EXPECT_EQ(ArrowArrayViewGetIntUnsafe(decoded.column(8), 0), 1000000);
  EXPECT_EQ(decoded.column(9)->null_count, 4);
  EXPECT_STREQ(decoded.schema->children[8]->format, "tsu:UTC");
  EXPECT_EQ(decoded.schema->children[3]->flags & ARROW_FLAG_NULLABLE, 0);
  EXPECT_NE(decoded.schema->children[2]->flags & ARROW_FLAG_NULLABLE, 0);
}

TEST_F(BatchWriterTest, WidensDecimalsOfEveryStorage) {
  const DataType schema = DataType::Struct({{"a", DataType::Decimal(4, 1)},
                                            {"b", DataType::Decimal(9, 2)},
                                            {"c", DataType::Decimal(18, 0)},
                                            {"d", DataType::Decimal(38, 10)}});
  const Decoded decoded = WriteOne(
      "SELECT -1.5::DECIMAL(4,1), -1234567.89::DECIMAL(9,2), 123456789012345678::DECIMAL(18,0),"
      " -1234567890123456789012345678.0123456789::DECIMAL(38,10)",
      schema);
  const auto text = [&decoded](int column) {
    ArrowDecimal decimal;
    ArrowDecimalInit(&decimal, 128, 38, 0);
    ArrowArrayViewGetDecimalUnsafe(decoded.column(column), 0, &decimal);
    nanoarrow::UniqueBuffer digits;
    EXPECT_EQ(ArrowDecimalAppendDigitsToBuffer(&decimal, digits.get()), NANOARROW_OK);
    return std::string(reinterpret_cast<const char*>(digits->data), static_cast<size_t>(digits->size_bytes));
  };
  EXPECT_EQ(text(0), "-15");
  EXPECT_EQ(text(1), "-123456789");
  EXPECT_EQ(text(2), "123456789012345678");
  EXPECT_EQ(text(3), "-12345678901234567890123456780123456789");
  EXPECT_STREQ(decoded.schema->children[3]->format, "d:38,10");
}

TEST_F(BatchWriterTest, StringsShortLongEmptyAndNull) {
  const Decoded decoded = WriteOne(
      "SELECT CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN 'r' || i ELSE repeat('x', 20) || i END"
      " FROM range(5000) t(i)",
      One(DataType::String()));
  ASSERT_EQ(decoded.view->length, 5000);
  for (int64_t i = 0; i < 5000; ++i) {
    if (i % 4 == 0) {
      ASSERT_TRUE(ArrowArrayViewIsNull(decoded.column(0), i));
      continue;
    }
    const ArrowStringView value = ArrowArrayViewGetStringUnsafe(decoded.column(0), i);
    const std::string expected = i % 4 == 1   ? ""
                                 : i % 4 == 2 ? "r" + std::to_string(i)
                                              : std::string(20, 'x') + std::to_string(i);
    ASSERT_EQ(std::string(value.data, static_cast<size_t>(value.size_bytes)), expected);
  }
}

TEST_F(BatchWriterTest, NestedTypes) {
  const DataType element = DataType::Struct({{"x", DataType::Integer()}, {"x", DataType::String()}});
  const DataType schema = DataType::Struct(
      {{"a", DataType::Array(element, true)},
       {"m", DataType::Map(DataType::String(), DataType::Array(DataType::Long(), false), true)}});
  const Decoded decoded = WriteOne(
      "SELECT CASE WHEN i % 3 = 0 THEN NULL ELSE [{'x': i::INTEGER, 'y': 'v' || i}, NULL] END,"
      " MAP {'k' || i: range(i % 5), 'none': NULL} FROM range(3000) t(i)",
      schema);
  ASSERT_EQ(decoded.view->length, 3000);
  EXPECT_STREQ(decoded.schema->children[0]->children[0]->name, "element");
  EXPECT_STREQ(decoded.schema->children[0]->children[0]->children[0]->name, "x_0");
  EXPECT_STREQ(decoded.schema->children[0]->children[0]->children[1]->name, "x_1");
  EXPECT_STREQ(decoded.schema->children[1]->children[0]->name, "entries");
  EXPECT_EQ(decoded.column(0)->null_count, 1000);
  const ArrowArrayView* structs = decoded.column(0)->children[0];
  EXPECT_EQ(structs->length, 4000);
  EXPECT_EQ(structs->null_count, 2000);
  EXPECT_EQ(ArrowArrayViewGetIntUnsafe(structs->children[0], 2), 2);
  const ArrowArrayView* entries = decoded.column(1)->children[0];
  EXPECT_EQ(entries->length, 6000);
  EXPECT_EQ(entries->children[1]->null_count, 3000);
  const ArrowStringView key = ArrowArrayViewGetStringUnsafe(entries->children[0], 2 * 2999);
  EXPECT_EQ(std::string(key.data, static_cast<size_t>(key.size_bytes)), "k2999");
}

TEST_F(BatchWriterTest, IntervalsInEitherStorage) {
  const DataType schema = DataType::Struct({{"ym", DataType::YearMonthInterval()},
                                            {"ym2", DataType::YearMonthInterval()},
                                            {"dt", DataType::DayTimeInterval()},
                                            {"dt2", DataType::DayTimeInterval()},
                                            {"ci", DataType::CalendarInterval()}});
  const Decoded decoded = WriteOne(
      "SELECT 14, INTERVAL 14 MONTHS, 86400000001, INTERVAL '1 day 1 microsecond', INTERVAL '1 month 2 days "
      "3 seconds'",
      schema);
  EXPECT_EQ(ArrowArrayViewGetIntUnsafe(decoded.column(0), 0), 14);
  EXPECT_EQ(ArrowArrayViewGetIntUnsafe(decoded.column(1), 0), 14);
  EXPECT_EQ(ArrowArrayViewGetIntUnsafe(decoded.column(2), 0), 86400000001);
  EXPECT_EQ(ArrowArrayViewGetIntUnsafe(decoded.column(3), 0), 86400000001);
  ArrowInterval interval;
  ArrowIntervalInit(&interval, NANOARROW_TYPE_INTERVAL_MONTH_DAY_NANO);
  ArrowArrayViewGetIntervalUnsafe(decoded.column(4), 0, &interval);
  EXPECT_EQ(interval.months, 1);
  EXPECT_EQ(interval.days, 2);
  EXPECT_EQ(interval.ns, 3000000000);
}

TEST_F(BatchWriterTest, AnEmptyResultIsOneEmptyBatch) {
  const Decoded decoded = WriteOne(
      "SELECT 'a', [1] WHERE false",
      DataType::Struct({{"s", DataType::String()}, {"a", DataType::Array(DataType::Integer(), true)}}));
  EXPECT_EQ(decoded.view->length, 0);
}

TEST_F(BatchWriterTest, ARelationWithoutColumnsHasRows) {
  const Decoded decoded = WriteOne("SELECT 1 FROM range(5000)", DataType::Struct({}));
  EXPECT_EQ(decoded.view->length, 5000);
  EXPECT_EQ(decoded.view->n_children, 0);
}

TEST_F(BatchWriterTest, CutsByRowsExactly) {
  const std::vector<IpcBatch> batches =
      Write("SELECT range FROM range(10000)", One(DataType::Long(), false), {.max_rows = 3001});
  ASSERT_EQ(batches.size(), 4u);
  int64_t next = 0;
  for (const IpcBatch& batch : batches) {
    EXPECT_EQ(batch.row_count, std::min<int64_t>(3001, 10000 - next));
    const Decoded decoded = Decode(Joined(batch));
    ASSERT_EQ(decoded.view->length, batch.row_count);
    for (int64_t i = 0; i < batch.row_count; ++i)
      ASSERT_EQ(ArrowArrayViewGetIntUnsafe(decoded.column(0), i), next++);
  }
  EXPECT_EQ(next, 10000);
}

TEST_F(BatchWriterTest, CutsByBytesAndEndsWithoutAnEmptyBatch) {
  const std::vector<IpcBatch> batches = Write("SELECT range FROM range(2048 * 8)",
                                              One(DataType::Long(), false), {.target_bytes = 2048 * 8 * 2});
  ASSERT_EQ(batches.size(), 4u);
  for (const IpcBatch& batch : batches) EXPECT_EQ(batch.row_count, 4096);
}

TEST_F(BatchWriterTest, HugeValuesEndABatchEarly) {
  const std::vector<IpcBatch> batches =
      Write("SELECT repeat('x', 1000000) || range FROM range(40)", One(DataType::String()));
  EXPECT_GT(batches.size(), 4u);
  int64_t rows = 0;
  for (const IpcBatch& batch : batches) {
    EXPECT_LT(batch.bytes, 13u << 20);
    rows += Decode(Joined(batch)).view->length;
  }
  EXPECT_EQ(rows, 40);
}

// Batches that differ in where NULLs are must not inherit anything from the buffers they reuse.
TEST_F(BatchWriterTest, ReusedBuffersStartClean) {
  const std::vector<IpcBatch> batches =
      Write("SELECT CASE WHEN i % 7 = 0 AND i < 5000 THEN NULL ELSE i END, i % 3 = 0 FROM range(20000) t(i)",
            DataType::Struct({{"l", DataType::Long()}, {"b", DataType::Boolean()}}), {.max_rows = 999});
  int64_t row = 0;
  for (const IpcBatch& batch : batches) {
    const Decoded decoded = Decode(Joined(batch));
    for (int64_t i = 0; i < batch.row_count; ++i, ++row) {
      const bool is_null = row % 7 == 0 && row < 5000;
      ASSERT_EQ(ArrowArrayViewIsNull(decoded.column(0), i), is_null) << row;
      if (!is_null) {
        ASSERT_EQ(ArrowArrayViewGetIntUnsafe(decoded.column(0), i), row);
      }
      ASSERT_EQ(ArrowArrayViewGetIntUnsafe(decoded.column(1), i), row % 3 == 0) << row;
    }
  }
  EXPECT_EQ(row, 20000);
}

TEST_F(BatchWriterTest, LargeVarTypes) {
  const Decoded decoded = WriteOne("SELECT 'abc', 'xy'::BLOB",
                                   DataType::Struct({{"s", DataType::String()}, {"b", DataType::Binary()}}),
                                   {.large_var_types = true});
  EXPECT_STREQ(decoded.schema->children[0]->format, "U");
  EXPECT_STREQ(decoded.schema->children[1]->format, "Z");
  EXPECT_EQ(ArrowArrayViewGetStringUnsafe(decoded.column(0), 0).size_bytes, 3);
}

TEST(BufferPoolTest, GivesBlocksBackAndKeepsALimit) {
  const std::shared_ptr<BufferPool> pool = BufferPool::Create(3000);
  BlockPtr a = pool->Acquire(1000);
  const uint8_t* const data = a->data;
  EXPECT_EQ(a->capacity, 1024u);
  a.reset();
  EXPECT_EQ(pool->idle_bytes(), 1024u);
  BlockPtr b = pool->Acquire(600);
  EXPECT_EQ(b->data, data);
  pool->Acquire(5000).reset();  // over the limit: freed
  EXPECT_EQ(pool->idle_bytes(), 0u);
  b.reset();
  pool->Trim();
  EXPECT_EQ(pool->idle_bytes(), 0u);
}

TEST(ArrowSchemaTest, GoesBothWays) {
  const DataType schema =
      DataType::Struct({{"n", DataType::Null()},
                        {"b", DataType::Boolean(), false},
                        {"dec", DataType::Decimal(20, 4)},
                        {"ts", DataType::Timestamp()},
                        {"ntz", DataType::TimestampNtz()},
                        {"a", DataType::Array(DataType::Array(DataType::Float(), false), true)},
                        {"m", DataType::Map(DataType::Date(), DataType::Binary(), false), false},
                        {"s", DataType::Struct({{"x", DataType::Byte(), false}, {"y", DataType::Double()}})},
                        {"dt", DataType::DayTimeInterval()}});
  EXPECT_EQ(FromArrowSchema(*ToArrowSchema(schema, {.time_zone = "Asia/Tokyo"}).get()).json(), schema.json());
}

}  // namespace
}  // namespace hearth::engine
