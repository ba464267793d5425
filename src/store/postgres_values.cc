#include "store/postgres_values.h"

#include "store/big_endian.h"

namespace hearth::store {

namespace {

template <typename Number>
void AppendBigEndian(Number number, std::string* out) {
  for (int shift = static_cast<int>(sizeof(Number)) * 8 - 8; shift >= 0; shift -= 8)
    out->push_back(static_cast<char>(number >> shift & 0xff));
}

}  // namespace

std::string PostgresNumber(int64_t number) {
  std::string bytes;
  AppendBigEndian(static_cast<uint64_t>(number), &bytes);
  return bytes;
}

int64_t NumberOfPostgres(std::string_view bytes) { return static_cast<int64_t>(BigEndian(bytes)); }

void PostgresArray::Add(std::string_view bytes) {
  AppendBigEndian(static_cast<uint32_t>(bytes.size()), &elements_);
  elements_ += bytes;
  ++size_;
}

std::string PostgresArray::Encoded() && {
  std::string array;
  AppendBigEndian(uint32_t{size_ == 0 ? 0U : 1U}, &array);  // dimensions
  AppendBigEndian(uint32_t{0}, &array);                     // has no NULL
  AppendBigEndian(element_type_, &array);
  if (size_ == 0) return array;
  AppendBigEndian(size_, &array);
  AppendBigEndian(uint32_t{1}, &array);  // the first index
  array += elements_;
  return array;
}

}  // namespace hearth::store
