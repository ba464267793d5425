// Tables as text: what Spark's Dataset.showString and htmlString print, character by character.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hearth::engine {

// Cells as Spark's ToPrettyString gives them (see pretty_text.h), not yet escaped or cut. One row more than
// `num_rows` tells that there is more.
struct TextTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};

// `truncate` > 0: longer cells are cut to it and cells stand to the right; else whole cells stand to the
// left. A negative `num_rows` counts as 0.
std::string ShowString(const TextTable& table, int32_t num_rows, int32_t truncate, bool vertical);

std::string HtmlString(const TextTable& table, int32_t num_rows, int32_t truncate);

// The number of rows to fetch for a table of at most `num_rows`.
int64_t RowsToFetch(int32_t num_rows);

}  // namespace hearth::engine
