// How a C++ function over single values becomes a DuckDB function over vectors. A function is a struct:
//
//   struct Divide {
//     using Signature = double(double, double);
//     static std::optional<double> Apply(double a, double b);         // nullopt: this row fails
//     [[noreturn]] static void Fail(double a, double b);              // throws RowError; only where Apply
//     can fail
//   };
//
// Apply of a total function gives a plain value instead of an optional. AddTotal<F> and AddRaising<F> enter
// it into a list under its name; a raising one is entered twice, as hearth_x with a site and as hearth_try_x
// without.
#pragma once

#include <duckdb.h>

#include <cstring>
#include <exception>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/duckdb/vector_view.h"
#include "engine/functions/catalog.h"
#include "engine/functions/row_error.h"

namespace hearth::engine {

// Types that C++ has no name for.
struct Date {
  int32_t days;
};
struct Timestamp {  // a wall clock
  int64_t micros;
};
struct Instant {
  int64_t micros;
};
struct Blob {
  std::string_view bytes;
};

// How a type is spelled in DuckDB's SQL, stored in a vector, and read from it.
template <typename T>
struct SqlType;

template <typename T, duckdb_type Id>
struct PlainSqlType {
  static constexpr duckdb_type kId = Id;
  using Stored = T;
  static T Load(const Stored& stored) { return stored; }
  static void Store(const T& value, duckdb_vector, idx_t row, Stored* data) { data[row] = value; }
};
template <typename T, duckdb_type Id>
struct TextSqlType {
  static constexpr duckdb_type kId = Id;
  using Stored = duckdb_string_t;
  static void Store(std::string_view value, duckdb_vector vector, idx_t row, Stored*) {
    // What goes in came from valid strings: no second check of the encoding.
    duckdb_unsafe_vector_assign_string_element_len(vector, row, value.data(), value.size());
  }
};
template <>
struct SqlType<bool> : PlainSqlType<bool, DUCKDB_TYPE_BOOLEAN> {
  static constexpr const char* kName = "BOOLEAN";
};
template <>
struct SqlType<int8_t> : PlainSqlType<int8_t, DUCKDB_TYPE_TINYINT> {
  static constexpr const char* kName = "TINYINT";
};
template <>
struct SqlType<int16_t> : PlainSqlType<int16_t, DUCKDB_TYPE_SMALLINT> {
  static constexpr const char* kName = "SMALLINT";
};
template <>
struct SqlType<int32_t> : PlainSqlType<int32_t, DUCKDB_TYPE_INTEGER> {
  static constexpr const char* kName = "INTEGER";
};
template <>
struct SqlType<int64_t> : PlainSqlType<int64_t, DUCKDB_TYPE_BIGINT> {
  static constexpr const char* kName = "BIGINT";
};
// Only as an argument. DuckDB aligns its 128-bit integers to 8 bytes, which an __int128 may not be read from.
template <>
struct SqlType<__int128> {
  static constexpr duckdb_type kId = DUCKDB_TYPE_HUGEINT;
  static constexpr const char* kName = "HUGEINT";
  using Stored = duckdb_hugeint;
  static __int128 Load(const Stored& stored) {
    return static_cast<__int128>(static_cast<unsigned __int128>(stored.upper) << 64 | stored.lower);
  }
};
template <>
struct SqlType<float> : PlainSqlType<float, DUCKDB_TYPE_FLOAT> {
  static constexpr const char* kName = "FLOAT";
};
template <>
struct SqlType<double> : PlainSqlType<double, DUCKDB_TYPE_DOUBLE> {
  static constexpr const char* kName = "DOUBLE";
};
// DuckDB takes the largest number of days or microseconds, and its negative, for infinity, which has no year.
// Spark has dates there. Not an error of Spark: the query is declined.
template <typename T, typename Count, Count T::* kCount, duckdb_type Id>
struct TimeSqlType : PlainSqlType<T, Id> {
  static void Store(const T& value, duckdb_vector vector, idx_t row, T* data) {
    constexpr Count kInfinity = std::numeric_limits<Count>::max();
    if (value.*kCount == kInfinity || value.*kCount == -kInfinity) {
      throw std::range_error("a date or time that DuckDB takes for infinity");
    }
    PlainSqlType<T, Id>::Store(value, vector, row, data);
  }
};
template <>
struct SqlType<Date> : TimeSqlType<Date, int32_t, &Date::days, DUCKDB_TYPE_DATE> {
  static constexpr const char* kName = "DATE";
};
template <>
struct SqlType<Timestamp> : TimeSqlType<Timestamp, int64_t, &Timestamp::micros, DUCKDB_TYPE_TIMESTAMP> {
  static constexpr const char* kName = "TIMESTAMP";
};
template <>
struct SqlType<Instant> : TimeSqlType<Instant, int64_t, &Instant::micros, DUCKDB_TYPE_TIMESTAMP_TZ> {
  static constexpr const char* kName = "TIMESTAMP WITH TIME ZONE";
};
template <>
struct SqlType<std::string_view> : TextSqlType<std::string_view, DUCKDB_TYPE_VARCHAR> {
  static constexpr const char* kName = "VARCHAR";
  static std::string_view Load(const duckdb_string_t& stored) { return StringOf(stored); }
};
// Only as a result.
template <>
struct SqlType<std::string> : TextSqlType<std::string, DUCKDB_TYPE_VARCHAR> {
  static constexpr const char* kName = "VARCHAR";
};
template <>
struct SqlType<Blob> : TextSqlType<Blob, DUCKDB_TYPE_BLOB> {
  static constexpr const char* kName = "BLOB";
  static Blob Load(const duckdb_string_t& stored) { return {StringOf(stored)}; }
  static void Store(const Blob& value, duckdb_vector vector, idx_t row, Stored*) {
    duckdb_unsafe_vector_assign_string_element_len(vector, row, value.bytes.data(), value.bytes.size());
  }
};

// A fixed function as it is registered.
struct FixedFunction {
  FunctionSignature signature;
  std::vector<duckdb_type> parameter_ids;
  duckdb_type result_id = DUCKDB_TYPE_INVALID;
  duckdb_scalar_function_t run = nullptr;
};
using FunctionList = std::vector<FixedFunction>;

// The argument columns of a chunk with the rows where none is NULL.
template <typename... Arguments>
class ArgumentColumns {
 public:
  explicit ArgumentColumns(duckdb_data_chunk chunk)
      : ArgumentColumns(chunk, std::index_sequence_for<Arguments...>()) {}

  bool IsValid(idx_t row) const {
    for (const VectorView& view : views_) {
      if (!view.IsValid(row)) return false;
    }
    return true;
  }
  bool may_hold_nulls() const { return may_hold_nulls_; }

  // f(argument...) with the values of a row.
  template <typename Function>
  decltype(auto) Call(idx_t row, Function&& f) const {
    return CallWith(row, std::forward<Function>(f), std::index_sequence_for<Arguments...>());
  }

 private:
  template <size_t... I>
  ArgumentColumns(duckdb_data_chunk chunk, std::index_sequence<I...>)
      : views_{VectorView(duckdb_data_chunk_get_vector(chunk, I))...} {
    for (const VectorView& view : views_) may_hold_nulls_ |= view.validity() != nullptr;
  }
  template <typename Function, size_t... I>
  decltype(auto) CallWith(idx_t row, Function&& f, std::index_sequence<I...>) const {
    return f(
        SqlType<Arguments>::Load(views_[I].template data<typename SqlType<Arguments>::Stored>()[row])...);
  }

  VectorView views_[sizeof...(Arguments)];
  bool may_hold_nulls_ = false;
};

// The vector that a function fills in.
template <typename Result>
class ResultColumn {
 public:
  using Stored = typename SqlType<Result>::Stored;

  explicit ResultColumn(duckdb_vector vector)
      : vector_(vector), data_(static_cast<Stored*>(duckdb_vector_get_data(vector))) {}

  void Set(idx_t row, const Result& value) { SqlType<Result>::Store(value, vector_, row, data_); }
  void SetNull(idx_t row) {
    if (validity_ == nullptr) {
      duckdb_vector_ensure_validity_writable(vector_);
      validity_ = duckdb_vector_get_validity(vector_);
    }
    duckdb_validity_set_row_invalid(validity_, row);
  }

 private:
  duckdb_vector vector_;
  Stored* data_;
  uint64_t* validity_ = nullptr;
};

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

// Runs a body that may throw RowError, and reports what it throws to DuckDB.
template <typename Body>
void ReportErrors(duckdb_function_info info, Body&& body) {
  int32_t site = -1;
  try {
    body(&site);
  } catch (const RowError& error) {
    duckdb_scalar_function_set_error(info, EncodeRowError(error, site).c_str());
  } catch (const std::exception& error) {
    duckdb_scalar_function_set_error(info, error.what());
  }
}

enum class OnFailure { kNone, kRaise, kNull };

template <typename Function, typename Signature, OnFailure on_failure>
struct VectorFunction;

template <typename Function, typename Result, typename... Arguments, OnFailure on_failure>
struct VectorFunction<Function, Result(Arguments...), on_failure> {
  static void Run(duckdb_function_info info, duckdb_data_chunk chunk, duckdb_vector out) {
    ReportErrors(info, [&](int32_t* site) {
      const idx_t size = duckdb_data_chunk_get_size(chunk);
      const ArgumentColumns<Arguments...> arguments(chunk);
      ResultColumn<Result> result(out);
      for (idx_t row = 0; row < size; ++row) {
        if (arguments.may_hold_nulls() && !arguments.IsValid(row)) {
          result.SetNull(row);
          continue;
        }
        auto value = arguments.Call(row, Function::Apply);
        if constexpr (!IsOptional<decltype(value)>::value) {
          result.Set(row, value);
        } else if (value.has_value()) {
          result.Set(row, *value);
        } else if constexpr (on_failure == OnFailure::kRaise) {
          *site = SiteOf(chunk, row);
          arguments.Call(row, Function::Fail);
        } else {
          result.SetNull(row);
        }
      }
    });
  }

  // The constant after the arguments.
  static int32_t SiteOf(duckdb_data_chunk chunk, idx_t row) {
    return VectorView(duckdb_data_chunk_get_vector(chunk, sizeof...(Arguments)))
        .template data<int32_t>()[row];
  }

  static FixedFunction Describe(std::string name) {
    FixedFunction described{{std::move(name),
                             {SqlType<Arguments>::kName...},
                             SqlType<Result>::kName,
                             on_failure == OnFailure::kRaise},
                            {SqlType<Arguments>::kId...},
                            SqlType<Result>::kId,
                            Run};
    if (on_failure == OnFailure::kRaise) {
      described.signature.parameters.push_back(SqlType<int32_t>::kName);
      described.parameter_ids.push_back(SqlType<int32_t>::kId);
    }
    return described;
  }
};

template <typename Function>
void AddTotal(const std::string& name, FunctionList* list) {
  list->push_back(
      VectorFunction<Function, typename Function::Signature, OnFailure::kNone>::Describe("hearth_" + name));
}

template <typename Function>
void AddRaising(const std::string& name, FunctionList* list) {
  using Signature = typename Function::Signature;
  list->push_back(VectorFunction<Function, Signature, OnFailure::kRaise>::Describe("hearth_" + name));
  list->push_back(VectorFunction<Function, Signature, OnFailure::kNull>::Describe("hearth_try_" + name));
}

}  // namespace hearth::engine
