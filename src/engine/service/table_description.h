// What statements tell of tables and persistent views: DESCRIBE, SHOW CREATE TABLE, SHOW TBLPROPERTIES.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/service/command_context.h"
#include "engine/service/table_catalog.h"
#include "engine/service/text_result.h"
#include "spark/plan/command.h"

namespace hearth::engine {

// The rows of DESCRIBE for columns, without any.
TextResult DescribedColumns();
// One row for each column.
void AddColumns(const std::vector<spark::StructField>& columns, TextResult* result);

// A column's comment, which is in its metadata.
std::optional<std::string> CommentOf(const spark::StructField& field);

TextResult DescribeTable(const catalog::Table& table, bool is_extended);
TextResult ShowTable(const spark::ShowTable& show, const CommandContext& context);

}  // namespace hearth::engine
