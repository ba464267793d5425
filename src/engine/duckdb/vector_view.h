// Reading DuckDB's vectors without copying. A view is valid as long as its chunk. Chunks that a query hands
// out and those that a registered function receives hold flat vectors only.
#pragma once

#include <duckdb.h>

#include <cstdint>
#include <string_view>

namespace hearth::engine {

// The bytes of a string or blob element; short ones live inside the element itself.
inline std::string_view StringOf(const duckdb_string_t& element) {
  constexpr uint32_t kInlined = 12;
  const uint32_t length = element.value.inlined.length;
  return {length <= kInlined ? element.value.inlined.inlined : element.value.pointer.ptr, length};
}

class VectorView {
 public:
  explicit VectorView(duckdb_vector vector)
      : vector_(vector),
        data_(duckdb_vector_get_data(vector)),
        validity_(duckdb_vector_get_validity(vector)) {}

  template <typename T>
  const T* data() const {
    return static_cast<const T*>(data_);
  }
  // One bit for each row, set where it is not NULL; null: no row is NULL.
  const uint64_t* validity() const { return validity_; }
  bool IsValid(idx_t row) const {
    return validity_ == nullptr || ((validity_[row / 64] >> (row % 64)) & 1) != 0;
  }
  std::string_view string(idx_t row) const { return StringOf(data<duckdb_string_t>()[row]); }

  // Of a list or a map (whose child is a struct of keys and values).
  VectorView list_child() const { return VectorView(duckdb_list_vector_get_child(vector_)); }
  idx_t list_child_size() const { return duckdb_list_vector_get_size(vector_); }
  VectorView struct_child(idx_t index) const {
    return VectorView(duckdb_struct_vector_get_child(vector_, index));
  }
  duckdb_vector raw() const { return vector_; }

 private:
  duckdb_vector vector_;
  const void* data_;
  const uint64_t* validity_;
};

}  // namespace hearth::engine
