#include "wire/rows/row_choice.h"

#include <cstring>

#include "wire/rows/ipc_batch.h"
#include "wire/rows/record_batch_message.h"

namespace hearth::wire {

namespace {

using Rows = std::vector<int64_t>;

/// Puts together the body of a batch, column after column, depth first.
class BodyWriter {
 public:
  void Column(const IpcColumn& column, const Rows& rows) {
    using Kind = IpcLayout::Kind;
    const Kind kind = column.layout->kind;
    const auto length = static_cast<int64_t>(rows.size());
    if (kind == Kind::kNull) return nodes_.push_back({length, length});
    const size_t node = nodes_.size();
    nodes_.push_back({length, 0});
    nodes_[node].null_count = Validity(column, rows);
    switch (kind) {
      case Kind::kNull: return;
      case Kind::kBits: return Bits(column, rows);
      case Kind::kFixed: return Fixed(column, rows);
      case Kind::kBytes: return Bytes(column, rows);
      case Kind::kList: return List(column, rows);
      case Kind::kStruct:
        for (const IpcColumn& child : column.children) Column(child, rows);
    }
  }

  std::string Message(int64_t row_count) {
    std::vector<uint8_t> head;
    AppendRecordBatchMessage(row_count, nodes_, buffers_, static_cast<int64_t>(body_.size()), &head);
    return std::string(head.begin(), head.end()) + body_;
  }

 private:
  int64_t Validity(const IpcColumn& column, const Rows& rows) {
    if (column.validity.empty()) {
      Buffer({});
      return 0;
    }
    int64_t nulls = 0;
    std::string bits((rows.size() + 7) / 8, '\0');
    for (size_t i = 0; i < rows.size(); ++i) {
      column.IsNull(rows[i]) ? void(++nulls) : SetBit(i, &bits);
    }
    Buffer(bits);
    return nulls;
  }

  void Bits(const IpcColumn& column, const Rows& rows) {
    std::string bits((rows.size() + 7) / 8, '\0');
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto byte = static_cast<uint8_t>(column.values[static_cast<size_t>(rows[i]) / 8]);
      if ((byte >> (rows[i] % 8)) & 1) SetBit(i, &bits);
    }
    Buffer(bits);
  }

  void Fixed(const IpcColumn& column, const Rows& rows) {
    const size_t width = column.layout->width;
    std::string values(rows.size() * width, '\0');
    for (size_t i = 0; i < rows.size(); ++i) {
      std::memcpy(values.data() + i * width, column.values.data() + static_cast<size_t>(rows[i]) * width,
                  width);
    }
    Buffer(values);
  }

  void Bytes(const IpcColumn& column, const Rows& rows) {
    std::string offsets(OffsetBytes(column, rows), '\0');
    std::string values;
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto begin = static_cast<size_t>(column.OffsetAt(rows[i]));
      const auto end = static_cast<size_t>(column.OffsetAt(rows[i] + 1));
      values.append(column.values.substr(begin, end - begin));
      SetOffset(column, i + 1, static_cast<int64_t>(values.size()), &offsets);
    }
    Buffer(offsets);
    Buffer(values);
  }

  void List(const IpcColumn& column, const Rows& rows) {
    std::string offsets(OffsetBytes(column, rows), '\0');
    Rows elements;
    for (size_t i = 0; i < rows.size(); ++i) {
      const int64_t end = column.OffsetAt(rows[i] + 1);
      for (int64_t element = column.OffsetAt(rows[i]); element < end; ++element) elements.push_back(element);
      SetOffset(column, i + 1, static_cast<int64_t>(elements.size()), &offsets);
    }
    Buffer(offsets);
    Column(column.children.front(), elements);
  }

  static size_t OffsetBytes(const IpcColumn& column, const Rows& rows) {
    return (rows.size() + 1) * column.layout->width;
  }
  static void SetOffset(const IpcColumn& column, size_t row, int64_t offset, std::string* offsets) {
    const size_t width = column.layout->width;
    std::memcpy(offsets->data() + row * width, &offset, width);  // Arrow and we are little-endian.
  }
  static void SetBit(size_t at, std::string* bits) {
    (*bits)[at / 8] = static_cast<char>(static_cast<uint8_t>((*bits)[at / 8]) | (1U << (at % 8)));
  }

  void Buffer(std::string_view content) {
    buffers_.push_back({static_cast<int64_t>(body_.size()), static_cast<int64_t>(content.size())});
    body_.append(content);
    body_.resize((body_.size() + 7) / 8 * 8, '\0');
  }

  std::vector<FieldNode> nodes_;
  std::vector<BufferRange> buffers_;
  std::string body_;
};

}  // namespace

std::optional<std::string> ChooseRows(std::string_view stream, const Rows& rows) {
  const auto batch = IpcBatch::Read(stream);
  if (!batch) return std::nullopt;
  BodyWriter body;
  for (const IpcColumn& column : batch->columns()) body.Column(column, rows);
  std::string chosen(batch->schema_message());
  chosen += body.Message(static_cast<int64_t>(rows.size()));
  chosen.append(reinterpret_cast<const char*>(kEndOfStream), sizeof kEndOfStream);
  return chosen;
}

}  // namespace hearth::wire
