// Runs the decimal functions that variants.h names.
#pragma once

#include <duckdb.h>

#include "engine/functions/variant_name.h"

namespace hearth::engine {

// Registers the function of a variant under its name, for all connections of the database. Throws
// DuckDbError.
void RegisterDecimalVariant(const Variant& variant, duckdb_connection connection);

}  // namespace hearth::engine
