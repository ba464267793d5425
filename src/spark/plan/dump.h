// Plans as text, for people, tests and fingerprints. One line a relation, its inputs indented below it:
//
//   Project [a, +(a, 1) AS b]
//     Filter >(a, 1)
//       Table t
//
// Calls are written name(arguments), so the text shows how operators nest. Pure, thread safe.
#pragma once

#include <string>

#include "spark/plan/command.h"
#include "spark/plan/expression.h"
#include "spark/plan/relation.h"

namespace hearth::spark {

struct DumpOptions {
  bool origins = false;  // every expression followed by its place in the text, "@start-stop"
};

std::string Dump(const ExpressionPtr& expression, const DumpOptions& options = {});
std::string Dump(const RelationPtr& relation, const DumpOptions& options = {});
std::string Dump(const Command& command, const DumpOptions& options = {});
std::string Dump(const Statement& statement, const DumpOptions& options = {});

}  // namespace hearth::spark
