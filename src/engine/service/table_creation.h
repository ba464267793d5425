// CREATE TABLE, with rows and without, DROP TABLE, and DataFrame.write.saveAsTable.
#pragma once

#include <string>

#include "catalog/change.h"
#include "engine/service/command_context.h"
#include "engine/service/text_result.h"
#include "spark/plan/command.h"

namespace hearth::engine {

TextResult CreateTable(const spark::CreateTable& create, CommandContext& context);
TextResult SaveAsTable(const spark::SaveAsTable& save, CommandContext& context);
TextResult DropTable(const spark::DropTable& drop, const CommandContext& context);

// Throws INVALID_SCHEMA_OR_RELATION_NAME for what is no name of a table or database.
void CheckObjectName(const std::string& name);
// Adds the end of a table or view, and of the files that are the catalog's.
void AddDrop(const catalog::Table& table, catalog::Change* change);
// Who owns what is made here.
std::string ProcessUser();
// Throws COLUMN_ALREADY_EXISTS, and declines columns of types that tables do not have here.
void CheckColumns(const std::vector<spark::StructField>& columns);

}  // namespace hearth::engine
