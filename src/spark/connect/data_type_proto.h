// Data types between Spark Connect's messages and ours.
#pragma once

#include "spark/types/data_type.h"

namespace spark::connect {
class DataType;
}

namespace hearth::spark {

// Throws CONNECT_INVALID_PLAN.* for a message that is no type, a ParseException for type text that is none,
// and declines types that the native engine does not have (user-defined, geometry, geography).
DataType DecodeDataType(const ::spark::connect::DataType& message);

// As Spark's server writes the schema of a result.
void EncodeDataType(const DataType& type, ::spark::connect::DataType* message);

}  // namespace hearth::spark
