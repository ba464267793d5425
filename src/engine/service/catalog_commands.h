// SQL about what a session and the catalog have: SHOW, and DESCRIBE of a table or query.
#pragma once

#include "engine/service/command_context.h"
#include "engine/service/text_result.h"
#include "spark/plan/command.h"

namespace hearth::engine {

// Each gives the rows that Spark answers. They throw spark::Error and decline other catalogs.
TextResult Show(const spark::ShowCommand& show, const CommandContext& context);
TextResult Describe(const spark::DescribeCommand& describe, const CommandContext& context);

}  // namespace hearth::engine
