// ALTER TABLE and ALTER VIEW.
#pragma once

#include "engine/service/command_context.h"
#include "engine/service/text_result.h"
#include "spark/plan/command.h"

namespace hearth::engine {

TextResult Alter(const spark::AlterTable& alter, const CommandContext& context);

}  // namespace hearth::engine
