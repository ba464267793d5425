// Spark's schemas as Arrow's, both ways.
#pragma once

#include <nanoarrow/nanoarrow.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "spark/types/data_type.h"

namespace hearth::engine {

struct ArrowSchemaOptions {
  std::string time_zone = "UTC";  // spark.sql.session.timeZone, written into timestamp types
  bool large_var_types = false;   // spark.sql.execution.arrow.useLargeVarTypes
};

// The Arrow schema that Apache Spark sends for a result of this type: same types, names, nullability.
// Throws a decline for types without one here (variant). REQUIRES: a struct.
nanoarrow::UniqueSchema ToArrowSchema(const spark::DataType& schema, const ArrowSchemaOptions& options);

// The Spark type of a client's Arrow schema, as Spark's ArrowUtils.fromArrowSchema: dictionaries count as
// their values. Throws a decline for types that Spark does not read. REQUIRES: a struct.
spark::DataType FromArrowSchema(const ArrowSchema& schema);

// An encapsulated IPC message with the schema: the start of every stream.
std::vector<uint8_t> EncodeSchemaMessage(const ArrowSchema& schema);

// Names of struct fields with repeated ones numbered: a, a -> a_0, a_1. Only nested structs need it.
std::vector<std::string> DistinctFieldNames(const spark::DataType& type);

}  // namespace hearth::engine
