#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "catalog/change.h"
#include "catalog/objects.h"

namespace hearth::catalog {

/// The databases, tables and views that all sessions see.
///
/// Each change has a number, ever growing; an object's version is the number of the change that made it, so a
/// version never comes back. Whoever changes an object says which version it has looked at. Names are in
/// lower case. Calls may wait for another process or for the disk. Thread-safe.
///
/// Besides what is said below, calls fail with UNAVAILABLE if the catalog cannot be reached or its store
/// fails.
class Catalog {
 public:
  virtual ~Catalog() = default;

  /// nullptr if there is none.
  virtual absl::StatusOr<std::shared_ptr<const Database>> FindDatabase(const std::string& name) = 0;
  /// By name.
  virtual absl::StatusOr<std::vector<std::shared_ptr<const Database>>> ListDatabases() = 0;

  struct FoundTable {
    /// nullptr if there is none.
    std::shared_ptr<const Table> table;
    /// Files are on their way that belong to a change of this table: who lists them now may see half of it.
    bool is_moving = false;
  };
  virtual absl::StatusOr<FoundTable> FindTable(const TableName& name) = 0;
  /// Tables and views of a database, by name; none if there is no such database.
  virtual absl::StatusOr<std::vector<std::shared_ptr<const Table>>> ListTables(
      const std::string& database) = 0;

  /// Whether a change of this operation was made.
  virtual absl::StatusOr<bool> WasMade(const std::string& operation) = 0;

  /// Says that the operation stages files in a folder, whose name starts with kStagingPrefix, where the
  /// catalog does not look for it: if no change of the operation follows, the folder is removed when the
  /// catalog is opened again. "": it does not, or no more.
  virtual absl::Status Announce(const std::string& operation, const std::string& folder) = 0;

  /// Makes the change durable, does what its manifest says, and returns.
  ///   ABORTED          an object has another version than expected, a database is not empty, or there is
  ///                    something where nothing is expected; nothing happened
  ///   NOT_FOUND        a file that is to be renamed is not there; nothing happened
  ///   UNKNOWN          it may or may not have been made: ask WasMade, or make it again
  virtual absl::Status Commit(const Change& change) = 0;

  /// Where databases without a location of their own lie.
  virtual const std::string& warehouse() const = 0;

  /// Others change it, too, and it outlives the process: it is a gateway's.
  virtual bool is_shared() const { return false; }
};

}  // namespace hearth::catalog
