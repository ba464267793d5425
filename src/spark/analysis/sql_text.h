// SQL text inside a DataFrame's plan, parsed with the session's settings.
#pragma once

#include <string>

#include "spark/analysis/environment.h"
#include "spark/plan/relation.h"
#include "spark/types/data_type.h"

namespace hearth::spark {

ExpressionPtr ParseExpressionText(const std::string& text, const Environment& environment);

// The query of `text`; a command is declined: the session runs those before analysis.
RelationPtr ParseQueryText(const std::string& text, const Environment& environment);

// A schema as clients send it: DDL or JSON.
DataType ParseSchemaText(const std::string& text, const Environment& environment);

}  // namespace hearth::spark
