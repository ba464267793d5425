#include "engine/arrow/schema_nesting.h"

#include <cstddef>
#include <cstdint>
#include <optional>

#include "engine/arrow/message_check.h"
#include "wire/rows/unverified_flatbuffer.h"

namespace hearth::engine {
namespace {

// Numbers of fields in Arrow's Message.fbs and Schema.fbs.
constexpr int kMessageHeaderType = 1, kMessageHeader = 2, kSchemaFields = 1, kFieldChildren = 5;
constexpr uint8_t kSchema = 1;
// A table has at least an offset to its vtable, and an offset leads to it.
constexpr size_t kFieldBytesMin = 8;

class Walk {
 public:
  explicit Walk(std::string_view bytes) : flatbuffer_(bytes), fields_left_(bytes.size() / kFieldBytesMin) {}

  void Run() {
    const auto root = flatbuffer_.Target(0);
    const auto kind = flatbuffer_.Field(root, kMessageHeaderType);
    if (!kind || flatbuffer_.Read<uint8_t>(*kind).value_or(0) != kSchema) return;
    Vector(flatbuffer_.Field(flatbuffer_.Target(flatbuffer_.Field(root, kMessageHeader)), kSchemaFields), 0);
  }

 private:
  void Vector(std::optional<size_t> place, int depth) {
    const auto vector = flatbuffer_.Target(place);
    const auto count = vector ? flatbuffer_.Read<uint32_t>(*vector) : std::nullopt;
    if (!count) return;
    if (*count > 0 && depth > kFieldDepthMax) ThrowMalformedStream("a type nested too deeply");
    for (uint32_t i = 0; i < *count; ++i) {
      const auto field = flatbuffer_.Target(*vector + 4 + size_t{i} * 4);
      if (!field) return;  // so are those behind it
      if (fields_left_-- == 0) ThrowMalformedStream("a schema with more fields than it has room for");
      Vector(flatbuffer_.Field(field, kFieldChildren), depth + 1);
    }
  }

  const wire::UnverifiedFlatbuffer flatbuffer_;
  size_t fields_left_;
};

}  // namespace

void CheckSchemaNesting(std::string_view flatbuffer) { Walk(flatbuffer).Run(); }

}  // namespace hearth::engine
