// The record batches of a block of Arrow IPC streams, without a copy of their columns.
#pragma once

#include <nanoarrow/nanoarrow_ipc.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spark/plan/relation.h"

namespace hearth::engine {

// Goes over the messages of one block, stream after stream. Not thread safe.
class BlockDecoder {
 public:
  // REQUIRES: a block that CheckMessages accepts.
  explicit BlockDecoder(spark::ArrowBlock block);
  BlockDecoder(const BlockDecoder&) = delete;
  BlockDecoder& operator=(const BlockDecoder&) = delete;

  enum class Item { kSchema, kBatch, kEnd };
  // The next schema or record batch; dictionaries are kept for the batches after them. Throws
  // CONNECT_INVALID_PLAN.CANNOT_PARSE for what is malformed, and a decline for what is not read here.
  Item Next();

  // After kSchema and until the next one: what the batches are of.
  const ArrowSchema& schema() const { return *schema_.get(); }
  // After kBatch: its rows, whose buffers share the block (those that are compressed, or lie where 64-bit
  // numbers cannot be read, are copies). May be moved from, and outlives this. Any thread may release it.
  nanoarrow::UniqueArray& batch() { return batch_; }

 private:
  void ReadSchema();
  // The body of the current message, which is taken from the block. The caller resets it.
  ArrowBuffer TakeBody();
  void ReadDictionary();
  void ReadBatch();
  void Check(ArrowErrorCode code) const;

  const spark::ArrowBlock block_;
  std::string_view rest_;
  bool in_stream_ = false;
  std::vector<uint64_t> header_;  // of the current message: the decoder refers to it
  ArrowError error_ = {};
  nanoarrow::ipc::UniqueDecoder decoder_;
  nanoarrow::ipc::UniqueDictionaries dictionaries_;
  nanoarrow::UniqueSchema schema_;
  nanoarrow::UniqueArray batch_;
};

}  // namespace hearth::engine
