#include "engine/service/range_rows.h"

#include <gtest/gtest.h>

namespace hearth::engine {
namespace {

class Collect final : public RowSink {
 public:
  void Begin(const std::vector<duckdb_logical_type>& types) override { EXPECT_EQ(types.size(), 1U); }
  bool Take(duckdb_data_chunk chunk) override {
    const auto* data = static_cast<int64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0)));
    rows.insert(rows.end(), data, data + duckdb_data_chunk_get_size(chunk));
    return rows.size() < limit;
  }
  std::vector<int64_t> rows;
  size_t limit = SIZE_MAX;
};

std::vector<int64_t> Rows(int64_t start, int64_t end, int64_t step) {
  Collect sink;
  RunRange({start, end, step}, Cancellation(), sink);
  return sink.rows;
}

TEST(RangeRows, BothDirections) {
  EXPECT_EQ(Rows(0, 3, 1), (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ(Rows(1, 6, 2), (std::vector<int64_t>{1, 3, 5}));
  EXPECT_EQ(Rows(3, -2, -2), (std::vector<int64_t>{3, 1, -1}));
  EXPECT_TRUE(Rows(3, 3, 1).empty());
  EXPECT_TRUE(Rows(3, 5, -1).empty());
  EXPECT_EQ(Rows(0, 5000, 1).size(), 5000U);
  EXPECT_EQ(Rows(0, 5000, 1).back(), 4999);
}

TEST(RangeRows, CountsAtTheEdgesOfLong) {
  EXPECT_EQ(RangeRowCount(INT64_MIN, INT64_MAX, 1), UINT64_MAX);
  EXPECT_EQ(RangeRowCount(INT64_MAX, INT64_MIN, INT64_MIN), 2U);
  EXPECT_EQ(Rows(INT64_MAX - 2, INT64_MAX, 1), (std::vector<int64_t>{INT64_MAX - 2, INT64_MAX - 1}));
  EXPECT_EQ(Rows(INT64_MIN, INT64_MAX, INT64_MAX), (std::vector<int64_t>{INT64_MIN, -1, INT64_MAX - 1}));
}

TEST(RangeRows, StopsWhenNobodyWantsMore) {
  Collect sink;
  sink.limit = 1;
  RunRange({0, 1'000'000, 1}, Cancellation(), sink);
  EXPECT_LE(sink.rows.size(), duckdb_vector_size());
}

}  // namespace
}  // namespace hearth::engine
