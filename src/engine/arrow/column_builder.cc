#include "engine/arrow/column_builder.h"

#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "engine/duckdb/handles.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::TypeId;

// The first `count` bits that start at bit `from`, at most 64.
uint64_t BitsAt(const uint64_t* words, idx_t from, idx_t count) {
  const idx_t word = from / 64;
  const idx_t shift = from % 64;
  uint64_t bits = words[word] >> shift;
  if (shift != 0 && shift + count > 64) bits |= words[word + 1] << (64 - shift);
  return count == 64 ? bits : bits & ((uint64_t{1} << count) - 1);
}

// Sets `count` bits (at most 64) of zeroed memory from bit `at` on.
void PutBits(uint8_t* out, size_t at, uint64_t bits) {
  const size_t shift = at % 8;
  uint8_t* const byte = out + at / 8;
  uint64_t low;
  std::memcpy(&low, byte, 8);
  low |= bits << shift;
  std::memcpy(byte, &low, 8);
  if (shift != 0) byte[8] = static_cast<uint8_t>(byte[8] | bits >> (64 - shift));
}

size_t BytesOfBits(size_t bits) { return (bits + 7) / 8; }

// Bits at the end of `buffer`, which holds `length` of them; new bytes start as zeros.
class BitAppender {
 public:
  BitAppender(GrowingBuffer* buffer, int64_t length, idx_t count) : at_(static_cast<size_t>(length)) {
    const size_t before = buffer->size();
    const size_t after = BytesOfBits(at_ + count);
    buffer->Reserve(after - before);
    // PutBits reads and writes up to 8 bytes beyond the end: into the slack.
    std::memset(buffer->data() + before, 0, after - before + 16);
    buffer->Advance(after - before);
    out_ = buffer->data();
  }
  void Put(uint64_t bits, idx_t count) {
    PutBits(out_, at_, bits);
    at_ += count;
  }

 private:
  uint8_t* out_;
  size_t at_;
};

void AppendMask(const uint64_t* words, idx_t from, idx_t count, int64_t length, GrowingBuffer* out) {
  BitAppender appender(out, length, count);
  for (idx_t row = 0; row < count; row += 64) {
    const idx_t n = std::min<idx_t>(64, count - row);
    const uint64_t ones = n == 64 ? ~uint64_t{0} : (uint64_t{1} << n) - 1;
    appender.Put(words == nullptr ? ones : BitsAt(words, from + row, n), n);
  }
}

int64_t CountNulls(const uint64_t* validity, idx_t from, idx_t count) {
  int64_t valid = 0;
  for (idx_t row = 0; row < count; row += 64) {
    valid += std::popcount(BitsAt(validity, from + row, std::min<idx_t>(64, count - row)));
  }
  return static_cast<int64_t>(count) - valid;
}

void AddPart(GrowingBuffer* buffer, BatchBody* body) {
  const size_t size = buffer->size();
  body->parts.push_back({buffer->Take(), size});
}

}  // namespace

bool ValidityBuilder::Append(const uint64_t* validity, idx_t from, idx_t count) {
  const int64_t nulls = validity == nullptr ? 0 : CountNulls(validity, from, count);
  if (nulls > 0 && null_count_ == 0 && length_ > 0) {
    AppendMask(nullptr, 0, static_cast<idx_t>(length_), 0, &bits_);
  }
  null_count_ += nulls;
  if (null_count_ > 0) AppendMask(nulls > 0 ? validity : nullptr, from, count, length_, &bits_);
  length_ += static_cast<int64_t>(count);
  return nulls == 0;
}

void ValidityBuilder::Finish(BatchBody* body) {
  body->nodes.push_back({length_, null_count_});
  AddPart(&bits_, body);
  length_ = 0;
  null_count_ = 0;
}

namespace {

// Values that only need to be copied or widened one by one: `Convert` takes DuckDB's element to Arrow's.
template <typename From, typename To, To (*Convert)(const From&)>
class FixedColumn final : public ColumnBuilder {
 public:
  explicit FixedColumn(const ColumnBuilderOptions& options)
      : validity_(options.pool), values_(options.pool) {}

  void Append(const VectorView& values, idx_t from, idx_t count) override {
    validity_.Append(values.validity(), from, count);
    const From* const source = values.data<From>() + from;
    uint8_t* const target = values_.Reserve(count * sizeof(To));
    if constexpr (Convert == nullptr) {
      static_assert(std::is_same_v<From, To>);
      std::memcpy(target, source, count * sizeof(To));
    } else {
      for (idx_t i = 0; i < count; ++i) {
        const To value = Convert(source[i]);
        std::memcpy(target + i * sizeof(To), &value, sizeof(To));
      }
    }
    values_.Advance(count * sizeof(To));
  }
  size_t Measure(const VectorView&, idx_t, idx_t) const override { return 0; }
  size_t bytes() const override { return validity_.bytes() + values_.size(); }
  void Finish(BatchBody* body) override {
    validity_.Finish(body);
    AddPart(&values_, body);
  }

 private:
  ValidityBuilder validity_;
  GrowingBuffer values_;
};

template <typename T>
using CopiedColumn = FixedColumn<T, T, nullptr>;

class BooleanColumn final : public ColumnBuilder {
 public:
  explicit BooleanColumn(const ColumnBuilderOptions& options)
      : validity_(options.pool), values_(options.pool) {}

  void Append(const VectorView& values, idx_t from, idx_t count) override {
    validity_.Append(values.validity(), from, count);
    const auto* const source = values.data<uint8_t>() + from;
    BitAppender appender(&values_, length_, count);
    for (idx_t row = 0; row < count; row += 64) {
      const idx_t n = std::min<idx_t>(64, count - row);
      uint64_t bits = 0;
      for (idx_t i = 0; i < n; ++i) bits |= uint64_t{source[row + i] != 0} << i;
      appender.Put(bits, n);
    }
    length_ += static_cast<int64_t>(count);
  }
  size_t Measure(const VectorView&, idx_t, idx_t) const override { return 0; }
  size_t bytes() const override { return validity_.bytes() + values_.size(); }
  void Finish(BatchBody* body) override {
    validity_.Finish(body);
    AddPart(&values_, body);
    length_ = 0;
  }

 private:
  ValidityBuilder validity_;
  GrowingBuffer values_;
  int64_t length_ = 0;
};

class NullColumn final : public ColumnBuilder {
 public:
  void Append(const VectorView&, idx_t, idx_t count) override { length_ += static_cast<int64_t>(count); }
  size_t Measure(const VectorView&, idx_t, idx_t) const override { return 0; }
  size_t bytes() const override { return 0; }
  void Finish(BatchBody* body) override {
    body->nodes.push_back({length_, length_});
    length_ = 0;
  }

 private:
  int64_t length_ = 0;
};

// Positions in a values buffer or a child: one more than rows, starting with 0.
template <typename Offset>
class OffsetBuilder {
 public:
  explicit OffsetBuilder(std::shared_ptr<BufferPool> pool) : offsets_(std::move(pool)) {}

  // Room for `count` more; the first is for the row after the ones there. Entries are running ends.
  Offset* Reserve(idx_t count) {
    if (offsets_.size() == 0) {
      std::memset(offsets_.Reserve((count + 1) * sizeof(Offset)), 0, sizeof(Offset));
      offsets_.Advance(sizeof(Offset));
    }
    return reinterpret_cast<Offset*>(offsets_.Reserve(count * sizeof(Offset)));
  }
  void Advance(idx_t count) { offsets_.Advance(count * sizeof(Offset)); }
  size_t bytes() const { return offsets_.size(); }
  void Finish(BatchBody* body) {
    Reserve(0);
    AddPart(&offsets_, body);
  }

 private:
  GrowingBuffer offsets_;
};

[[noreturn]] void ThrowTooLarge() {
  throw spark::Error::Decline("a batch of results with more than 2 GiB in one column");
}

// Text and binaries.
template <typename Offset>
class BytesColumn final : public ColumnBuilder {
 public:
  explicit BytesColumn(const ColumnBuilderOptions& options)
      : validity_(options.pool), offsets_(options.pool), values_(options.pool) {}

  void Append(const VectorView& values, idx_t from, idx_t count) override {
    const bool all_valid = validity_.Append(values.validity(), from, count);
    const size_t total = Measure(values, from, count);
    if (values_.size() + total > static_cast<size_t>(std::numeric_limits<Offset>::max())) ThrowTooLarge();
    const auto* const source = values.data<duckdb_string_t>() + from;
    Offset* const ends = offsets_.Reserve(count);
    uint8_t* const start = values_.Reserve(total);
    uint8_t* end = start;
    const auto base = static_cast<Offset>(values_.size());
    for (idx_t i = 0; i < count; ++i) {
      if (all_valid || values.IsValid(from + i)) end = Copy(source[i], end);
      ends[i] = base + static_cast<Offset>(end - start);
    }
    offsets_.Advance(count);
    values_.Advance(total);
  }
  size_t Measure(const VectorView& values, idx_t from, idx_t count) const override {
    const auto* const source = values.data<duckdb_string_t>() + from;
    size_t total = 0;
    if (values.validity() == nullptr) {
      for (idx_t i = 0; i < count; ++i) total += source[i].value.inlined.length;
    } else {
      for (idx_t i = 0; i < count; ++i)
        total += values.IsValid(from + i) ? source[i].value.inlined.length : 0;
    }
    return total;
  }
  size_t bytes() const override { return validity_.bytes() + offsets_.bytes() + values_.size(); }
  void Finish(BatchBody* body) override {
    validity_.Finish(body);
    offsets_.Finish(body);
    AddPart(&values_, body);
  }

 private:
  static uint8_t* Copy(const duckdb_string_t& element, uint8_t* target) {
    const uint32_t length = element.value.inlined.length;
    if (length <= sizeof(element.value.inlined.inlined)) {
      // A copy of fixed size is a pair of moves; what is too much lands in the slack or under the next value.
      std::memcpy(target, element.value.inlined.inlined, sizeof(element.value.inlined.inlined));
    } else {
      std::memcpy(target, element.value.pointer.ptr, length);
    }
    return target + length;
  }

  ValidityBuilder validity_;
  OffsetBuilder<Offset> offsets_;
  GrowingBuffer values_;
};

class StructColumn final : public ColumnBuilder {
 public:
  StructColumn(const ColumnBuilderOptions& options, std::vector<std::unique_ptr<ColumnBuilder>> children)
      : validity_(options.pool), children_(std::move(children)) {}

  void Append(const VectorView& values, idx_t from, idx_t count) override {
    validity_.Append(values.validity(), from, count);
    for (size_t i = 0; i < children_.size(); ++i) children_[i]->Append(values.struct_child(i), from, count);
  }
  size_t Measure(const VectorView& values, idx_t from, idx_t count) const override {
    size_t total = 0;
    for (size_t i = 0; i < children_.size(); ++i)
      total += children_[i]->Measure(values.struct_child(i), from, count);
    return total;
  }
  size_t bytes() const override {
    size_t total = validity_.bytes();
    for (const auto& child : children_) total += child->bytes();
    return total;
  }
  void Finish(BatchBody* body) override {
    validity_.Finish(body);
    for (const auto& child : children_) child->Finish(body);
  }

 private:
  ValidityBuilder validity_;
  std::vector<std::unique_ptr<ColumnBuilder>> children_;
};

// Arrays, and maps as arrays of entries.
class ListColumn final : public ColumnBuilder {
 public:
  ListColumn(const ColumnBuilderOptions& options, std::unique_ptr<ColumnBuilder> child)
      : validity_(options.pool), offsets_(options.pool), child_(std::move(child)) {}

  void Append(const VectorView& values, idx_t from, idx_t count) override {
    validity_.Append(values.validity(), from, count);
    const VectorView elements = values.list_child();
    const auto* const entries = values.data<duckdb_list_entry>() + from;
    int32_t* const ends = offsets_.Reserve(count);
    // Neighbours in DuckDB's child vector, which most lists are, go over in one piece.
    duckdb_list_entry run = {0, 0};
    for (idx_t i = 0; i < count; ++i) {
      if (values.IsValid(from + i)) {
        if (run.offset + run.length != entries[i].offset) {
          AppendElements(elements, run);
          run = {entries[i].offset, 0};
        }
        run.length += entries[i].length;
        child_length_ += static_cast<int64_t>(entries[i].length);
      }
      if (child_length_ > std::numeric_limits<int32_t>::max()) ThrowTooLarge();
      ends[i] = static_cast<int32_t>(child_length_);
    }
    AppendElements(elements, run);
    offsets_.Advance(count);
  }
  size_t Measure(const VectorView& values, idx_t from, idx_t count) const override {
    const VectorView elements = values.list_child();
    const auto* const entries = values.data<duckdb_list_entry>() + from;
    size_t total = 0;
    for (idx_t i = 0; i < count; ++i) {
      if (!values.IsValid(from + i)) continue;
      constexpr size_t kAboutOneElement = 8;
      total += entries[i].length * kAboutOneElement +
               child_->Measure(elements, entries[i].offset, entries[i].length);
    }
    return total;
  }
  size_t bytes() const override { return validity_.bytes() + offsets_.bytes() + child_->bytes(); }
  void Finish(BatchBody* body) override {
    validity_.Finish(body);
    offsets_.Finish(body);
    child_->Finish(body);
    child_length_ = 0;
  }

 private:
  void AppendElements(const VectorView& elements, const duckdb_list_entry& run) {
    if (run.length > 0) child_->Append(elements, run.offset, run.length);
  }

  ValidityBuilder validity_;
  OffsetBuilder<int32_t> offsets_;
  std::unique_ptr<ColumnBuilder> child_;
  int64_t child_length_ = 0;
};

template <typename From>
__int128 ToInt128(const From& value) {
  return value;
}

struct MonthDayNano {
  int32_t months;
  int32_t days;
  int64_t nanoseconds;
};
constexpr int64_t kMicrosPerDay = 86'400'000'000;

MonthDayNano ToMonthDayNano(const duckdb_interval& value) {
  return {value.months, value.days, value.micros * 1000};
}
int32_t ToMonths(const duckdb_interval& value) { return value.months; }
int64_t ToMicros(const duckdb_interval& value) { return value.days * kMicrosPerDay + value.micros; }
int64_t ToNanos(const int64_t& micros) { return micros * 1000; }

class BuilderFactory {
 public:
  explicit BuilderFactory(const ColumnBuilderOptions& options) : options_(options) {}

  std::unique_ptr<ColumnBuilder> Make(const DataType& type, duckdb_logical_type stored) const {
    const duckdb_type id = duckdb_get_type_id(stored);
    switch (type.id()) {
      case TypeId::kNull: return std::make_unique<NullColumn>();
      case TypeId::kBoolean: return Expect<BooleanColumn>(type, id, DUCKDB_TYPE_BOOLEAN);
      case TypeId::kByte: return Expect<CopiedColumn<int8_t>>(type, id, DUCKDB_TYPE_TINYINT);
      case TypeId::kShort: return Expect<CopiedColumn<int16_t>>(type, id, DUCKDB_TYPE_SMALLINT);
      case TypeId::kInteger: return Expect<CopiedColumn<int32_t>>(type, id, DUCKDB_TYPE_INTEGER);
      case TypeId::kLong: return Expect<CopiedColumn<int64_t>>(type, id, DUCKDB_TYPE_BIGINT);
      case TypeId::kFloat: return Expect<CopiedColumn<float>>(type, id, DUCKDB_TYPE_FLOAT);
      case TypeId::kDouble: return Expect<CopiedColumn<double>>(type, id, DUCKDB_TYPE_DOUBLE);
      case TypeId::kDecimal: return MakeDecimal(type, stored);
      case TypeId::kString:
      case TypeId::kChar:
      case TypeId::kVarchar: return MakeBytes(type, id, DUCKDB_TYPE_VARCHAR);
      case TypeId::kBinary: return MakeBytes(type, id, DUCKDB_TYPE_BLOB);
      case TypeId::kDate: return Expect<CopiedColumn<int32_t>>(type, id, DUCKDB_TYPE_DATE);
      case TypeId::kTimestamp: return Expect<CopiedColumn<int64_t>>(type, id, DUCKDB_TYPE_TIMESTAMP_TZ);
      case TypeId::kTimestampNtz: return Expect<CopiedColumn<int64_t>>(type, id, DUCKDB_TYPE_TIMESTAMP);
      case TypeId::kTime:
        if (id == DUCKDB_TYPE_TIME_NS) return New<CopiedColumn<int64_t>>();
        return Expect<FixedColumn<int64_t, int64_t, ToNanos>>(type, id, DUCKDB_TYPE_TIME);
      case TypeId::kCalendarInterval:
        return Expect<FixedColumn<duckdb_interval, MonthDayNano, ToMonthDayNano>>(type, id,
                                                                                  DUCKDB_TYPE_INTERVAL);
      case TypeId::kYearMonthInterval:
        if (id == DUCKDB_TYPE_INTERVAL) return New<FixedColumn<duckdb_interval, int32_t, ToMonths>>();
        return Expect<CopiedColumn<int32_t>>(type, id, DUCKDB_TYPE_INTEGER);
      case TypeId::kDayTimeInterval:
        if (id == DUCKDB_TYPE_INTERVAL) return New<FixedColumn<duckdb_interval, int64_t, ToMicros>>();
        return Expect<CopiedColumn<int64_t>>(type, id, DUCKDB_TYPE_BIGINT);
      case TypeId::kArray: return MakeList(type, stored);
      case TypeId::kMap: return MakeMap(type, stored);
      case TypeId::kStruct: return MakeStruct(type, stored);
      case TypeId::kVariant: break;
    }
    throw spark::Error::Decline("results of type " + type.sql());
  }

 private:
  template <typename Column>
  std::unique_ptr<ColumnBuilder> New() const {
    return std::make_unique<Column>(options_);
  }
  static void Check(const DataType& type, duckdb_type actual, duckdb_type expected) {
    if (actual == expected) return;
    // DuckDB binds some calls to a type of its own, which a query may reveal at any time: that must not end
    // the process.
    throw spark::Error::Decline("a column of type " + type.sql() + " that DuckDB stores as its type " +
                                std::to_string(static_cast<int>(actual)));
  }
  template <typename Column>
  std::unique_ptr<ColumnBuilder> Expect(const DataType& type, duckdb_type actual,
                                        duckdb_type expected) const {
    Check(type, actual, expected);
    return New<Column>();
  }

  std::unique_ptr<ColumnBuilder> MakeBytes(const DataType& type, duckdb_type actual,
                                           duckdb_type expected) const {
    Check(type, actual, expected);
    if (options_.large_var_types) return New<BytesColumn<int64_t>>();
    return New<BytesColumn<int32_t>>();
  }

  std::unique_ptr<ColumnBuilder> MakeDecimal(const DataType& type, duckdb_logical_type stored) const {
    Check(type, duckdb_get_type_id(stored), DUCKDB_TYPE_DECIMAL);
    HEARTH_CHECK(duckdb_decimal_scale(stored) == type.scale())
        << type.sql() << " comes with scale " << int{duckdb_decimal_scale(stored)};
    switch (duckdb_decimal_internal_type(stored)) {
      case DUCKDB_TYPE_SMALLINT: return New<FixedColumn<int16_t, __int128, ToInt128<int16_t>>>();
      case DUCKDB_TYPE_INTEGER: return New<FixedColumn<int32_t, __int128, ToInt128<int32_t>>>();
      case DUCKDB_TYPE_BIGINT: return New<FixedColumn<int64_t, __int128, ToInt128<int64_t>>>();
      default: return New<CopiedColumn<__int128>>();
    }
  }

  std::unique_ptr<ColumnBuilder> MakeList(const DataType& type, duckdb_logical_type stored) const {
    Check(type, duckdb_get_type_id(stored), DUCKDB_TYPE_LIST);
    const LogicalTypeHandle element(duckdb_list_type_child_type(stored));
    return std::make_unique<ListColumn>(options_, Make(type.element(), element.get()));
  }

  std::unique_ptr<ColumnBuilder> MakeMap(const DataType& type, duckdb_logical_type stored) const {
    Check(type, duckdb_get_type_id(stored), DUCKDB_TYPE_MAP);
    const LogicalTypeHandle key(duckdb_map_type_key_type(stored));
    const LogicalTypeHandle value(duckdb_map_type_value_type(stored));
    std::vector<std::unique_ptr<ColumnBuilder>> entry;
    entry.push_back(Make(type.key(), key.get()));
    entry.push_back(Make(type.value(), value.get()));
    return std::make_unique<ListColumn>(options_, std::make_unique<StructColumn>(options_, std::move(entry)));
  }

  std::unique_ptr<ColumnBuilder> MakeStruct(const DataType& type, duckdb_logical_type stored) const {
    Check(type, duckdb_get_type_id(stored), DUCKDB_TYPE_STRUCT);
    HEARTH_CHECK(duckdb_struct_type_child_count(stored) == type.fields().size());
    std::vector<std::unique_ptr<ColumnBuilder>> children;
    for (size_t i = 0; i < type.fields().size(); ++i) {
      const LogicalTypeHandle child(duckdb_struct_type_child_type(stored, i));
      children.push_back(Make(type.fields()[i].type, child.get()));
    }
    return std::make_unique<StructColumn>(options_, std::move(children));
  }

  const ColumnBuilderOptions& options_;
};

}  // namespace

std::unique_ptr<ColumnBuilder> MakeColumnBuilder(const DataType& type, duckdb_logical_type duckdb_type,
                                                 const ColumnBuilderOptions& options) {
  return BuilderFactory(options).Make(type, duckdb_type);
}

}  // namespace hearth::engine
