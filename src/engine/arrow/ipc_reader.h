// Arrow IPC streams as a client sends them: hostile until proven sound.
#pragma once

#include <nanoarrow/nanoarrow.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

#include "spark/types/data_type.h"

namespace hearth::engine {

// The rows of one or more streams, one after the other, each with the same schema: decompressed, validated
// (offsets, sizes, text as UTF-8, decimals within their precision) and independent of the bytes they came
// from. Columns may be dictionary encoded. Immutable once read, so threads may share it.
class ArrowTable {
 public:
  // Throws a decline for what is not read here (a dictionary in a compressed stream, types without a Spark
  // type), and spark::Error CONNECT_INVALID_PLAN.CANNOT_PARSE for anything malformed.
  static ArrowTable Read(std::string_view bytes);
  // Only the schema: cheap.
  static spark::DataType ReadSchema(std::string_view bytes);

  ArrowTable(ArrowTable&&) = default;

  // As FromArrowSchema has it.
  const spark::DataType& type() const { return type_; }
  int64_t row_count() const { return row_count_; }

  size_t batch_count() const { return views_.size(); }
  // A struct array: its children are the columns.
  const ArrowArrayView& batch(size_t index) const { return *views_[index].get(); }

 private:
  ArrowTable() = default;

  spark::DataType type_;
  nanoarrow::UniqueSchema schema_;
  std::vector<nanoarrow::UniqueArray> arrays_;
  std::vector<nanoarrow::UniqueArrayView> views_;
  int64_t row_count_ = 0;
};

}  // namespace hearth::engine
