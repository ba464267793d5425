// Schemas as clients send them: DDL ("a INT, b STRING") or Spark's JSON.
#pragma once

#include <string>

#include "spark/types/data_type.h"

namespace hearth::spark {

// For local data: any type; one that is no struct becomes the struct's only field, `value`.
DataType ParseLocalSchema(const std::string& text);

// For readers: throws CONNECT_INVALID_PLAN.INVALID_SCHEMA_NON_STRUCT_TYPE for a type that is no struct.
DataType ParseReadSchema(const std::string& text);

}  // namespace hearth::spark
