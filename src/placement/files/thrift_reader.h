// Thrift's compact protocol, as far as a footer of Parquet needs it.
#pragma once

#include <cstdint>
#include <string_view>

namespace hearth::placement {

/// Reads values one after the other. What is cut off or makes no sense ends it: ok() is false from then on,
/// and everything reads as nothing. So callers need not look before the end. Never reads beyond the bytes.
class ThriftReader {
 public:
  enum class Type : uint8_t {
    kStop = 0,
    kTrue = 1,
    kFalse = 2,
    kByte = 3,
    kI16 = 4,
    kI32 = 5,
    kI64 = 6,
    kDouble = 7,
    kBinary = 8,
    kList = 9,
    kSet = 10,
    kMap = 11,
    kStruct = 12,
  };
  struct Field {
    int16_t id = 0;
    Type type = Type::kStop;
  };
  struct List {
    Type type = Type::kStop;
    uint32_t size = 0;  ///< never more than there are bytes left
  };
  /// Structs and lists in one another that are passed over.
  static constexpr int kDepthMax = 32;

  explicit ThriftReader(std::string_view bytes)
      : at_(reinterpret_cast<const uint8_t*>(bytes.data())), end_(at_ + bytes.size()) {}

  /// Of the struct that is being read; `field` is the one before, with id 0 at the start. False after the
  /// last.
  bool Next(Field* field) {
    if (at_ == end_) {
      Fail();
      return false;
    }
    const uint8_t head = *at_++;
    field->type = static_cast<Type>(head & 0x0F);
    if (field->type == Type::kStop) return false;
    if (field->type > Type::kStruct) {
      Fail();
      return false;
    }
    const int delta = head >> 4;
    field->id = delta != 0 ? static_cast<int16_t>(field->id + delta) : static_cast<int16_t>(Integer());
    return ok_;
  }
  /// Of kI16, kI32 and kI64.
  int64_t Integer() {
    const uint64_t zigzag = Varint();
    return static_cast<int64_t>(zigzag >> 1) ^ -static_cast<int64_t>(zigzag & 1);
  }
  std::string_view Binary();
  List BeginList();
  /// Passes over a value.
  void Skip(Type type) { Skip(type, 0); }

  bool ok() const { return ok_; }

 private:
  uint64_t Varint() { return at_ != end_ && *at_ < 0x80 ? *at_++ : LongVarint(); }
  uint64_t LongVarint();
  void Skip(Type type, int depth);
  void SkipBytes(uint64_t count);
  void Fail() {
    ok_ = false;
    at_ = end_;
  }
  size_t left() const { return static_cast<size_t>(end_ - at_); }

  const uint8_t* at_;
  const uint8_t* end_;
  bool ok_ = true;
};

}  // namespace hearth::placement
