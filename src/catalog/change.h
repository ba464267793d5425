#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "catalog/objects.h"

namespace hearth::catalog {

/// What a change does to files, in this order. All paths are absolute, and all of it may be done again.
struct Manifest {
  /// Folders whose visible files (no part of their path below the folder starts with _ or .) make way.
  std::vector<std::string> replaced;
  /// Files or folders that make way with all that is in them, also what is hidden, but for what writers have
  /// staged there.
  std::vector<std::string> cleared;
  /// Files that end. A catalog adds those in `replaced` and `cleared` when it takes the change.
  std::vector<std::string> removed_files;
  /// Folders that end if nothing is left in them, inner ones first: those in `cleared`.
  std::vector<std::string> emptied_folders;
  /// Folders that end with all that is in them.
  std::vector<std::string> removed_folders;
  std::vector<std::string> made_folders;
  /// Files or folders that come to stand where they belong, from and to; missing folders above are made.
  std::vector<std::pair<std::string, std::string>> renames;
  /// Folders where writers have staged their files; they end last.
  std::vector<std::string> staging;

  bool empty() const {
    return replaced.empty() && cleared.empty() && removed_files.empty() && emptied_folders.empty() &&
           removed_folders.empty() && made_folders.empty() && renames.empty() && staging.empty();
  }
};

/// Everything that one statement does to the catalog: it happens whole or not at all.
struct Change {
  /// The operation that makes it; the second change of an operation succeeds and does nothing. "": none.
  std::string operation;
  /// The versions that objects (by KeyOf) must have; 0: there must be none.
  std::vector<std::pair<std::string, uint64_t>> expected;
  /// Paths where nothing may be: somebody else's files, which have no version.
  std::vector<std::string> expected_missing;
  /// Databases that must have no tables.
  std::vector<std::string> expected_empty;
  /// Objects as they shall be. Their versions are the catalog's to say; a table keeps a `data_version` that
  /// is not 0.
  std::vector<Database> databases;
  std::vector<Table> tables;
  /// Objects (by KeyOf) that end.
  std::vector<std::string> dropped;
  /// Tables whose rows are others now.
  std::vector<TableName> written;
  Manifest manifest;
};

}  // namespace hearth::catalog
