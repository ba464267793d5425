#include "wire/fields.h"

namespace hearth::wire {

bool FieldScanner::ReadVarint(uint64_t* value) {
  uint64_t result = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (position_ >= message_.size()) return Fail();
    const uint8_t byte = static_cast<uint8_t>(message_[position_++]);
    result |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) {
      *value = result;
      return true;
    }
  }
  return Fail();
}

bool FieldScanner::Next(Field* field) {
  if (!ok_ || position_ == message_.size()) return false;
  field->begin = position_;
  uint64_t tag = 0;
  if (!ReadVarint(&tag)) return false;
  if (tag > UINT32_MAX || (tag >> 3) == 0) return Fail();
  field->number = static_cast<int>(tag >> 3);
  field->bytes = {};
  field->scalar = 0;
  const size_t left_before = message_.size() - position_;
  switch (tag & 7) {
    case 0:
      field->type = Field::Type::kVarint;
      if (!ReadVarint(&field->scalar)) return false;
      break;
    case 1:
    case 5: {
      const size_t width = (tag & 7) == 1 ? 8 : 4;
      if (left_before < width) return Fail();
      field->type = width == 8 ? Field::Type::kFixed64 : Field::Type::kFixed32;
      for (size_t i = 0; i < width; ++i) {
        field->scalar |= static_cast<uint64_t>(static_cast<uint8_t>(message_[position_ + i])) << (8 * i);
      }
      position_ += width;
      break;
    }
    case 2: {
      uint64_t length = 0;
      if (!ReadVarint(&length)) return false;
      if (length > message_.size() - position_) return Fail();
      field->type = Field::Type::kBytes;
      field->bytes = message_.substr(position_, length);
      position_ += length;
      break;
    }
    default:  // Groups do not exist in proto3, and 6 and 7 do not exist at all.
      return Fail();
  }
  field->end = position_;
  return true;
}

void AppendVarint(uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

void AppendVarintField(int number, uint64_t value, std::string* out) {
  AppendVarint(static_cast<uint64_t>(number) << 3, out);
  AppendVarint(value, out);
}

void AppendBytesHeader(int number, uint64_t length, std::string* out) {
  AppendVarint((static_cast<uint64_t>(number) << 3) | 2, out);
  AppendVarint(length, out);
}

void AppendBytesField(int number, std::string_view content, std::string* out) {
  AppendBytesHeader(number, content.size(), out);
  out->append(content);
}

}  // namespace hearth::wire
