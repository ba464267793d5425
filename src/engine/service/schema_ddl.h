// Schemas as DDL text.
#pragma once

#include <string>

#include "spark/types/data_type.h"

namespace hearth::engine {

// Spark's StructType.toDDL: "a INT,`b c` STRING NOT NULL COMMENT 'x'". REQUIRES: a struct.
std::string SchemaDdl(const spark::DataType& schema);

// Spark's quoteIfNeeded: in back-ticks what is no plain word.
std::string QuoteIfNeeded(const std::string& name);

}  // namespace hearth::engine
