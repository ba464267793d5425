// How often a query reads a table of some name, before anything is resolved.
#pragma once

#include <string>

#include "spark/plan/relation.h"

namespace hearth::spark {

// Counts the tables called `name` (one part, case-insensitive) in the relation, its expressions' subqueries
// included. May count too many (where an inner WITH hides the name), never too few.
int CountTableReferences(const RelationPtr& relation, const std::string& name);

}  // namespace hearth::spark
