// INSERT INTO, INSERT OVERWRITE and TRUNCATE TABLE.
#pragma once

#include <string>

#include "catalog/objects.h"
#include "engine/service/command_context.h"
#include "engine/service/text_result.h"
#include "spark/analysis/typed_plan.h"
#include "spark/plan/command.h"

namespace hearth::engine {

TextResult Insert(const spark::InsertInto& insert, CommandContext& context);
TextResult Truncate(const spark::TruncateTable& truncate, const CommandContext& context);

// Appends the plan's rows, columns by their names, all of which are there. False: look at the table again.
bool InsertByName(const spark::TypedPlanPtr& plan, const catalog::Table& table, CommandContext& context,
                  const std::string& time_zone);

}  // namespace hearth::engine
