// Values as text in a shown table: Spark's ToPrettyString, which is a cast to string that prints NULL as
// "NULL", also inside arrays, maps and structs, and binaries as "[0A FF]".
#pragma once

#include <string>
#include <string_view>

#include "engine/duckdb/vector_view.h"
#include "engine/functions/time_zone.h"
#include "spark/types/data_type.h"

namespace hearth::engine {

// Used from one thread.
class PrettyText {
 public:
  // `time_zone`: of the session, for instants.
  explicit PrettyText(std::string_view time_zone);

  // Appends a row's value. The vector's type stands for `type` as functions/catalog.h ("Storage") says.
  // Throws a decline for a type without a text here.
  void Append(const spark::DataType& type, const VectorView& values, idx_t row, std::string* out);

 private:
  void AppendValue(const spark::DataType& type, const VectorView& values, idx_t row, std::string* out);
  void AppendList(const spark::DataType& type, const VectorView& values, idx_t row, std::string* out);
  void AppendMap(const spark::DataType& type, const VectorView& values, idx_t row, std::string* out);
  void AppendStruct(const spark::DataType& type, const VectorView& values, idx_t row, std::string* out);

  Zone zone_;
};

}  // namespace hearth::engine
