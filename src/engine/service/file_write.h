// DataFrame.write to a folder, and INSERT OVERWRITE DIRECTORY.
#pragma once

#include "engine/service/command_context.h"
#include "spark/plan/command.h"

namespace hearth::engine {

// The files are staged in a hidden folder and come to stand where they belong by one change of the catalog,
// which an operation makes once: there is all of them or, until then, what was there before. Throws
// spark::Error, and then nothing has happened.
void WriteFiles(const spark::WriteFiles& write, CommandContext& context);

}  // namespace hearth::engine
