// The Spark schema of Parquet files, from their footers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/duckdb/database.h"
#include "engine/duckdb/file_listing.h"
#include "engine/duckdb/parquet_footer.h"
#include "spark/analysis/typed_plan.h"
#include "spark/plan/relation.h"

namespace hearth::engine {

// Opens the files of reads. Thread safe; remembers the schemas of files that did not change.
class ParquetFiles {
 public:
  explicit ParquetFiles(Database* database) : database_(database) {}

  // Lists the files of `read` and reads Spark's schema of them: the one that Spark itself wrote into the
  // footer when there is one, else the translation of Parquet's types. All columns are nullable, as Spark has
  // it. A column whose DuckDB type is not the storage of its Spark type (unsigned integers, INT96) is marked
  // for a cast. Throws PATH_NOT_FOUND, UNABLE_TO_INFER_SCHEMA, FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER,
  // COLUMN_ALREADY_EXISTS, or declines: other formats, options that change the meaning, files whose schemas
  // differ, types not read here.
  std::shared_ptr<const spark::FileRelation> Open(const spark::DataSourceRead& read);

  // The files of a table whose columns the catalog tells: `partition_columns` are the last of `schema`, which
  // becomes text there. Files may lack columns, which are null then. Declines files with columns of other
  // types than the table's.
  std::shared_ptr<const spark::FileRelation> OpenTable(const std::string& location,
                                                       const spark::DataType& schema,
                                                       const std::vector<std::string>& partition_columns,
                                                       const spark::Options& options);

 private:
  struct CachedSchema {
    int64_t size;
    int64_t modified_ns;
    uint64_t inode;
    std::shared_ptr<const ParquetColumns> columns;
  };
  static constexpr size_t kCachedSchemasMax = 10'000;

  std::shared_ptr<const ParquetColumns> ColumnsOf(const ListedFile& file,
                                                  std::optional<Connection>* connection);

  Database* const database_;
  absl::Mutex mutex_;
  std::unordered_map<std::string, CachedSchema> schemas_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::engine
