// Move-only owners of DuckDB's C handles. None is thread safe unless it says so.
#pragma once

#include <duckdb.h>

#include <utility>

namespace hearth::engine {

// Owns a pointer-like handle of the C API, whose destroy function takes its address and ignores a null one.
template <typename Raw, void (*Destroy)(Raw*)>
class Handle {
 public:
  Handle() = default;
  explicit Handle(Raw raw) : raw_(raw) {}
  Handle(Handle&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      Reset();
      raw_ = std::exchange(other.raw_, nullptr);
    }
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { Reset(); }

  Raw get() const { return raw_; }
  explicit operator bool() const { return raw_ != nullptr; }
  // For calls that fill a handle in.
  Raw* out() {
    Reset();
    return &raw_;
  }
  void Reset() {
    if (raw_ != nullptr) Destroy(&raw_);
    raw_ = nullptr;
  }

 private:
  Raw raw_ = nullptr;
};

using ConfigHandle = Handle<duckdb_config, duckdb_destroy_config>;
using DatabaseHandle = Handle<duckdb_database, duckdb_close>;
using ConnectionHandle = Handle<duckdb_connection, duckdb_disconnect>;
using PreparedHandle = Handle<duckdb_prepared_statement, duckdb_destroy_prepare>;
using PendingHandle = Handle<duckdb_pending_result, duckdb_destroy_pending>;
using ChunkHandle = Handle<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using LogicalTypeHandle = Handle<duckdb_logical_type, duckdb_destroy_logical_type>;
using ValueHandle = Handle<duckdb_value, duckdb_destroy_value>;
using ClientContextHandle = Handle<duckdb_client_context, duckdb_destroy_client_context>;
using ScalarFunctionHandle = Handle<duckdb_scalar_function, duckdb_destroy_scalar_function>;
using ScalarFunctionSetHandle = Handle<duckdb_scalar_function_set, duckdb_destroy_scalar_function_set>;
using TableFunctionHandle = Handle<duckdb_table_function, duckdb_destroy_table_function>;

// A result, which the C API holds by value.
class ResultHandle {
 public:
  ResultHandle() = default;
  ResultHandle(ResultHandle&& other) noexcept : raw_(std::exchange(other.raw_, {})) {}
  ResultHandle& operator=(ResultHandle&& other) noexcept {
    if (this != &other) {
      duckdb_destroy_result(&raw_);
      raw_ = std::exchange(other.raw_, {});
    }
    return *this;
  }
  ~ResultHandle() { duckdb_destroy_result(&raw_); }

  duckdb_result* get() { return &raw_; }

 private:
  duckdb_result raw_ = {};
};

}  // namespace hearth::engine
