// What analysis may ask of the world around it: the session's configuration, its views, files and local data.
// The engine's session implements it; tests have a small one of their own. Calls may read files but have no
// effect. One analysis uses one Environment from one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spark/analysis/typed_plan.h"
#include "spark/plan/relation.h"

namespace hearth::spark {

// A view: the plan as it was written, resolved anew at each use.
struct ViewDefinition {
  std::vector<std::string> name;  // as registered; global ones start with global_temp
  RelationPtr plan;
  std::vector<std::string> column_names;  // may be empty
  // The current database for the names in it; empty: the session's.
  std::string database = {};
  // Of a persistent view: the columns that it was made with. It gives these, whatever its tables have now.
  std::optional<DataType> schema = {};
  std::vector<std::string> query_columns = {};  // the plan's columns that they come from, by name
};

// A table or a persistent view of the catalog.
struct TableDefinition {
  std::vector<std::string> name;  // spark_catalog, database, table
  // Of a table: its files now, and its columns, those of the partitions last. The files have these too, those
  // of the partitions as text.
  std::shared_ptr<const FileRelation> files;
  DataType schema;
  std::shared_ptr<const ViewDefinition> view;  // of a view
};

class Environment {
 public:
  virtual ~Environment() = default;

  // The session's value or the default of a known key. CHECKs on an unknown key.
  virtual std::string Configuration(std::string_view key) const = 0;

  // A temporary view by one part, a global one by global_temp.name. Case-insensitive. Null if there is none.
  virtual std::shared_ptr<const ViewDefinition> FindView(const std::vector<std::string>& name) const = 0;

  // The session's current database.
  virtual std::string CurrentDatabase() const { return "default"; }

  // A table or persistent view by its name, which is one of the database if it has one part. Null if there is
  // none; throws as ReadFiles does.
  virtual std::shared_ptr<const TableDefinition> FindTable(const std::vector<std::string>& /*name*/,
                                                           const std::string& /*current_database*/) {
    return nullptr;
  }

  // Lists and opens files. Throws PATH_NOT_FOUND, UNABLE_TO_INFER_SCHEMA, or declines a format or an option.
  virtual std::shared_ptr<const FileRelation> ReadFiles(const DataSourceRead& read) = 0;

  // Reads the Arrow schema (and the user's, when given). Declines types it does not read.
  virtual std::shared_ptr<const LocalTable> ReadLocal(const LocalRelation& local) = 0;
  virtual std::shared_ptr<const LocalTable> ReadCached(const CachedLocalRelation& cached) = 0;

  // The rows that checkpoint() kept under the id. Throws CONNECT_INVALID_PLAN.DATAFRAME_NOT_FOUND.
  virtual std::shared_ptr<const StoredRows> FindStored(const std::string& id) const = 0;

  // Microseconds since the epoch; the same for all of one query.
  virtual int64_t QueryTimeMicros() const = 0;

  // The wall clock in a zone at an instant, and the instant of a wall clock (a gap moves it forward, of two
  // instants it is the earlier), in microseconds. Nothing for a zone that is not known; here only UTC is.
  virtual std::optional<int64_t> ToLocal(std::string_view zone, int64_t utc_micros) const {
    return zone == "UTC" ? std::optional<int64_t>(utc_micros) : std::nullopt;
  }
  virtual std::optional<int64_t> ToUtc(std::string_view zone, int64_t local_micros) const {
    return zone == "UTC" ? std::optional<int64_t>(local_micros) : std::nullopt;
  }
};

}  // namespace hearth::spark
