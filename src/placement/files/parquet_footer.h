// What the footer of a Parquet file says of its columns, read without any library: rows and sizes cost a look
// at its last bytes. The format is Apache Parquet's parquet.thrift.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "placement/size/inputs.h"

namespace hearth::placement {

struct ParquetSummary {
  double rows = 0;
  double row_groups = 0;
  /// Outermost columns in their order; those below a nested one are added up under its name.
  std::vector<ColumnFacts> columns;
};

/// Columns and row groups of a footer, multiplied, beyond which it is not read.
inline constexpr size_t kFooterChunksMax = 4'000'000;

/// `footer`: what lies before the last eight bytes of the file. Nothing if it makes no sense. Sums over row
/// groups; a range is there only if all of them have one. Pure.
std::optional<ParquetSummary> ReadParquetFooter(std::string_view footer);

/// Of the file's last eight bytes: how long the footer before them is. Nothing if they are not Parquet's; an
/// encrypted footer is none.
std::optional<size_t> ParquetFooterSize(std::string_view tail);

}  // namespace hearth::placement
