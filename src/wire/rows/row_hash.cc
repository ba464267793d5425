#include "wire/rows/row_hash.h"

#include <algorithm>
#include <cstring>

#include "wire/rows/ipc_batch.h"
#include "wire/rows/mix.h"

namespace hearth::wire {

namespace {

using Hashes = std::vector<uint64_t>;

constexpr uint64_t kNull = 0x6A09E667F3BCC909;

template <typename T>
uint64_t ValueAt(const IpcColumn& column, size_t row) {
  T value;
  std::memcpy(&value, column.values.data() + row * sizeof(T), sizeof(T));
  return static_cast<uint64_t>(value);
}

/// Folds value(row) into the hash of each row, or that there is none.
template <typename Value>
void Fold(const IpcColumn& column, Hashes* hashes, Value value) {
  uint64_t* const hash = hashes->data();
  const size_t length = hashes->size();
  if (column.validity.empty()) {
    for (size_t row = 0; row < length; ++row) hash[row] = Mix(hash[row] ^ value(row));
    return;
  }
  for (size_t row = 0; row < length; ++row) {
    hash[row] =
        column.IsNull(static_cast<int64_t>(row)) ? Mix(hash[row] + kNull) : Mix(hash[row] ^ value(row));
  }
}

void FoldFixed(const IpcColumn& column, Hashes* hashes) {
  switch (column.layout->width) {
    case 1: return Fold(column, hashes, [&](size_t row) { return ValueAt<uint8_t>(column, row); });
    case 2: return Fold(column, hashes, [&](size_t row) { return ValueAt<uint16_t>(column, row); });
    case 4: return Fold(column, hashes, [&](size_t row) { return ValueAt<uint32_t>(column, row); });
    case 8: return Fold(column, hashes, [&](size_t row) { return ValueAt<uint64_t>(column, row); });
    default:  // 16
      return Fold(column, hashes, [&](size_t row) {
        return Mix(ValueAt<uint64_t>(column, 2 * row)) ^ ValueAt<uint64_t>(column, 2 * row + 1);
      });
  }
}

void FoldColumn(const IpcColumn& column, Hashes* hashes);

void FoldList(const IpcColumn& column, Hashes* hashes) {
  const IpcColumn& child = column.children.front();
  Hashes elements(static_cast<size_t>(child.length));
  FoldColumn(child, &elements);
  Fold(column, hashes, [&](size_t row) {
    const int64_t begin = column.OffsetAt(static_cast<int64_t>(row));
    const int64_t end = column.OffsetAt(static_cast<int64_t>(row) + 1);
    auto list = static_cast<uint64_t>(end - begin);
    for (int64_t i = begin; i < end; ++i) list = Mix(list ^ elements[static_cast<size_t>(i)]);
    return list;
  });
}

void FoldStruct(const IpcColumn& column, Hashes* hashes) {
  Hashes fields(hashes->size());
  for (const IpcColumn& child : column.children) FoldColumn(child, &fields);
  Fold(column, hashes, [&](size_t row) { return fields[row]; });
}

void FoldColumn(const IpcColumn& column, Hashes* hashes) {
  switch (column.layout->kind) {
    case IpcLayout::Kind::kNull:
      for (uint64_t& hash : *hashes) hash = Mix(hash + kNull);
      return;
    case IpcLayout::Kind::kBits:
      return Fold(column, hashes, [&](size_t row) {
        return static_cast<uint64_t>(static_cast<uint8_t>(column.values[row / 8]) >> (row % 8)) & 1;
      });
    case IpcLayout::Kind::kFixed: return FoldFixed(column, hashes);
    case IpcLayout::Kind::kBytes:
      return Fold(column, hashes, [&](size_t row) {
        const auto begin = static_cast<size_t>(column.OffsetAt(static_cast<int64_t>(row)));
        const auto end = static_cast<size_t>(column.OffsetAt(static_cast<int64_t>(row) + 1));
        return HashOfBytes(column.values.substr(begin, end - begin));
      });
    case IpcLayout::Kind::kList: return FoldList(column, hashes);
    case IpcLayout::Kind::kStruct: return FoldStruct(column, hashes);
  }
}

}  // namespace

std::optional<RowHashes> HashRows(std::string_view stream) {
  const auto batch = IpcBatch::Read(stream);
  if (!batch) return std::nullopt;
  RowHashes hashes;
  hashes.schema = HashOfBytes(batch->schema_message());
  hashes.rows.resize(static_cast<size_t>(batch->row_count()));
  for (const IpcColumn& column : batch->columns()) FoldColumn(column, &hashes.rows);
  for (uint64_t& row : hashes.rows) row = Mix(Mix(row + kNull) ^ row);
  return hashes;
}

}  // namespace hearth::wire
