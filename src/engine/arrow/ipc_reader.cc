#include "engine/arrow/ipc_reader.h"

#include <duckdb.h>
#include <nanoarrow/nanoarrow_ipc.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "engine/arrow/arrow_schema.h"
#include "engine/arrow/message_alignment.h"
#include "engine/arrow/message_check.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::TypeId;

// What is left of the bytes, and nanoarrow's way to take from it.
struct Input {
  std::string_view rest;

  static ArrowErrorCode Read(ArrowIpcInputStream* stream, uint8_t* target, int64_t size, int64_t* taken,
                             ArrowError*) {
    auto* const input = static_cast<Input*>(stream->private_data);
    const size_t count = std::min(input->rest.size(), static_cast<size_t>(std::max<int64_t>(size, 0)));
    if (count > 0) std::memcpy(target, input->rest.data(), count);  // an empty body has no target
    input->rest.remove_prefix(count);
    *taken = static_cast<int64_t>(count);
    return NANOARROW_OK;
  }

  ArrowIpcInputStream AsStream() {
    return {Read, [](ArrowIpcInputStream* stream) { stream->release = nullptr; }, this};
  }
};

// One stream out of the input: from its schema to its end mark.
class StreamReader {
 public:
  explicit StreamReader(Input* input) {
    ArrowIpcInputStream stream = input->AsStream();
    if (ArrowIpcArrayStreamReaderInit(stream_.get(), &stream, nullptr) != NANOARROW_OK)
      ThrowMalformedStream("no stream");
  }

  nanoarrow::UniqueSchema ReadSchema() {
    nanoarrow::UniqueSchema schema;
    ArrowError error = {};
    Check(ArrowArrayStreamGetSchema(stream_.get(), schema.get(), &error), error);
    return schema;
  }

  // False at the end.
  bool ReadBatch(nanoarrow::UniqueArray* array) {
    ArrowError error = {};
    Check(ArrowArrayStreamGetNext(stream_.get(), array->get(), &error), error);
    return (*array)->release != nullptr;
  }

 private:
  static void Check(ArrowErrorCode code, const ArrowError& error) {
    if (code == NANOARROW_OK) return;
    if (code == ENOTSUP) throw spark::Error::Decline(std::string("local data: ") + error.message);
    ThrowMalformedStream(error.message);
  }

  nanoarrow::UniqueArrayStream stream_;
};

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
    for (int64_t row = 0; row < view.length; ++row) {
      if (ArrowArrayViewIsNull(&view, row)) continue;
      const ArrowStringView text = ArrowArrayViewGetStringUnsafe(&view, row);
      if (IsAscii(text)) continue;
      duckdb_error_data error = duckdb_valid_utf8_check(text.data, static_cast<idx_t>(text.size_bytes));
      if (error == nullptr) continue;
      duckdb_destroy_error_data(&error);
      ThrowMalformedStream("text that is no UTF-8");
    }
  }

  static bool IsAscii(const ArrowStringView& text) {
    return std::all_of(text.data, text.data + text.size_bytes,
                       [](char c) { return static_cast<int8_t>(c) >= 0; });
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

}  // namespace

DataType ArrowTable::ReadSchema(std::string_view bytes) {
  const AlignedStreams streams(bytes);
  CheckMessages(streams.bytes());
  Input input{streams.bytes()};
  return FromArrowSchema(*StreamReader(&input).ReadSchema().get());
}

ArrowTable ArrowTable::Read(std::string_view bytes) {
  const AlignedStreams streams(bytes);
  CheckMessages(streams.bytes());
  ArrowTable table;
  Input input{streams.bytes()};
  do {
    StreamReader stream(&input);
    nanoarrow::UniqueSchema schema = stream.ReadSchema();
    const DataType type = FromArrowSchema(*schema.get());
    if (table.schema_->release == nullptr) {
      table.type_ = type;
    } else if (!(type == table.type_)) {
      ThrowMalformedStream("streams with different schemas");
    }
    nanoarrow::UniqueArray array;
    while (stream.ReadBatch(&array)) {
      ArrowError error = {};
      nanoarrow::UniqueArrayView view;
      if (ArrowArrayViewInitFromSchema(view.get(), schema.get(), &error) != NANOARROW_OK ||
          ArrowArrayViewSetArray(view.get(), array.get(), &error) != NANOARROW_OK ||
          ArrowArrayViewValidate(view.get(), NANOARROW_VALIDATION_LEVEL_FULL, &error) != NANOARROW_OK) {
        ThrowMalformedStream(error.message);
      }
      ValueCheck::Column(*view.get(), type);
      table.row_count_ += view->length;
      table.arrays_.push_back(std::move(array));
      table.views_.push_back(std::move(view));
      array.reset();
    }
    table.schema_ = std::move(schema);
  } while (!input.rest.empty());
  return table;
}

}  // namespace hearth::engine
