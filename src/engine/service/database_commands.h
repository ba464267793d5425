// SQL about databases: CREATE, DROP, DESCRIBE, USE.
#pragma once

#include "engine/service/command_context.h"
#include "engine/service/text_result.h"
#include "spark/plan/command.h"

namespace hearth::engine {

// Each gives the rows that Spark answers, and throws spark::Error.
TextResult CreateDatabase(const spark::CreateDatabase& create, const CommandContext& context);
TextResult DropDatabase(const spark::DropDatabase& drop, const CommandContext& context);
TextResult DescribeDatabase(const spark::DescribeDatabase& describe, const CommandContext& context);
TextResult Use(const spark::UseCommand& use, const CommandContext& context);

}  // namespace hearth::engine
