// Schemas as DDL text.
#pragma once

#include <string>

#include "spark/types/data_type.h"

namespace hearth::engine {

// Spark's StructType.toDDL: "a INT,`b c` STRING NOT NULL COMMENT 'x'". REQUIRES: a struct.
std::string SchemaDdl(const spark::DataType& schema);

}  // namespace hearth::engine
