#include "placement/files/parquet_footer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "absl/strings/ascii.h"
#include "placement/files/thrift_reader.h"

namespace hearth::placement {

namespace {

using Field = ThriftReader::Field;
using Type = ThriftReader::Type;

enum Physical { kBoolean, kInt32, kInt64, kInt96, kFloat, kDouble, kByteArray, kFixedByteArray };

/// A column of values, nested or not.
struct Leaf {
  size_t column = 0;  ///< its outermost one
  bool is_nested = false;
  int64_t physical = kByteArray;
  bool is_decimal = false;
  /// Of one step of what is stored, on the axis of ColumnFacts.
  double unit = 1;
  double values = 0;
  /// Every row group so far said its least and its greatest value.
  bool has_range = true;
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
};

struct SchemaElement {
  std::string_view name;
  int64_t physical = -1;
  int64_t children = 0;
  int64_t converted = -1;
  int64_t scale = 0;
  double unit = 1;
};

/// The unit of a TimestampType: a union of MILLIS, MICROS and NANOS.
double ReadTimestampUnit(ThriftReader& in) {
  constexpr double kMicroseconds[] = {1, 1000, 1, 0.001};
  double unit = 1;
  Field field;
  while (in.Next(&field)) {
    if (field.id == 2 && field.type == Type::kStruct) {
      Field choice;
      while (in.Next(&choice)) {
        if (choice.id >= 1 && choice.id <= 3) unit = kMicroseconds[choice.id];
        in.Skip(choice.type);
      }
    } else {
      in.Skip(field.type);
    }
  }
  return unit;
}

void ReadLogicalType(ThriftReader& in, SchemaElement* element) {
  constexpr int16_t kTimestamp = 8;
  Field field;
  while (in.Next(&field)) {
    if (field.id == kTimestamp && field.type == Type::kStruct) {
      element->unit = ReadTimestampUnit(in);
    } else {
      in.Skip(field.type);
    }
  }
}

SchemaElement ReadElement(ThriftReader& in) {
  SchemaElement element;
  Field field;
  while (in.Next(&field)) {
    switch (field.id) {
      case 1: element.physical = in.Integer(); break;
      case 4: element.name = in.Binary(); break;
      case 5: element.children = in.Integer(); break;
      case 6: element.converted = in.Integer(); break;
      case 7: element.scale = in.Integer(); break;
      case 10:
        if (field.type == Type::kStruct) {
          ReadLogicalType(in, &element);
          break;
        }
        [[fallthrough]];
      default: in.Skip(field.type);
    }
  }
  return element;
}

Leaf LeafOf(const SchemaElement& element, size_t column, bool is_nested) {
  constexpr int64_t kConvertedDecimal = 5;
  constexpr int64_t kConvertedMilliseconds = 9;
  Leaf leaf{.column = column, .is_nested = is_nested, .physical = element.physical, .unit = element.unit};
  leaf.is_decimal = element.converted == kConvertedDecimal;
  if (leaf.is_decimal)
    leaf.unit = std::pow(10.0, -static_cast<double>(std::clamp<int64_t>(element.scale, 0, 38)));
  if (element.converted == kConvertedMilliseconds) leaf.unit = 1000;
  return leaf;
}

/// Big-endian, two's complement, as decimals are in byte arrays.
double BigEndianNumber(std::string_view bytes) {
  double number = 0;
  for (const char byte : bytes) number = number * 256 + static_cast<uint8_t>(byte);
  const bool is_negative = !bytes.empty() && (bytes[0] & 0x80) != 0;
  return is_negative ? number - std::pow(256.0, static_cast<double>(bytes.size())) : number;
}

template <typename T>
std::optional<double> LittleEndian(std::string_view bytes) {
  if (bytes.size() != sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  return static_cast<double>(value);
}

/// A statistic's value on the axis of ColumnFacts.
std::optional<double> OnAxis(const Leaf& leaf, std::string_view bytes) {
  std::optional<double> value;
  switch (leaf.physical) {
    case kBoolean:
      if (bytes.size() == 1) value = bytes[0] != 0 ? 1 : 0;
      break;
    case kInt32: value = LittleEndian<int32_t>(bytes); break;
    case kInt64: value = LittleEndian<int64_t>(bytes); break;
    case kFloat: value = LittleEndian<float>(bytes); break;
    case kDouble: value = LittleEndian<double>(bytes); break;
    case kByteArray:
    case kFixedByteArray:
      value = leaf.is_decimal && bytes.size() <= 32 ? BigEndianNumber(bytes) : AxisOfText(bytes);
      break;
    default: break;
  }
  if (!value || !std::isfinite(*value)) return std::nullopt;
  return *value * leaf.unit;
}

/// One footer while it is read.
class Footer {
 public:
  explicit Footer(std::string_view bytes) : in_(bytes) {}

  std::optional<ParquetSummary> Read() {
    Field field;
    bool has_rows = false;
    while (sound_ && in_.Next(&field)) {
      if (field.id == 2 && field.type == Type::kList) {
        ReadSchema();
      } else if (field.id == 3 && field.type == Type::kI64) {
        summary_.rows = static_cast<double>(in_.Integer());
        has_rows = true;
      } else if (field.id == 4 && field.type == Type::kList) {
        ReadRowGroups();
      } else {
        in_.Skip(field.type);
      }
    }
    if (!sound_ || !in_.ok() || !has_rows || summary_.rows < 0 || leaves_.empty()) return std::nullopt;
    for (const Leaf& leaf : leaves_) Conclude(leaf);
    return std::move(summary_);
  }

 private:
  /// Elements come depth first; a group tells how many of those that follow are its children.
  void ReadSchema() {
    const auto list = in_.BeginList();
    std::vector<int64_t> open;  // children to come, of each group around
    for (uint32_t i = 0; i < list.size && in_.ok(); ++i) {
      const SchemaElement element = ReadElement(in_);
      const bool is_root = i == 0;
      while (!open.empty() && open.back() == 0) open.pop_back();
      if (element.children < 0 || is_root == !open.empty()) {
        sound_ = false;
        return;
      }
      if (!is_root) --open.back();
      if (open.size() == 1) {
        summary_.columns.push_back({.name = absl::AsciiStrToLower(std::string(element.name))});
      }
      if (element.children > 0 || is_root) {
        open.push_back(element.children);
      } else if (!summary_.columns.empty()) {
        leaves_.push_back(LeafOf(element, summary_.columns.size() - 1, open.size() > 1));
      }
    }
  }

  void ReadRowGroups() {
    const auto list = in_.BeginList();
    summary_.row_groups = list.size;
    if (leaves_.size() * list.size > kFooterChunksMax) sound_ = false;
    for (uint32_t i = 0; i < list.size && sound_ && in_.ok(); ++i) {
      Field field;
      while (sound_ && in_.Next(&field)) {
        if (field.id == 1 && field.type == Type::kList) {
          ReadChunks();
        } else {
          in_.Skip(field.type);
        }
      }
    }
  }

  /// A row group has one chunk for each leaf, in their order.
  void ReadChunks() {
    const auto list = in_.BeginList();
    if (list.size != leaves_.size()) {
      sound_ = false;
      return;
    }
    for (Leaf& leaf : leaves_) {
      Field field;
      while (in_.Next(&field)) {
        if (field.id == 3 && field.type == Type::kStruct) {
          ReadChunk(leaf);
        } else {
          in_.Skip(field.type);
        }
      }
    }
  }

  void ReadChunk(Leaf& leaf) {
    ColumnFacts& column = summary_.columns[leaf.column];
    bool has_range = false;
    Field field;
    while (in_.Next(&field)) {
      switch (field.id) {
        case 5: leaf.values += Amount(field); break;
        case 6: column.raw_bytes += Amount(field); break;
        case 7: column.stored_bytes += Amount(field); break;
        case 12:
          if (field.type == Type::kStruct) {
            has_range = ReadStatistics(leaf, column);
            break;
          }
          [[fallthrough]];
        default: in_.Skip(field.type);
      }
    }
    leaf.has_range &= has_range;
  }

  bool ReadStatistics(Leaf& leaf, ColumnFacts& column) {
    std::optional<double> low;
    std::optional<double> high;
    Field field;
    while (in_.Next(&field)) {
      const bool is_text = field.type == Type::kBinary;
      switch (field.id) {
        case 3: column.nulls += Amount(field); break;
        case 5:
          if (is_text) {
            high = OnAxis(leaf, in_.Binary());
            break;
          }
          [[fallthrough]];
        case 6:
          if (is_text && field.id == 6) {
            low = OnAxis(leaf, in_.Binary());
            break;
          }
          [[fallthrough]];
        default: in_.Skip(field.type);
      }
    }
    if (low) leaf.low = std::min(leaf.low, *low);
    if (high) leaf.high = std::max(leaf.high, *high);
    return low && high;
  }

  /// Counts and sizes are never negative.
  double Amount(const Field& field) {
    if (field.type != Type::kI64 && field.type != Type::kI32) {
      in_.Skip(field.type);
      return 0;
    }
    const int64_t value = in_.Integer();
    if (value < 0) sound_ = false;
    return static_cast<double>(value);
  }

  void Conclude(const Leaf& leaf) {
    if (leaf.is_nested) return;
    ColumnFacts& column = summary_.columns[leaf.column];
    if (leaf.has_range && leaf.low <= leaf.high) column.range.emplace(leaf.low, leaf.high);
    column.distinct = DistinctByWidth(leaf, column);
  }

  /// A writer gives each of the values of a dictionary a number of as few bits as will do, so their size
  /// tells how many there are. Of long runs it takes less, and says nothing.
  static double DistinctByWidth(const Leaf& leaf, const ColumnFacts& column) {
    constexpr double kBitsMax = 16;
    const double bits = leaf.values > 0 ? column.raw_bytes * 8 / leaf.values : 0;
    return bits >= 0.9 && bits <= kBitsMax ? std::exp2(bits) : 0;
  }

  ThriftReader in_;
  ParquetSummary summary_;
  std::vector<Leaf> leaves_;
  bool sound_ = true;
};

}  // namespace

std::optional<ParquetSummary> ReadParquetFooter(std::string_view footer) { return Footer(footer).Read(); }

std::optional<size_t> ParquetFooterSize(std::string_view tail) {
  if (tail.size() != 8 || tail.substr(4) != "PAR1") return std::nullopt;
  uint32_t size = 0;
  for (int i = 3; i >= 0; --i) size = size << 8 | static_cast<uint8_t>(tail[static_cast<size_t>(i)]);
  return size;
}

}  // namespace hearth::placement
