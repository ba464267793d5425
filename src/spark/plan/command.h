// What has an effect on the session (or would have one outside, which the native engine declines).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "spark/plan/relation.h"

namespace hearth::spark {

// CREATE [OR REPLACE] [[GLOBAL] TEMPORARY] VIEW, and createOrReplaceTempView.
struct CreateView {
  std::vector<std::string> name;
  RelationPtr plan;
  std::vector<std::string> column_names;  // renamed columns, may be empty
  bool replace = false;
  bool if_not_exists = false;
  bool is_temporary = true;
  bool is_global = false;
  std::string sql_text;  // of the query, when it came as SQL
  // Of a view that is not temporary.
  std::vector<std::optional<std::string>> column_comments;  // beside column_names
  std::optional<std::string> comment;
  std::vector<std::pair<std::string, std::string>> properties;
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
  bool is_extended = false;
};
struct DescribeDatabase {
  std::vector<std::string> name;
  bool is_extended = false;
};
// USE database.
struct UseCommand {
  std::vector<std::string> name;
};
struct DropTable {
  std::vector<std::string> name;
  bool if_exists = false;
};

// --- the catalog
using PropertyList = std::vector<std::pair<std::string, std::string>>;  // in the order they were written

struct CreateDatabase {
  std::vector<std::string> name;
  bool if_not_exists = false;
  std::optional<std::string> comment;
  std::optional<std::string> location;
  PropertyList properties;
};
struct DropDatabase {
  std::vector<std::string> name;
  bool if_exists = false;
  bool cascade = false;
};
// What a new table is to be, without its columns.
struct TableOptions {
  std::optional<std::string> provider;
  std::vector<std::string> partition_columns;
  std::optional<std::string> location;
  std::optional<std::string> comment;
  PropertyList options;
  PropertyList properties;
};
// CREATE TABLE, with the rows of a query in it if there is one, and DataFrame.writeTo(..).create().
struct CreateTable {
  std::vector<std::string> name;
  bool if_not_exists = false;
  bool is_external = false;
  bool replace = false;              // CREATE OR REPLACE, REPLACE
  std::vector<StructField> columns;  // none: of the query, or of the files that are there
  TableOptions options;
  RelationPtr query;  // or null
};
struct TruncateTable {
  std::vector<std::string> name;
  OriginPtr origin;  // of the name
};
struct AlterTable {
  struct Rename {
    std::vector<std::string> to;
  };
  struct AddColumns {
    std::vector<StructField> columns;
  };
  struct SetProperties {
    PropertyList properties;
  };
  struct UnsetProperties {
    std::vector<std::string> keys;
  };
  std::vector<std::string> name;
  OriginPtr origin;  // of the name
  bool is_view = false;
  std::variant<Rename, AddColumns, SetProperties, UnsetProperties> action;
};
// INSERT INTO and INSERT OVERWRITE, and DataFrame.write.insertInto.
struct InsertInto {
  RelationPtr table;  // a NamedTable
  RelationPtr query;
  bool overwrite = false;
  bool by_name = false;
  std::vector<std::string> columns;  // as listed; none: all, in their order
  // PARTITION (name = value, name): values as expressions, null for dynamic ones.
  std::vector<std::pair<std::string, ExpressionPtr>> partition;
  OriginPtr origin;  // from INSERT to before the query
};
// What to do if what is to be written is there.
enum class SaveMode { kErrorIfExists, kAppend, kOverwrite, kIgnore };
// DataFrame.write.saveAsTable.
struct SaveAsTable {
  std::vector<std::string> name;
  SaveMode mode = SaveMode::kErrorIfExists;
  TableOptions options;
  RelationPtr query;
};
// DataFrame.write to a folder, and INSERT OVERWRITE DIRECTORY.
struct WriteFiles {
  SaveMode mode = SaveMode::kErrorIfExists;
  TableOptions options;  // the location is the folder, unless an option "path" says it
  RelationPtr query;
};
struct ShowTable {
  enum class What { kCreation, kProperties, kPartitions };
  What what = What::kCreation;
  std::vector<std::string> name;
  std::optional<std::string> key;  // of the property
  OriginPtr origin;                // of the name
};
// A statement that is recognised (so that the error is not a syntax error) and not run here.
struct UnsupportedCommand {
  std::string what;
};

using Command = std::variant<CreateView, DropView, SetConfiguration, ExplainCommand, ShowCommand,
                             DescribeCommand, DescribeDatabase, UseCommand, DropTable, CreateDatabase,
                             DropDatabase, CreateTable, TruncateTable, AlterTable, InsertInto, SaveAsTable,
                             WriteFiles, ShowTable, UnsupportedCommand>;

// One parsed SQL statement: a query or a command.
using Statement = std::variant<RelationPtr, Command>;

}  // namespace hearth::spark
