// Footers of Parquet for tests: of flat columns of 64-bit integers and text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::placement {

/// Thrift's compact protocol, structs nested by hand.
class ThriftWriter {
 public:
  void Begin() { last_ids_.push_back(0); }
  void End() {
    bytes_ += '\0';
    last_ids_.pop_back();
  }
  void Integer(int16_t id, int64_t value, bool is_wide = true) {
    Head(id, is_wide ? 6 : 5);
    Varint(Zigzag(value));
  }
  void Text(int16_t id, std::string_view text) {
    Head(id, 8);
    Varint(text.size());
    bytes_ += text;
  }
  void Struct(int16_t id) {
    Head(id, 12);
    Begin();
  }
  void ListOfStructs(int16_t id, size_t size) {
    Head(id, 9);
    bytes_ += static_cast<char>(0xF0 | 12);
    Varint(size);
  }
  std::string Take() { return std::move(bytes_); }

 private:
  static uint64_t Zigzag(int64_t value) {
    return static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
  }
  void Head(int16_t id, int type) {
    const int delta = id - last_ids_.back();
    bytes_ += static_cast<char>(delta << 4 | type);
    last_ids_.back() = id;
  }
  void Varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
  std::vector<int16_t> last_ids_;
};

struct WrittenColumn {
  std::string name;
  bool is_text = false;
  /// As statistics hold them: eight bytes of an integer, or text.
  std::string low;
  std::string high;
  int64_t raw_bytes = 1000;
  int64_t stored_bytes = 500;
  int64_t nulls = 0;
};

inline std::string EightBytes(int64_t value) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(static_cast<uint64_t>(value) >> (8 * i));
  return bytes;
}

/// The same columns in each row group.
inline std::string WriteFooter(const std::vector<WrittenColumn>& columns, int64_t rows_of_a_group,
                               size_t groups) {
  ThriftWriter out;
  out.Begin();
  out.Integer(1, 1, false);
  out.ListOfStructs(2, columns.size() + 1);
  out.Begin();
  out.Text(4, "schema");
  out.Integer(5, static_cast<int64_t>(columns.size()), false);
  out.End();
  for (const WrittenColumn& column : columns) {
    out.Begin();
    out.Integer(1, column.is_text ? 6 : 2, false);
    out.Integer(3, 1, false);
    out.Text(4, column.name);
    out.End();
  }
  out.Integer(3, rows_of_a_group * static_cast<int64_t>(groups));
  out.ListOfStructs(4, groups);
  for (size_t group = 0; group < groups; ++group) {
    out.Begin();
    out.ListOfStructs(1, columns.size());
    for (const WrittenColumn& column : columns) {
      out.Begin();
      out.Integer(2, 4);
      out.Struct(3);
      out.Integer(1, column.is_text ? 6 : 2, false);
      out.Integer(5, rows_of_a_group);
      out.Integer(6, column.raw_bytes);
      out.Integer(7, column.stored_bytes);
      out.Integer(9, 4);
      if (!column.low.empty()) {
        out.Struct(12);
        out.Integer(3, column.nulls);
        out.Text(5, column.high);
        out.Text(6, column.low);
        out.End();
      }
      out.End();
      out.End();
    }
    out.Integer(2, 1000);
    out.Integer(3, rows_of_a_group);
    out.End();
  }
  out.End();
  return out.Take();
}

/// A whole file, but for the pages that nobody looks at.
inline std::string WriteParquet(const std::string& footer, size_t page_bytes = 100) {
  std::string file = "PAR1" + std::string(page_bytes, 'p') + footer;
  for (int i = 0; i < 4; ++i) file += static_cast<char>(footer.size() >> (8 * i));
  return file + "PAR1";
}

}  // namespace hearth::placement
