#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hearth::catalog {

/// The database that is always there. Its tables lie directly in the warehouse.
inline constexpr char kDefaultDatabase[] = "default";

/// Both in lower case, as Spark's session catalog keeps them.
struct TableName {
  std::string database;
  std::string table;
  auto operator<=>(const TableName&) const = default;
};

using Properties = std::map<std::string, std::string>;

struct Database {
  std::string name;
  std::string comment;
  /// An absolute path, as all locations here.
  std::string location;
  std::string owner;
  Properties properties;
  /// Of the catalog's changes the one that made it what it is; see Catalog.
  uint64_t version = 0;
};

enum class TableKind {
  kManaged,   ///< its files are the catalog's, and end with it
  kExternal,  ///< its files are somebody else's: they stay when it is dropped
  kView,
};

/// What a view was made under; its text means that wherever it is read.
struct ViewDefinition {
  std::string text;
  std::string database;  ///< the current one
  /// Settings of the session that were not the default.
  std::map<std::string, std::string> settings;
  /// Of the text's own result, before the view's columns rename it.
  std::vector<std::string> query_columns;
};

/// A table or a persistent view.
struct Table {
  TableName name;
  TableKind kind = TableKind::kManaged;
  /// "parquet"; "" for a view.
  std::string provider;
  /// Spark's JSON of the columns, those of the partitions last.
  std::string schema;
  std::vector<std::string> partition_columns;
  /// "" for a view.
  std::string location;
  Properties options;
  Properties properties;
  std::optional<std::string> comment;
  std::string owner;
  int64_t created_at_ms = 0;
  ViewDefinition view;
  /// The change that made it what it is, but for its rows.
  uint64_t version = 0;
  /// The change that wrote its rows last.
  uint64_t data_version = 0;

  bool is_view() const { return kind == TableKind::kView; }
};

/// Names of objects in versions and records: "database/sales", "table/sales/orders".
inline std::string KeyOf(const std::string& database) { return "database/" + database; }
inline std::string KeyOf(const TableName& name) { return "table/" + name.database + "/" + name.table; }

}  // namespace hearth::catalog
