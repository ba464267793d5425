#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hearth::wire {

/// One field of an encoded protobuf message, not looked into.
struct Field {
  enum class Type : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
  int number = 0;
  Type type = Type::kVarint;
  /// The value of a kVarint, kFixed64 or kFixed32.
  uint64_t scalar = 0;
  /// The content of a kBytes: a string, bytes, a nested message or a packed list.
  std::string_view bytes;
  /// Where the whole field, tag included, stands in the message.
  size_t begin = 0;
  size_t end = 0;
};

/// Walks over the fields of one level of an encoded message without decoding what is nested. So the plan of a
/// request and the Arrow data of a response stay untouched however large and deep they are.
class FieldScanner {
 public:
  explicit FieldScanner(std::string_view message) : message_(message) {}

  /// False at the end and at the first byte that is no protobuf; ok() tells which.
  bool Next(Field* field);
  bool ok() const { return ok_; }

 private:
  bool ReadVarint(uint64_t* value);
  bool Fail() {
    ok_ = false;
    return false;
  }

  std::string_view message_;
  size_t position_ = 0;
  bool ok_ = true;
};

void AppendVarint(uint64_t value, std::string* out);
void AppendVarintField(int number, uint64_t value, std::string* out);
/// A string, bytes or encoded nested message.
void AppendBytesField(int number, std::string_view content, std::string* out);
/// Tag and length only; the content follows elsewhere.
void AppendBytesHeader(int number, uint64_t length, std::string* out);

}  // namespace hearth::wire
