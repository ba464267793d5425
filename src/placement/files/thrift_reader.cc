#include "placement/files/thrift_reader.h"

namespace hearth::placement {

uint64_t ThriftReader::LongVarint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && at_ != end_; shift += 7) {
    const uint8_t byte = *at_++;
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  Fail();
  return 0;
}

std::string_view ThriftReader::Binary() {
  const uint64_t size = Varint();
  if (size > left()) {
    Fail();
    return {};
  }
  const std::string_view bytes(reinterpret_cast<const char*>(at_), size);
  at_ += size;
  return bytes;
}

ThriftReader::List ThriftReader::BeginList() {
  if (at_ == end_) {
    Fail();
    return {};
  }
  const uint8_t head = *at_++;
  const auto type = static_cast<Type>(head & 0x0F);
  const uint64_t size = (head >> 4) == 15 ? Varint() : head >> 4;
  // Every element takes a byte at least, so a list that claims more is a lie.
  if (type > Type::kStruct || size > left()) {
    Fail();
    return {};
  }
  return {type, static_cast<uint32_t>(size)};
}

void ThriftReader::SkipBytes(uint64_t count) {
  if (count > left()) return Fail();
  at_ += count;
}

void ThriftReader::Skip(Type type, int depth) {
  if (depth > kDepthMax) return Fail();
  switch (type) {
    case Type::kStop: return Fail();
    case Type::kTrue:
    case Type::kFalse: return;  // the field's type is its value
    case Type::kByte: return SkipBytes(1);
    case Type::kI16:
    case Type::kI32:
    case Type::kI64: Varint(); return;
    case Type::kDouble: return SkipBytes(8);
    case Type::kBinary: Binary(); return;
    case Type::kList:
    case Type::kSet: {
      const List list = BeginList();
      const bool is_flags = list.type == Type::kTrue || list.type == Type::kFalse;
      for (uint32_t i = 0; i < list.size && ok_; ++i) Skip(is_flags ? Type::kByte : list.type, depth + 1);
      return;
    }
    case Type::kMap: return Fail();  // Parquet has none
    case Type::kStruct: {
      Field field;
      while (Next(&field)) Skip(field.type, depth + 1);
      return;
    }
  }
}

}  // namespace hearth::placement
