// Calls of spark.catalog that other relations are made of: the Scala client asks for the first row of most of
// them.
#pragma once

#include "engine/service/command_context.h"

namespace spark::connect {
class Relation;
}

namespace hearth::engine {

// Answers the call that `root` leads to through relations of one input, and puts its rows in its place;
// without such a call nothing changes. The call acts now, as it does in Spark, which runs it while it plans.
// Throws what AnswerCatalog throws.
void AnswerCatalogBelow(::spark::connect::Relation& root, CommandContext& context);

}  // namespace hearth::engine
