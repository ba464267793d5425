// Reading a flatbuffer that nobody has verified.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace hearth::wire {

// Positions count from its start; what leads outside leads to nothing. Does not own the bytes.
class UnverifiedFlatbuffer {
 public:
  explicit UnverifiedFlatbuffer(std::string_view bytes) : bytes_(bytes) {}

  size_t size() const { return bytes_.size(); }

  // Nothing if that is outside.
  template <typename T>
  std::optional<T> Read(size_t at) const {
    if (at > bytes_.size() || bytes_.size() - at < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, bytes_.data() + at, sizeof(T));
    return value;
  }

  // Where a table keeps a field; nothing if it has none.
  std::optional<size_t> Field(std::optional<size_t> table, int number) const {
    if (!table) return std::nullopt;
    const auto to_vtable = Read<int32_t>(*table);
    if (!to_vtable) return std::nullopt;
    const auto vtable = static_cast<int64_t>(*table) - *to_vtable;
    if (vtable < 0) return std::nullopt;
    const auto vtable_size = Read<uint16_t>(static_cast<size_t>(vtable));
    const int slot = 4 + 2 * number;
    if (!vtable_size || slot + 2 > *vtable_size) return std::nullopt;
    const auto offset = Read<uint16_t>(static_cast<size_t>(vtable) + static_cast<size_t>(slot));
    if (!offset || *offset == 0) return std::nullopt;
    return *table + *offset;
  }

  // What the offset at that place points to.
  std::optional<size_t> Target(std::optional<size_t> place) const {
    if (!place) return std::nullopt;
    const auto offset = Read<uint32_t>(*place);
    if (!offset) return std::nullopt;
    return *place + *offset;
  }

 private:
  std::string_view bytes_;
};

}  // namespace hearth::wire
