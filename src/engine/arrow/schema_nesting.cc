#include "engine/arrow/schema_nesting.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "engine/arrow/message_check.h"

namespace hearth::engine {
namespace {

// Numbers of fields in Arrow's Message.fbs and Schema.fbs.
constexpr int kMessageHeaderType = 1, kMessageHeader = 2, kSchemaFields = 1, kFieldChildren = 5;
constexpr uint8_t kSchema = 1;
// A table has at least an offset to its vtable, and an offset leads to it.
constexpr size_t kFieldBytesMin = 8;

class Walk {
 public:
  explicit Walk(std::string_view bytes) : bytes_(bytes), fields_left_(bytes.size() / kFieldBytesMin) {}

  void Run() {
    const auto root = Target(0);
    const auto kind = Member(root, kMessageHeaderType);
    if (!kind || Read<uint8_t>(*kind).value_or(0) != kSchema) return;
    Vector(Member(Follow(Member(root, kMessageHeader)), kSchemaFields), 0);
  }

 private:
  void Vector(std::optional<size_t> place, int depth) {
    const auto vector = Follow(place);
    const auto count = vector ? Read<uint32_t>(*vector) : std::nullopt;
    if (!count) return;
    if (*count > 0 && depth > kFieldDepthMax) ThrowMalformedStream("a type nested too deeply");
    for (uint32_t i = 0; i < *count; ++i) {
      const auto field = Target(*vector + 4 + size_t{i} * 4);
      if (!field) return;  // so are those behind it
      if (fields_left_-- == 0) ThrowMalformedStream("a schema with more fields than it has room for");
      Vector(Member(field, kFieldChildren), depth + 1);
    }
  }

  template <typename T>
  std::optional<T> Read(size_t at) const {
    if (at > bytes_.size() || bytes_.size() - at < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, bytes_.data() + at, sizeof(T));
    return value;
  }
  // Where the offset at that place leads to.
  std::optional<size_t> Target(size_t place) const {
    const auto offset = Read<uint32_t>(place);
    return offset ? std::optional<size_t>(place + *offset) : std::nullopt;
  }
  std::optional<size_t> Follow(std::optional<size_t> place) const {
    return place ? Target(*place) : std::nullopt;
  }
  // Where a table keeps a member; nothing if it has none.
  std::optional<size_t> Member(std::optional<size_t> table, int number) const {
    const auto back = table ? Read<int32_t>(*table) : std::nullopt;
    if (!back) return std::nullopt;
    const int64_t vtable = static_cast<int64_t>(*table) - *back;
    if (vtable < 0) return std::nullopt;
    const int slot = 4 + 2 * number;
    const auto size = Read<uint16_t>(static_cast<size_t>(vtable));
    if (!size || slot + 2 > *size) return std::nullopt;
    const auto offset = Read<uint16_t>(static_cast<size_t>(vtable) + static_cast<size_t>(slot));
    return offset && *offset != 0 ? std::optional<size_t>(*table + *offset) : std::nullopt;
  }

  const std::string_view bytes_;
  size_t fields_left_;
};

}  // namespace

void CheckSchemaNesting(std::string_view flatbuffer) { Walk(flatbuffer).Run(); }

}  // namespace hearth::engine
