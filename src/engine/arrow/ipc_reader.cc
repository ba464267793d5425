#include "engine/arrow/ipc_reader.h"

#include <duckdb.h>

#include <cstring>
#include <utility>

#include "base/check.h"
#include "engine/arrow/arrow_schema.h"
#include "engine/arrow/block_decoder.h"
#include "engine/arrow/message_alignment.h"
#include "engine/arrow/message_check.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::TypeId;

// What nanoarrow's validation leaves open, of rows [0, length) of a column.
class ValueCheck {
 public:
  static void Column(const ArrowArrayView& view, const DataType& type) {
    if (view.dictionary != nullptr) return Dictionary(view, type);
    switch (type.id()) {
      case TypeId::kString: return Text(view);
      case TypeId::kDecimal: return Decimals(view, type);
      case TypeId::kArray: return Column(*view.children[0], type.element());
      case TypeId::kMap: {
        const ArrowArrayView& entries = *view.children[0];
        Column(*entries.children[0], type.key());
        return Column(*entries.children[1], type.value());
      }
      case TypeId::kStruct:
        for (size_t i = 0; i < type.fields().size(); ++i) Column(*view.children[i], type.fields()[i].type);
        return;
      default: return;
    }
  }

 private:
  static void Dictionary(const ArrowArrayView& view, const DataType& type) {
    for (int64_t row = 0; row < view.length; ++row) {
      if (ArrowArrayViewIsNull(&view, row)) continue;
      const int64_t index = ArrowArrayViewGetIntUnsafe(&view, row);
      if (index < 0 || index >= view.dictionary->length)
        ThrowMalformedStream("a dictionary index out of range");
    }
    Column(*view.dictionary, type);
  }

  static void Text(const ArrowArrayView& view) {
    if (IsAscii(BytesOfAll(view))) return;
    for (int64_t row = 0; row < view.length; ++row) {
      if (ArrowArrayViewIsNull(&view, row)) continue;
      const ArrowStringView text = ArrowArrayViewGetStringUnsafe(&view, row);
      if (IsAscii({text.data, static_cast<size_t>(text.size_bytes)})) continue;
      duckdb_error_data error = duckdb_valid_utf8_check(text.data, static_cast<idx_t>(text.size_bytes));
      if (error == nullptr) continue;
      duckdb_destroy_error_data(&error);
      ThrowMalformedStream("text that is no UTF-8");
    }
  }

  // What all rows of a text column have together, and whatever else the client left in its buffer.
  static std::string_view BytesOfAll(const ArrowArrayView& view) {
    const ArrowBufferView& data = view.buffer_views[2];
    return {data.data.as_char, static_cast<size_t>(data.size_bytes)};
  }

  // Eight bytes at once: nearly all text is ASCII, and all of it comes by here.
  static bool IsAscii(std::string_view text) {
    constexpr uint64_t kHighBits = 0x8080808080808080;
    uint64_t seen = 0;
    for (; text.size() >= sizeof(seen); text.remove_prefix(sizeof(seen))) {
      uint64_t next;
      std::memcpy(&next, text.data(), sizeof(next));
      seen |= next;
    }
    for (const char c : text) seen |= static_cast<uint8_t>(c);
    return (seen & kHighBits) == 0;
  }

  static void Decimals(const ArrowArrayView& view, const DataType& type) {
    __int128 limit = 1;
    for (int i = 0; i < type.precision(); ++i) limit *= 10;
    for (int64_t row = 0; row < view.length; ++row) {
      if (ArrowArrayViewIsNull(&view, row)) continue;
      __int128 value;
      std::memcpy(&value, view.buffer_views[1].data.as_uint8 + (view.offset + row) * 16, 16);
      if (value >= limit || value <= -limit) ThrowMalformedStream("a decimal with more digits than its type");
    }
  }
};

// The blocks in a form that BlockDecoder takes.
spark::ArrowBlocks CheckedBlocks(const spark::ArrowBlocks& blocks) {
  spark::ArrowBlocks checked;
  checked.reserve(blocks.size());
  int64_t unfolded_bytes = 0;
  for (const spark::ArrowBlock& block : blocks) {
    checked.push_back(WithAlignedVectors(block));
    unfolded_bytes = CheckMessages(*checked.back(), unfolded_bytes);
  }
  return checked;
}

}  // namespace

DataType ArrowTable::ReadSchema(const spark::ArrowBlocks& blocks) {
  HEARTH_CHECK(!blocks.empty()) << "rows without a block";
  const spark::ArrowBlocks sound = CheckedBlocks(blocks);
  BlockDecoder decoder(sound.front());
  if (decoder.Next() != BlockDecoder::Item::kSchema) ThrowMalformedStream("no stream");
  return FromArrowSchema(decoder.schema());
}

ArrowTable ArrowTable::Read(const spark::ArrowBlocks& blocks) {
  HEARTH_CHECK(!blocks.empty()) << "rows without a block";
  ArrowTable table;
  bool has_type = false;
  for (const spark::ArrowBlock& block : CheckedBlocks(blocks)) {
    BlockDecoder decoder(block);
    for (auto item = decoder.Next(); item != BlockDecoder::Item::kEnd; item = decoder.Next()) {
      if (item == BlockDecoder::Item::kBatch) {
        table.Append(decoder.schema(), &decoder.batch());
        continue;
      }
      DataType type = FromArrowSchema(decoder.schema());
      if (has_type && !(type == table.type_)) ThrowMalformedStream("streams with different schemas");
      table.type_ = std::move(type);
      has_type = true;
    }
  }
  if (!has_type) ThrowMalformedStream("no stream");
  return table;
}

void ArrowTable::Append(const ArrowSchema& schema, nanoarrow::UniqueArray* batch) {
  ArrowError error = {};
  nanoarrow::UniqueArrayView view;
  if (ArrowArrayViewInitFromSchema(view.get(), &schema, &error) != NANOARROW_OK ||
      ArrowArrayViewSetArray(view.get(), batch->get(), &error) != NANOARROW_OK ||
      ArrowArrayViewValidate(view.get(), NANOARROW_VALIDATION_LEVEL_FULL, &error) != NANOARROW_OK) {
    ThrowMalformedStream(error.message);
  }
  ValueCheck::Column(*view.get(), type_);
  row_count_ += view->length;
  arrays_.push_back(std::move(*batch));
  views_.push_back(std::move(view));
}

}  // namespace hearth::engine
