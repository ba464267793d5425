// Constants as DuckDB literals.
#pragma once

#include "engine/lower/fragment.h"
#include "spark/types/data_type.h"
#include "spark/types/value.h"

namespace hearth::engine {

// A constant of Spark's type in that type's storage. Declines nested values.
Fragment PrintConstant(const spark::Value& value, const spark::DataType& type);

Fragment IntegerLiteral(int64_t value, DuckType::Id id);
Fragment TextLiteral(std::string_view text);
Fragment NullLiteral(const DuckType& type);

}  // namespace hearth::engine
