#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace hearth::wire {

/// How a column lies in Arrow's buffers, whatever it means.
struct IpcLayout {
  enum class Kind : uint8_t {
    kNull,    ///< no buffers
    kBits,    ///< validity, bits
    kFixed,   ///< validity, values of `width` bytes
    kBytes,   ///< validity, offsets of `width` bytes, bytes
    kList,    ///< validity, offsets of `width` bytes; one child
    kStruct,  ///< validity; children
  };
  Kind kind = Kind::kNull;
  size_t width = 0;
  std::vector<IpcLayout> children;
};

/// One column of a batch. The buffers lie in the stream it was read from, and hold what its length needs.
struct IpcColumn {
  const IpcLayout* layout = nullptr;
  int64_t length = 0;
  /// Empty: no row is null.
  std::string_view validity;
  std::string_view offsets;
  std::string_view values;
  std::vector<IpcColumn> children;

  bool IsNull(int64_t row) const {
    return !validity.empty() &&
           ((static_cast<uint8_t>(validity[static_cast<size_t>(row) / 8]) >> (row % 8)) & 1) == 0;
  }
  /// Of kBytes and kList, for rows 0 to length.
  int64_t OffsetAt(int64_t row) const;
};

/// The one record batch of an Arrow IPC stream, as Spark Connect sends rows. Every size and offset was
/// checked, so that reading what the columns say stays inside of the stream, which must outlive this.
class IpcBatch {
 public:
  /// Nothing for what is not read here: no or several batches, compressed buffers, dictionaries, unions,
  /// types of other layouts, and whatever is not sound.
  static std::optional<IpcBatch> Read(std::string_view stream);

  /// The stream's first message, whole.
  std::string_view schema_message() const { return schema_message_; }
  int64_t row_count() const { return row_count_; }
  const std::vector<IpcColumn>& columns() const { return columns_; }

 private:
  std::string_view schema_message_;
  int64_t row_count_ = 0;
  /// Where the columns' layouts are; as long as it has been made, it does not move.
  std::vector<IpcLayout> layouts_;
  std::vector<IpcColumn> columns_;
};

}  // namespace hearth::wire
