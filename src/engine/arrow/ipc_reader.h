// Arrow IPC streams as a client sends them: hostile until proven sound.
#pragma once

#include <nanoarrow/nanoarrow.hpp>

#include <cstdint>
#include <vector>

#include "spark/plan/relation.h"
#include "spark/types/data_type.h"

namespace hearth::engine {

// The rows of one or more streams, one after the other, each with the same schema: decompressed and validated
// (offsets, sizes, text as UTF-8, decimals within their precision). Columns may be dictionary encoded. What
// is not compressed stays where it came, in the blocks, which this shares: a gigabyte of rows is there once.
// Immutable once read, so threads may share it.
class ArrowTable {
 public:
  // Throws a decline for what is not read here (a dictionary in a compressed stream, types without a Spark
  // type), and spark::Error CONNECT_INVALID_PLAN.CANNOT_PARSE for anything malformed. REQUIRES: a block.
  static ArrowTable Read(const spark::ArrowBlocks& blocks);
  // Only the schema of the first stream, though the messages of all are looked at: cheap.
  static spark::DataType ReadSchema(const spark::ArrowBlocks& blocks);

  ArrowTable(ArrowTable&&) = default;

  // As FromArrowSchema has it.
  const spark::DataType& type() const { return type_; }
  int64_t row_count() const { return row_count_; }

  size_t batch_count() const { return views_.size(); }
  // A struct array: its children are the columns.
  const ArrowArrayView& batch(size_t index) const { return *views_[index].get(); }

 private:
  ArrowTable() = default;

  void Append(const ArrowSchema& schema, nanoarrow::UniqueArray* batch);

  spark::DataType type_;
  std::vector<nanoarrow::UniqueArray> arrays_;
  std::vector<nanoarrow::UniqueArrayView> views_;
  int64_t row_count_ = 0;
};

}  // namespace hearth::engine
