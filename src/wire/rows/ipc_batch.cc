#include "wire/rows/ipc_batch.h"

#include <cstring>
#include <utility>

#include "wire/rows/unverified_flatbuffer.h"

namespace hearth::wire {

namespace {

constexpr uint32_t kContinuation = 0xffffffff;
constexpr int kDepthMax = 64;
constexpr uint32_t kFieldsMax = 100'000;
/// Rows, and elements of all lists: nulls and structs without fields cost no bytes, but whoever looks at them
/// takes some for each.
constexpr int64_t kElementsMax = 4'000'000;

// Numbers of fields and of union members in Arrow's Message.fbs and Schema.fbs.
constexpr int kHeaderType = 1, kHeader = 2, kBodyLength = 3;
constexpr uint8_t kSchemaHeader = 1, kBatchHeader = 3;
constexpr int kSchemaFields = 1;
constexpr int kFieldTypeType = 2, kFieldType = 3, kFieldDictionary = 4, kFieldChildren = 5;
constexpr int kBatchLength = 0, kBatchNodes = 1, kBatchBuffers = 2, kBatchCompression = 3;

using Place = std::optional<size_t>;

/// A message of a stream: its flatbuffer and its body.
struct Message {
  std::string_view whole;
  UnverifiedFlatbuffer flatbuffer{{}};
  std::string_view body;
  uint8_t header_type = 0;
  Place header;
};

template <typename T>
T ScalarOf(const UnverifiedFlatbuffer& flatbuffer, Place table, int field, T otherwise) {
  const Place place = flatbuffer.Field(table, field);
  return place ? flatbuffer.Read<T>(*place).value_or(otherwise) : otherwise;
}

/// Where the elements of a vector begin, if all of them are inside; none if it is not there.
struct Vector {
  size_t begin = 0;
  uint32_t count = 0;
};
std::optional<Vector> VectorOf(const UnverifiedFlatbuffer& flatbuffer, Place table, int field, size_t width) {
  const Place place = flatbuffer.Field(table, field);
  if (!place) return Vector();
  const Place vector = flatbuffer.Target(place);
  const auto count = vector ? flatbuffer.Read<uint32_t>(*vector) : std::nullopt;
  if (!count || *count > (flatbuffer.size() - *vector - 4) / width) return std::nullopt;
  return Vector{*vector + 4, *count};
}

/// Takes the next message off the stream; nothing at its end and for what is no message.
std::optional<Message> NextMessage(std::string_view* stream) {
  const UnverifiedFlatbuffer prefix(*stream);
  const auto continuation = prefix.Read<uint32_t>(0);
  const auto size = prefix.Read<int32_t>(4);
  if (!continuation || *continuation != kContinuation || !size || *size <= 0) return std::nullopt;
  const size_t head = 8 + static_cast<size_t>(*size);
  if (head > stream->size()) return std::nullopt;
  Message message;
  message.flatbuffer = UnverifiedFlatbuffer(stream->substr(8, static_cast<size_t>(*size)));
  const Place root = message.flatbuffer.Target(Place(0));
  message.header_type = ScalarOf<uint8_t>(message.flatbuffer, root, kHeaderType, 0);
  message.header = message.flatbuffer.Target(message.flatbuffer.Field(root, kHeader));
  const auto body = ScalarOf<int64_t>(message.flatbuffer, root, kBodyLength, 0);
  if (body < 0 || static_cast<uint64_t>(body) > stream->size() - head) return std::nullopt;
  message.body = stream->substr(head, static_cast<size_t>(body));
  message.whole = stream->substr(0, head + static_cast<size_t>(body));
  stream->remove_prefix(message.whole.size());
  return message;
}

class SchemaReader {
 public:
  explicit SchemaReader(const UnverifiedFlatbuffer& flatbuffer) : flatbuffer_(flatbuffer) {}

  bool Fields(Place table, int field, int depth, std::vector<IpcLayout>* layouts) {
    const auto vector = VectorOf(flatbuffer_, table, field, 4);
    if (!vector || depth > kDepthMax) return false;
    for (uint32_t i = 0; i < vector->count; ++i) {
      if (++fields_ > kFieldsMax) return false;
      const Place column = flatbuffer_.Target(Place(vector->begin + size_t{4} * i));
      if (!column || !Field(column, depth, &layouts->emplace_back())) return false;
    }
    return true;
  }

 private:
  bool Field(Place column, int depth, IpcLayout* layout) {
    if (flatbuffer_.Field(column, kFieldDictionary)) return false;
    const Place type = flatbuffer_.Target(flatbuffer_.Field(column, kFieldType));
    if (!Layout(ScalarOf<uint8_t>(flatbuffer_, column, kFieldTypeType, 0), type, layout)) return false;
    if (!Fields(column, kFieldChildren, depth + 1, &layout->children)) return false;
    if (layout->kind == IpcLayout::Kind::kStruct) return true;
    return layout->children.size() == (layout->kind == IpcLayout::Kind::kList ? 1 : 0);
  }

  bool Layout(uint8_t type, Place table, IpcLayout* layout) const {
    using Kind = IpcLayout::Kind;
    switch (type) {
      case 1: return Is(Kind::kNull, 0, layout);
      case 2: return IsFixed(Bits(table, 0, 0), layout);   // Int
      case 3: return IsFixed(Shifted(16, table), layout);  // FloatingPoint
      case 4:
      case 5: return Is(Kind::kBytes, 4, layout);           // Binary, Utf8
      case 6: return Is(Kind::kBits, 0, layout);            // Bool
      case 7: return IsFixed(Bits(table, 2, 128), layout);  // Decimal
      case 8: return IsFixed(ScalarOf<int16_t>(flatbuffer_, table, 0, 1) == 0 ? 32 : 64, layout);  // Date
      case 9: return IsFixed(Bits(table, 1, 32), layout);                                          // Time
      case 10:
      case 18: return IsFixed(64, layout);                  // Timestamp, Duration
      case 11: return IsFixed(Shifted(32, table), layout);  // Interval
      case 12:
      case 17: return Is(Kind::kList, 4, layout);  // List, Map
      case 13: return Is(Kind::kStruct, 0, layout);
      case 19:
      case 20: return Is(Kind::kBytes, 8, layout);  // LargeBinary, LargeUtf8
      case 21: return Is(Kind::kList, 8, layout);   // LargeList
      default: return false;
    }
  }

  /// The bits of a type whose first field is 0, 1 or 2; 0 if it is not.
  int Shifted(int bits, Place table) const {
    const auto by = ScalarOf<int16_t>(flatbuffer_, table, 0, 0);
    return by < 0 || by > 2 ? 0 : bits << by;
  }
  int Bits(Place table, int field, int otherwise) const {
    return ScalarOf<int32_t>(flatbuffer_, table, field, otherwise);
  }
  static bool Is(IpcLayout::Kind kind, size_t width, IpcLayout* layout) {
    layout->kind = kind;
    layout->width = width;
    return true;
  }
  static bool IsFixed(int bits, IpcLayout* layout) {
    switch (bits) {
      case 8:
      case 16:
      case 32:
      case 64:
      case 128: return Is(IpcLayout::Kind::kFixed, static_cast<size_t>(bits) / 8, layout);
      default: return false;
    }
  }

  const UnverifiedFlatbuffer& flatbuffer_;
  uint32_t fields_ = 0;
};

class ColumnReader {
 public:
  ColumnReader(const Message& message, Vector nodes, Vector buffers)
      : message_(message), nodes_(nodes), buffers_(buffers) {}

  bool Columns(const std::vector<IpcLayout>& layouts, int64_t length, std::vector<IpcColumn>* columns) {
    for (const IpcLayout& layout : layouts) {
      if (!Column(layout, &columns->emplace_back()) || columns->back().length != length) return false;
    }
    return true;
  }
  bool at_end() const { return node_ == nodes_.count && buffer_ == buffers_.count; }

 private:
  using Kind = IpcLayout::Kind;

  bool Column(const IpcLayout& layout, IpcColumn* column) {
    if (node_ == nodes_.count) return false;
    const size_t node = nodes_.begin + size_t{16} * node_++;
    column->layout = &layout;
    column->length = message_.flatbuffer.Read<int64_t>(node).value_or(-1);
    if (column->length < 0 || column->length > kElementsMax) return false;
    if (layout.kind == Kind::kNull) return true;
    if (!Validity(column)) return false;
    const auto length = static_cast<size_t>(column->length);
    switch (layout.kind) {
      case Kind::kBits: return Buffer((length + 7) / 8, &column->values);
      case Kind::kFixed: return Buffer(length * layout.width, &column->values);
      case Kind::kBytes: return Offsets(column) && Buffer(EndOf(*column), &column->values);
      case Kind::kStruct: return Columns(layout.children, column->length, &column->children);
      case Kind::kList:
        return Offsets(column) && Column(layout.children.front(), &column->children.emplace_back()) &&
               (elements_ += column->children.front().length) <= kElementsMax &&
               EndOf(*column) <= static_cast<size_t>(column->children.front().length);
      case Kind::kNull: return true;
    }
    return false;
  }

  bool Validity(IpcColumn* column) {
    const size_t bytes = (static_cast<size_t>(column->length) + 7) / 8;
    return Buffer(0, &column->validity) && (column->validity.empty() || column->validity.size() >= bytes);
  }

  /// They ascend from 0 or more, so the last one bounds them.
  static size_t EndOf(const IpcColumn& column) { return static_cast<size_t>(column.OffsetAt(column.length)); }

  bool Offsets(IpcColumn* column) {
    if (!Buffer(0, &column->offsets)) return false;
    if (column->length == 0) {  // Then there may be none.
      column->offsets = {};
      return true;
    }
    if (column->offsets.size() < (static_cast<size_t>(column->length) + 1) * column->layout->width)
      return false;
    int64_t last = 0;
    for (int64_t row = 0; row <= column->length; ++row) {
      const int64_t next = column->OffsetAt(row);
      if (next < last) return false;
      last = next;
    }
    return true;
  }

  bool Buffer(size_t least, std::string_view* content) {
    if (buffer_ == buffers_.count) return false;
    const size_t place = buffers_.begin + size_t{16} * buffer_++;
    const auto offset = message_.flatbuffer.Read<int64_t>(place).value_or(-1);
    const auto length = message_.flatbuffer.Read<int64_t>(place + 8).value_or(-1);
    const std::string_view body = message_.body;
    if (offset < 0 || length < 0 || static_cast<uint64_t>(offset) > body.size() ||
        static_cast<uint64_t>(length) > body.size() - static_cast<uint64_t>(offset)) {
      return false;
    }
    *content = body.substr(static_cast<size_t>(offset), static_cast<size_t>(length));
    return content->size() >= least;
  }

  const Message& message_;
  const Vector nodes_;
  const Vector buffers_;
  int64_t elements_ = 0;
  uint32_t node_ = 0;
  uint32_t buffer_ = 0;
};

}  // namespace

int64_t IpcColumn::OffsetAt(int64_t row) const {
  if (offsets.empty()) return 0;
  const char* const at = offsets.data() + static_cast<size_t>(row) * layout->width;
  if (layout->width == 8) {
    int64_t offset;
    std::memcpy(&offset, at, 8);
    return offset;
  }
  int32_t offset;
  std::memcpy(&offset, at, 4);
  return offset;
}

std::optional<IpcBatch> IpcBatch::Read(std::string_view stream) {
  IpcBatch read;
  const auto schema = NextMessage(&stream);
  if (!schema || schema->header_type != kSchemaHeader) return std::nullopt;
  read.schema_message_ = schema->whole;
  if (!SchemaReader(schema->flatbuffer).Fields(schema->header, kSchemaFields, 0, &read.layouts_))
    return std::nullopt;

  const auto batch = NextMessage(&stream);
  if (!batch || batch->header_type != kBatchHeader) return std::nullopt;
  const UnverifiedFlatbuffer& flatbuffer = batch->flatbuffer;
  if (flatbuffer.Field(batch->header, kBatchCompression)) return std::nullopt;
  read.row_count_ = ScalarOf<int64_t>(flatbuffer, batch->header, kBatchLength, 0);
  const auto nodes = VectorOf(flatbuffer, batch->header, kBatchNodes, 16);
  const auto buffers = VectorOf(flatbuffer, batch->header, kBatchBuffers, 16);
  if (!nodes || !buffers || read.row_count_ < 0 || read.row_count_ > kElementsMax) return std::nullopt;
  ColumnReader columns(*batch, *nodes, *buffers);
  if (!columns.Columns(read.layouts_, read.row_count_, &read.columns_) || !columns.at_end())
    return std::nullopt;
  if (NextMessage(&stream)) return std::nullopt;  // A second batch.
  return read;
}

}  // namespace hearth::wire
