// Views of the catalog: CREATE VIEW and DROP VIEW without TEMPORARY.
#pragma once

#include "engine/service/command_context.h"
#include "spark/plan/command.h"

namespace hearth::engine {

// Throws what analysis throws, INVALID_TEMP_OBJ_REFERENCE for a view of temporary views, and Spark's errors
// about its name and columns.
void CreateKeptView(const spark::CreateView& create, const CommandContext& context);
void DropKeptView(const spark::DropView& drop, const CommandContext& context);

}  // namespace hearth::engine
