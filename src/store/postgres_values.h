#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hearth::store {

/// Values in the binary form of PostgreSQL's protocol: whole numbers are big endian, arrays as array_recv()
/// of its source reads them. A bytea and a text stand for themselves.
std::string PostgresNumber(int64_t number);
int64_t NumberOfPostgres(std::string_view bytes);

/// An array of one dimension, bytea[] or bigint[], built element by element.
class PostgresArray {
 public:
  static PostgresArray OfBytes() { return PostgresArray(17); }
  static PostgresArray OfNumbers() { return PostgresArray(20); }

  void Add(std::string_view bytes);
  void Add(int64_t number) { Add(PostgresNumber(number)); }
  std::string Encoded() &&;

 private:
  explicit PostgresArray(uint32_t element_type) : element_type_(element_type) {}

  const uint32_t element_type_;
  uint32_t size_ = 0;
  std::string elements_;
};

}  // namespace hearth::store
