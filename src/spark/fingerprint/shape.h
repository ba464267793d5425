// One node of a plan as the fingerprint sees it: a label without literals, and the nodes below in a fixed
// order. Nodes that say nothing about the workload are skipped here, and different spellings of one thing get
// one shape.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "spark/plan/command.h"
#include "spark/plan/expression.h"
#include "spark/plan/relation.h"
#include "spark/sql/parser.h"

namespace hearth::spark {

using PlanNode = std::variant<ExpressionPtr, RelationPtr>;

struct Shape {
  std::string label;
  std::vector<PlanNode> children;
};

Shape ShapeOf(const PlanNode& node, const ParserOptions& options);
Shape ShapeOf(const Command& command);

}  // namespace hearth::spark
