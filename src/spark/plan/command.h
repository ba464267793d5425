// What has an effect on the session (or would have one outside, which the native engine declines).
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "spark/plan/relation.h"

namespace hearth::spark {

// CREATE [OR REPLACE] [GLOBAL] TEMPORARY VIEW, and createOrReplaceTempView.
struct CreateView {
  std::vector<std::string> name;
  RelationPtr plan;
  std::vector<std::string> column_names;  // renamed columns, may be empty
  bool replace = false;
  bool if_not_exists = false;
  bool is_temporary = true;
  bool is_global = false;
  std::string sql_text;  // of the query, when it came as SQL
};
struct DropView {
  std::vector<std::string> name;
  bool if_exists = false;
};
// SET key = value | SET key | SET | SET -v; RESET [key] with is_reset.
struct SetConfiguration {
  std::optional<std::string> key;
  std::optional<std::string> value;
  bool is_reset = false;
};
struct ExplainCommand {
  enum class Mode { kSimple, kExtended, kCodegen, kCost, kFormatted };
  RelationPtr plan;
  Mode mode = Mode::kSimple;
};
// SHOW DATABASES, TABLES, VIEWS, COLUMNS, CATALOGS, CURRENT NAMESPACE.
struct ShowCommand {
  enum class What { kDatabases, kTables, kViews, kColumns, kCatalogs, kCurrentNamespace };
  What what = What::kTables;
  std::vector<std::string> name;  // the database, or the table of the columns; empty: the current database
  std::optional<std::string> pattern;  // LIKE
  OriginPtr origin;                    // of the name
};
// DESCRIBE name, DESCRIBE query: the columns.
struct DescribeCommand {
  RelationPtr plan;
};
// USE database.
struct UseCommand {
  std::vector<std::string> name;
};
struct DropTable {
  std::vector<std::string> name;
  bool if_exists = false;
};
// A statement that is recognised (so that the error is not a syntax error) and not run here.
struct UnsupportedCommand {
  std::string what;
};

using Command = std::variant<CreateView, DropView, SetConfiguration, ExplainCommand, ShowCommand,
                             DescribeCommand, UseCommand, DropTable, UnsupportedCommand>;

// One parsed SQL statement: a query or a command.
using Statement = std::variant<RelationPtr, Command>;

}  // namespace hearth::spark
