// A client's rows as a table that queries read.
#pragma once

#include <memory>

#include "spark/analysis/typed_plan.h"
#include "spark/plan/relation.h"

namespace hearth::engine {

// Reads the Arrow schema (not the rows, which are read when a query runs). The table's schema is the client's
// when it gives one, else Arrow's. Throws as ArrowTable::ReadSchema, and a decline when the two differ in
// more than nullability and field names, since the rows would need a cast.
std::shared_ptr<const spark::LocalTable> OpenLocal(const spark::LocalRelation& local);

}  // namespace hearth::engine
