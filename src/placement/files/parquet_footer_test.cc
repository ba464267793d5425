#include "placement/files/parquet_footer.h"

#include <gtest/gtest.h>

#include <random>

#include "placement/files/footer_writer.h"
#include "placement/files/thrift_reader.h"

namespace hearth::placement {
namespace {

std::vector<WrittenColumn> TwoColumns() {
  return {
      {.name = "Id", .low = EightBytes(-5), .high = EightBytes(1000), .raw_bytes = 8000, .nulls = 3},
      {.name = "name", .is_text = true, .low = "Ada", .high = "Zoe", .raw_bytes = 375, .stored_bytes = 200}};
}

TEST(ParquetFooterTest, ColumnsAreAddedUpOverRowGroups) {
  const auto summary = ReadParquetFooter(WriteFooter(TwoColumns(), 1000, 3));
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->rows, 3000);
  EXPECT_EQ(summary->row_groups, 3);
  ASSERT_EQ(summary->columns.size(), 2u);
  const ColumnFacts& id = summary->columns[0];
  EXPECT_EQ(id.name, "id");
  EXPECT_EQ(id.raw_bytes, 24'000);
  EXPECT_EQ(id.stored_bytes, 1500);
  EXPECT_EQ(id.nulls, 9);
  EXPECT_EQ(id.range, std::make_pair(-5.0, 1000.0));
  EXPECT_EQ(id.distinct, 0) << "64 bits each tell nothing";
  const ColumnFacts& name = summary->columns[1];
  EXPECT_EQ(name.range, std::make_pair(AxisOfText("Ada"), AxisOfText("Zoe")));
  EXPECT_DOUBLE_EQ(name.distinct, 8) << "three bits each";
}

TEST(ParquetFooterTest, ARangeIsThereOnlyIfAllRowGroupsHaveOne) {
  auto columns = TwoColumns();
  columns[0].low.clear();
  const auto summary = ReadParquetFooter(WriteFooter(columns, 1000, 1));
  ASSERT_TRUE(summary);
  EXPECT_FALSE(summary->columns[0].range);
  EXPECT_TRUE(summary->columns[1].range);
}

TEST(ParquetFooterTest, WhatIsCutOffOrMakesNoSenseIsNothing) {
  const std::string footer = WriteFooter(TwoColumns(), 1000, 2);
  for (size_t size = 0; size < footer.size(); ++size) {
    EXPECT_FALSE(ReadParquetFooter(std::string_view(footer).substr(0, size))) << size;
  }
  EXPECT_FALSE(ReadParquetFooter(WriteFooter(TwoColumns(), -1000, 2)));
  auto negative = TwoColumns();
  negative[0].raw_bytes = -1;
  EXPECT_FALSE(ReadParquetFooter(WriteFooter(negative, 1000, 2)));
  EXPECT_FALSE(ReadParquetFooter(WriteFooter({}, 1000, 2))) << "no columns";
}

TEST(ParquetFooterTest, DamagedFootersNeverCrash) {
  const std::string footer = WriteFooter(TwoColumns(), 1000, 2);
  for (size_t at = 0; at < footer.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string damaged = footer;
      damaged[at] = static_cast<char>(value);
      const auto summary = ReadParquetFooter(damaged);
      EXPECT_TRUE(!summary || summary->rows >= 0);
    }
  }
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string noise(random() % 200, '\0');
    for (char& byte : noise) byte = static_cast<char>(random());
    ReadParquetFooter(noise);
  }
}

TEST(ParquetFooterTest, NestingAndListsThatLieAreRefused) {
  EXPECT_FALSE(ReadParquetFooter(std::string(100'000, '\x1C'))) << "structs in structs";
  std::string lists = "\x19";
  for (int i = 0; i < 100'000; ++i) lists += '\x19';
  EXPECT_FALSE(ReadParquetFooter(lists)) << "lists in lists";
  ThriftReader liar("\xF6\xFF\xFF\xFF\xFF\x0F");
  EXPECT_EQ(liar.BeginList().size, 0u);
  EXPECT_FALSE(liar.ok());
}

TEST(ParquetFooterTest, TheTailTellsTheSize) {
  EXPECT_EQ(ParquetFooterSize(std::string_view("\x02\x01\0\0PAR1", 8)), 258u);
  EXPECT_FALSE(ParquetFooterSize(std::string_view("\x02\x01\0\0PARE", 8))) << "encrypted";
  EXPECT_FALSE(ParquetFooterSize("PAR1"));
}

}  // namespace
}  // namespace hearth::placement
