#include "engine/arrow/message_check.h"

#include <nanoarrow/nanoarrow_ipc.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "base/check.h"
#include "engine/arrow/schema_nesting.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

constexpr uint32_t kContinuation = 0xffffffff;
constexpr int kMaxDepth = 64;
// What all compressed buffers of a client's rows may come to: Spark's own limit of local data
// (spark.sql.session.localRelationSizeLimit). Zeros compress a thousandfold.
constexpr int64_t kUncompressedBytesMax = int64_t{3} << 30;

template <typename T>
T ReadAt(const uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof(value));
  return value;
}

// A table of a flatbuffer that was verified, so that every offset stays inside. Empty if the table is not
// there.
class FlatTable {
 public:
  explicit FlatTable(const uint8_t* at) : at_(at) {}
  static FlatTable RootOf(const uint8_t* flatbuffer) {
    return FlatTable(flatbuffer + ReadAt<uint32_t>(flatbuffer));
  }

  bool empty() const { return at_ == nullptr; }

  template <typename T>
  T Scalar(int field, T otherwise) const {
    const uint8_t* const place = Place(field);
    return place == nullptr ? otherwise : ReadAt<T>(place);
  }
  FlatTable Table(int field) const { return FlatTable(Target(field)); }

  // A vector's elements of `width` bytes; null and 0 when it is not there.
  const uint8_t* Vector(int field, uint32_t* count) const {
    const uint8_t* const vector = Target(field);
    *count = vector == nullptr ? 0 : ReadAt<uint32_t>(vector);
    return vector == nullptr ? nullptr : vector + 4;
  }
  std::vector<FlatTable> Tables(int field) const {
    uint32_t count;
    const uint8_t* const elements = Vector(field, &count);
    std::vector<FlatTable> tables;
    for (uint32_t i = 0; i < count; ++i) {
      const uint8_t* const element = elements + size_t{i} * 4;
      tables.emplace_back(element + ReadAt<uint32_t>(element));
    }
    return tables;
  }

 private:
  const uint8_t* Place(int field) const {
    if (at_ == nullptr) return nullptr;
    const uint8_t* const vtable = at_ - ReadAt<int32_t>(at_);
    const int slot = 4 + 2 * field;
    if (slot + 2 > ReadAt<uint16_t>(vtable)) return nullptr;
    const uint16_t offset = ReadAt<uint16_t>(vtable + slot);
    return offset == 0 ? nullptr : at_ + offset;
  }
  const uint8_t* Target(int field) const {
    const uint8_t* const place = Place(field);
    return place == nullptr ? nullptr : place + ReadAt<uint32_t>(place);
  }

  const uint8_t* at_;
};

// Numbers of fields and of union members in Arrow's Message.fbs and Schema.fbs.
namespace message {
constexpr int kHeaderType = 1, kHeader = 2;
constexpr uint8_t kSchema = 1, kDictionaryBatch = 2, kRecordBatch = 3;
}  // namespace message
namespace schema {
constexpr int kFields = 1, kMetadata = 2;
}
namespace field {
constexpr int kTypeType = 2, kType = 3, kDictionary = 4, kChildren = 5, kMetadata = 6;
}
namespace key_value {
constexpr int kKey = 0, kValue = 1;
}
namespace dictionary_encoding {
constexpr int kId = 0, kIndexType = 1;
}
namespace dictionary_batch {
constexpr int kId = 0, kData = 1;
}
namespace record_batch {
constexpr int kLength = 0, kNodes = 1, kBuffers = 2, kCompression = 3;
}

// How Arrow lays a type out: its own buffers, and how many children it must have (-1: any number).
struct Layout {
  int buffers = -1;  // -1: not read here
  int children = 0;
};
Layout LayoutOf(uint8_t type) {
  switch (type) {
    case 1: return {.buffers = 0};  // Null
    case 2:
    case 3:
    case 6:
    case 7:
    case 8:
    case 9:  // Int, FloatingPoint, Bool, Decimal, Date, Time
    case 10:
    case 11:
    case 15:
    case 18:  // Timestamp, Interval, FixedSizeBinary, Duration
      return {.buffers = 2};
    case 4:
    case 5:
    case 19:
    case 20:  // Binary, Utf8, LargeBinary, LargeUtf8
      return {.buffers = 3};
    case 12:
    case 17:
    case 21:  // List, Map, LargeList
      return {.buffers = 2, .children = 1};
    case 13: return {.buffers = 1, .children = -1};  // Struct
    case 16: return {.buffers = 1, .children = 1};   // FixedSizeList
    default: return {};
  }
}
constexpr uint8_t kStructType = 13;
constexpr uint8_t kMapType = 17;

// What a batch of a schema, or of one of its dictionaries, consists of.
struct BatchShape {
  uint32_t nodes = 0;
  uint32_t buffers = 0;
};

// The shapes that one stream's schema asks for.
class StreamShape {
 public:
  StreamShape() = default;
  // For the next one of several streams.
  explicit StreamShape(int64_t uncompressed_bytes) : uncompressed_bytes_(uncompressed_bytes) {}
  int64_t uncompressed_bytes() const { return uncompressed_bytes_; }

  void ReadSchema(const FlatTable& table) {
    if (table.empty()) ThrowMalformedStream("a schema message without schema");
    *this = StreamShape(uncompressed_bytes_);
    has_schema_ = true;
    CheckMetadata(table.Tables(schema::kMetadata));
    for (const FlatTable& column : table.Tables(schema::kFields)) AddField(column, 0, &rows_);
  }

  void CheckBatch(const FlatTable& batch, std::string_view body) { Check(batch, rows_, body); }

  void CheckDictionary(const FlatTable& batch, std::string_view body) {
    const auto shape = dictionaries_.find(batch.Scalar<int64_t>(dictionary_batch::kId, 0));
    if (shape == dictionaries_.end()) ThrowMalformedStream("a dictionary that no column has");
    Check(batch.Table(dictionary_batch::kData), shape->second, body);
  }

 private:
  void AddField(const FlatTable& column, int depth, BatchShape* shape) {
    if (depth > kMaxDepth) ThrowMalformedStream("a type nested too deeply");
    CheckMetadata(column.Tables(field::kMetadata));
    const auto type = column.Scalar<uint8_t>(field::kTypeType, 0);
    const Layout layout = LayoutOf(type);
    if (layout.buffers < 0)
      throw spark::Error::Decline("local data of Arrow type number " + std::to_string(type));
    if (column.Table(field::kType).empty()) ThrowMalformedStream("a column without type");
    const FlatTable encoding = column.Table(field::kDictionary);
    BatchShape values;
    BatchShape* const own = encoding.empty() ? shape : &values;
    own->nodes += 1;
    own->buffers += static_cast<uint32_t>(layout.buffers);
    const std::vector<FlatTable> children = column.Tables(field::kChildren);
    if (layout.children >= 0 && children.size() != static_cast<size_t>(layout.children)) {
      ThrowMalformedStream("a type with the wrong number of children");
    }
    if (type == kMapType && (children[0].Scalar<uint8_t>(field::kTypeType, 0) != kStructType ||
                             children[0].Tables(field::kChildren).size() != 2)) {
      ThrowMalformedStream("a map without keys and values");
    }
    for (const FlatTable& child : children) AddField(child, depth + 1, own);
    if (encoding.empty()) return;
    if (encoding.Table(dictionary_encoding::kIndexType).empty())
      ThrowMalformedStream("a dictionary without indices");
    shape->nodes += 1;
    shape->buffers += 2;
    dictionaries_[encoding.Scalar<int64_t>(dictionary_encoding::kId, 0)] = values;
  }

  // nanoarrow takes the length of both texts.
  static void CheckMetadata(const std::vector<FlatTable>& pairs) {
    for (const FlatTable& pair : pairs) {
      if (pair.Table(key_value::kKey).empty() || pair.Table(key_value::kValue).empty()) {
        ThrowMalformedStream("metadata without key or value");
      }
    }
  }

  void Check(const FlatTable& batch, const BatchShape& shape, std::string_view body) {
    if (!has_schema_ || batch.empty()) ThrowMalformedStream("a batch without its schema");
    const bool compressed = !batch.Table(record_batch::kCompression).empty();
    if (compressed && !dictionaries_.empty()) {
      // nanoarrow loses count of the buffers there.
      throw spark::Error::Decline("local data with dictionaries in a compressed stream");
    }
    uint32_t nodes;
    const uint8_t* const node = batch.Vector(record_batch::kNodes, &nodes);
    uint32_t buffers;
    const uint8_t* const buffer = batch.Vector(record_batch::kBuffers, &buffers);
    if (nodes != shape.nodes || buffers != shape.buffers)
      ThrowMalformedStream("a batch that is not of its schema");
    CheckCount(batch.Scalar<int64_t>(record_batch::kLength, 0));
    for (uint32_t i = 0; i < 2 * nodes; ++i)
      CheckCount(ReadAt<int64_t>(node + size_t{i} * 8));  // {length, null count}
    for (uint32_t i = 0; i < buffers; ++i) {
      const uint8_t* const range = buffer + size_t{i} * 16;  // {offset, length}
      // Arrow asks for it, and nanoarrow reads numbers as if it were so.
      if (ReadAt<int64_t>(range) % 8 != 0 && ReadAt<int64_t>(range + 8) != 0) {
        throw spark::Error::Decline("local data whose buffers are not aligned to 8 bytes");
      }
      CheckRange(range, body);
      if (compressed) CheckCompressed(range, body);
    }
  }

  // nanoarrow adds offset and length, which may overflow.
  static void CheckRange(const uint8_t* range, std::string_view body) {
    const auto offset = ReadAt<uint64_t>(range);
    const auto length = ReadAt<uint64_t>(range + 8);
    if (length != 0 && (offset > body.size() || length > body.size() - offset)) {
      ThrowMalformedStream("a buffer outside of its message");
    }
  }

  // A compressed buffer starts with the size that it claims to have uncompressed, or -1 when it is not.
  void CheckCompressed(const uint8_t* range, std::string_view body) {
    const auto offset = ReadAt<uint64_t>(range);
    const auto length = ReadAt<uint64_t>(range + 8);
    if (length == 0) return;
    if (length < 8) ThrowMalformedStream("a compressed buffer without its size");
    const auto size = ReadAt<int64_t>(reinterpret_cast<const uint8_t*>(body.data()) + offset);
    if (size < -1 || size > std::numeric_limits<int32_t>::max())
      ThrowMalformedStream("a buffer of impossible size");
    uncompressed_bytes_ += std::max<int64_t>(size, 0);
    if (uncompressed_bytes_ > kUncompressedBytesMax)
      ThrowMalformedStream("compressed rows of more than 3 GiB");
  }

  static void CheckCount(int64_t count) {
    if (count < 0 || count > std::numeric_limits<int32_t>::max()) {
      ThrowMalformedStream("a batch with an impossible number of rows");
    }
  }

  bool has_schema_ = false;
  int64_t uncompressed_bytes_ = 0;
  BatchShape rows_;
  std::map<int64_t, BatchShape> dictionaries_;
};

class StreamWalk {
 public:
  explicit StreamWalk(int64_t uncompressed_bytes) : shape_(uncompressed_bytes) {
    HEARTH_CHECK(ArrowIpcDecoderInit(decoder_.get()) == NANOARROW_OK);
  }

  // Gives what all that is compressed unfolds to.
  int64_t Run(std::string_view bytes) {
    while (!bytes.empty()) bytes.remove_prefix(CheckMessage(bytes));
    return shape_.uncompressed_bytes();
  }

 private:
  // Gives the size of the message at the start of the bytes, its body included.
  size_t CheckMessage(std::string_view bytes) {
    if (bytes.size() < 8) ThrowMalformedStream("it ends inside a message");
    const auto* const start = reinterpret_cast<const uint8_t*>(bytes.data());
    if (ReadAt<uint32_t>(start) != kContinuation) ThrowMalformedStream("a message without continuation mark");
    const auto size = ReadAt<int32_t>(start + 4);
    if (size == 0) {  // the end of one stream; another may follow
      shape_ = StreamShape(shape_.uncompressed_bytes());
      return 8;
    }
    if (size < 8 || static_cast<size_t>(size) > bytes.size() - 8) {
      ThrowMalformedStream("a message longer than the stream");
    }
    const size_t header_size = 8 + static_cast<size_t>(size);
    CheckSchemaNesting(bytes.substr(8, static_cast<size_t>(size)));
    // The verifier wants alignment, which a stream inside a protobuf does not have.
    aligned_.resize((header_size + 7) / 8);
    std::memcpy(aligned_.data(), start, header_size);
    const auto* const header = reinterpret_cast<const uint8_t*>(aligned_.data());
    ArrowBufferView view;
    view.data.as_uint8 = header;
    view.size_bytes = static_cast<int64_t>(header_size);
    ArrowError error = {};
    if (ArrowIpcDecoderVerifyHeader(decoder_.get(), view, &error) != NANOARROW_OK)
      ThrowMalformedStream(error.message);
    const int64_t body_size = decoder_->body_size_bytes;
    if (body_size < 0 || static_cast<uint64_t>(body_size) > bytes.size() - header_size) {
      ThrowMalformedStream("a body longer than the stream");
    }
    CheckHeader(FlatTable::RootOf(header + 8), bytes.substr(header_size, static_cast<size_t>(body_size)));
    return header_size + static_cast<size_t>(body_size);
  }

  void CheckHeader(const FlatTable& root, std::string_view body) {
    const FlatTable header = root.Table(message::kHeader);
    switch (root.Scalar<uint8_t>(message::kHeaderType, 0)) {
      case message::kSchema: return shape_.ReadSchema(header);
      case message::kDictionaryBatch: return shape_.CheckDictionary(header, body);
      case message::kRecordBatch: return shape_.CheckBatch(header, body);
      default: ThrowMalformedStream("a message of an unknown kind");
    }
  }

  nanoarrow::ipc::UniqueDecoder decoder_;
  std::vector<uint64_t> aligned_;
  StreamShape shape_;
};

}  // namespace

int64_t CheckMessages(std::string_view bytes, int64_t unfolded_bytes) {
  if (bytes.empty()) ThrowMalformedStream("it is empty");
  return StreamWalk(unfolded_bytes).Run(bytes);
}

void ThrowMalformedStream(std::string_view why) {
  throw spark::Error(spark::ExceptionKind::kInvalidPlanInput, "CONNECT_INVALID_PLAN.CANNOT_PARSE",
                     {{"errorMsg", "local data is no sound Arrow stream: " + std::string(why)}});
}

}  // namespace hearth::engine
