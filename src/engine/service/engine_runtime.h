// What all sessions of one engine share: DuckDB, the memory of result batches, global views, threads.
#pragma once

#include <future>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "catalog/catalog.h"
#include "engine/arrow/buffer_pool.h"
#include "engine/arrow/local_scan.h"
#include "engine/duckdb/database.h"
#include "engine/duckdb/parquet_schema.h"
#include "engine/functions/function_registry.h"
#include "engine/service/operation_watch.h"
#include "engine/service/view_catalog.h"

namespace hearth::engine {

// Thread safe.
class EngineRuntime {
 public:
  // Opens DuckDB on a thread of its own, so that a server can listen meanwhile.
  // `catalog`: where tables are; without one there are none but those of this process, and no warehouse.
  explicit EngineRuntime(DatabaseOptions options, std::unique_ptr<catalog::Catalog> catalog = nullptr);
  ~EngineRuntime();

  // The following wait until DuckDB is open, and throw DuckDbError if it could not be opened.
  Database& database() { return opened().database; }
  FunctionRegistry& functions() { return opened().functions; }
  ParquetFiles& files() { return opened().files; }
  LocalScans& local_scans() { return opened().local_scans; }

  // A connection that no other operation uses.
  Connection TakeConnection();
  // Keeps a connection for the next operation. Nothing may be open on it.
  void ReturnConnection(Connection connection);

  const std::shared_ptr<BufferPool>& buffers() const { return buffers_; }
  ViewCatalog& global_views() { return global_views_; }
  catalog::Catalog& catalog() { return *catalog_; }
  OperationWatch& watch() { return watch_; }

 private:
  struct Opened {
    explicit Opened(const DatabaseOptions& options)
        : database(options), functions(&database), files(&database), local_scans(&database) {}
    Database database;
    FunctionRegistry functions;
    ParquetFiles files;
    LocalScans local_scans;
  };
  Opened& opened() { return *opened_.get(); }

  std::shared_future<std::unique_ptr<Opened>> opened_;
  const std::shared_ptr<BufferPool> buffers_;
  ViewCatalog global_views_;
  const std::unique_ptr<catalog::Catalog> catalog_;
  OperationWatch watch_;
  absl::Mutex mutex_;
  std::vector<Connection> idle_connections_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::engine
