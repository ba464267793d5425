#include "engine/arrow/vector_filler.h"

#include <cstring>
#include <limits>

#include "base/check.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::TypeId;

class VectorFiller {
 public:
  VectorFiller(const ArrowArrayView& source, int64_t from, int64_t count, duckdb_vector target, idx_t at)
      : source_(source), from_(from), count_(count), target_(target), at_(at) {}

  void Fill(const DataType& type) {
    if (source_.dictionary != nullptr) return FillFromDictionary(type);
    FillValidity(type);
    switch (type.id()) {
      case TypeId::kNull: return;
      case TypeId::kBoolean: return FillBooleans();
      case TypeId::kByte: return Copy<int8_t>();
      case TypeId::kShort: return Copy<int16_t>();
      case TypeId::kDate: return CopyTimes<int32_t>();
      case TypeId::kYearMonthInterval:
      case TypeId::kFloat:
      case TypeId::kInteger: return Copy<int32_t>();
      case TypeId::kTimestamp:
      case TypeId::kTimestampNtz: return CopyTimes<int64_t>();
      case TypeId::kDayTimeInterval:
      case TypeId::kDouble:
      case TypeId::kLong: return Copy<int64_t>();
      case TypeId::kDecimal: return FillDecimals(type.precision());
      case TypeId::kString:
      case TypeId::kBinary: return FillBytes();
      case TypeId::kArray: return FillList(type.element(), target_);
      case TypeId::kMap: return FillList(EntryType(type), target_);
      case TypeId::kStruct: return FillStruct(type);
      default: HEARTH_CHECK(false) << "local data of type " << type.sql();
    }
  }

 private:
  bool IsNull(int64_t row) const { return ArrowArrayViewIsNull(&source_, from_ + row); }

  void FillFromDictionary(const DataType& type) {
    for (int64_t row = 0; row < count_; ++row) {
      const idx_t out = at_ + static_cast<idx_t>(row);
      if (IsNull(row)) {
        duckdb_vector_ensure_validity_writable(target_);
        duckdb_validity_set_row_invalid(duckdb_vector_get_validity(target_), out);
      } else {
        const int64_t index = ArrowArrayViewGetIntUnsafe(&source_, from_ + row);
        VectorFiller(*source_.dictionary, index, 1, target_, out).Fill(type);
      }
    }
  }

  void FillValidity(const DataType& type) {
    const bool all_null = type.Is(TypeId::kNull);
    if (!all_null && source_.buffer_views[0].size_bytes == 0) return;
    duckdb_vector_ensure_validity_writable(target_);
    uint64_t* const validity = duckdb_vector_get_validity(target_);
    for (int64_t row = 0; row < count_; ++row) {
      duckdb_validity_set_row_validity(validity, at_ + static_cast<idx_t>(row), !all_null && !IsNull(row));
    }
  }

  template <typename T>
  T* Target() {
    return static_cast<T*>(duckdb_vector_get_data(target_)) + at_;
  }

  template <typename T>
  void Copy() {
    if (count_ == 0) return;
    std::memcpy(Target<T>(),
                source_.buffer_views[1].data.as_uint8 + (source_.offset + from_) * int64_t{sizeof(T)},
                static_cast<size_t>(count_) * sizeof(T));
  }

  // DuckDB takes the ends of the range for infinity; Spark has dates there.
  template <typename T>
  void CopyTimes() {
    Copy<T>();
    constexpr T kInfinity = std::numeric_limits<T>::max();
    const T* const values = Target<T>();
    for (int64_t row = 0; row < count_; ++row) {
      // Under a NULL stands what the client left there: pandas has the least number of all.
      if ((values[row] >= kInfinity || values[row] <= -kInfinity) && !IsNull(row)) {
        throw spark::Error::Decline("local data with a date or time that DuckDB takes for infinity");
      }
    }
  }

  void FillBooleans() {
    auto* const target = Target<bool>();
    for (int64_t row = 0; row < count_; ++row) {
      target[row] = ArrowBitGet(source_.buffer_views[1].data.as_uint8, source_.offset + from_ + row) != 0;
    }
  }

  void FillDecimals(int precision) {
    if (precision > 18) return Copy<__int128>();
    if (precision > 9) return NarrowDecimals<int64_t>();
    if (precision > 4) return NarrowDecimals<int32_t>();
    NarrowDecimals<int16_t>();
  }

  template <typename T>
  void NarrowDecimals() {
    auto* const target = Target<T>();
    const uint8_t* const values = source_.buffer_views[1].data.as_uint8 + (source_.offset + from_) * 16;
    for (int64_t row = 0; row < count_; ++row) {
      __int128 value;
      std::memcpy(&value, values + row * 16, 16);
      target[row] = static_cast<T>(value);
    }
  }

  void FillBytes() {
    for (int64_t row = 0; row < count_; ++row) {
      if (IsNull(row)) continue;
      const ArrowBufferView bytes = ArrowArrayViewGetBytesUnsafe(&source_, from_ + row);
      duckdb_unsafe_vector_assign_string_element_len(
          target_, at_ + static_cast<idx_t>(row), bytes.data.as_char, static_cast<idx_t>(bytes.size_bytes));
    }
  }

  static DataType EntryType(const DataType& map) {
    return DataType::Struct({{"key", map.key(), false}, {"value", map.value(), map.contains_null()}});
  }

  void FillList(const DataType& element, duckdb_vector target) {
    const ArrowArrayView& child = *source_.children[0];
    for (int64_t row = 0; row < count_; ++row) {
      const idx_t start = duckdb_list_vector_get_size(target);
      auto* const entry = static_cast<duckdb_list_entry*>(duckdb_vector_get_data(target)) + at_ + row;
      *entry = {start, 0};
      if (IsNull(row)) continue;
      const int64_t from = ArrowArrayViewListChildOffset(&source_, from_ + row);
      const int64_t length = ArrowArrayViewListChildOffset(&source_, from_ + row + 1) - from;
      entry->length = static_cast<uint64_t>(length);
      duckdb_list_vector_reserve(target, start + entry->length);
      duckdb_list_vector_set_size(target, start + entry->length);
      VectorFiller(child, from, length, duckdb_list_vector_get_child(target), start).Fill(element);
    }
  }

  void FillStruct(const DataType& type) {
    for (size_t i = 0; i < type.fields().size(); ++i) {
      // The children of a sliced struct start with it.
      VectorFiller(*source_.children[i], source_.offset + from_, count_,
                   duckdb_struct_vector_get_child(target_, i), at_)
          .Fill(type.fields()[i].type);
    }
  }

  const ArrowArrayView& source_;
  int64_t from_;
  int64_t count_;
  duckdb_vector target_;
  idx_t at_;
};

}  // namespace

void FillVector(const ArrowArrayView& source, const DataType& type, int64_t from, int64_t count,
                duckdb_vector target, idx_t at) {
  VectorFiller(source, from, count, target, at).Fill(type);
}

}  // namespace hearth::engine
