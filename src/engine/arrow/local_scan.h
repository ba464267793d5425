// The table function hearth_local(index): the client's rows that one operation reads.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/arrow/ipc_reader.h"
#include "engine/duckdb/database.h"
#include "spark/analysis/typed_plan.h"

namespace hearth::engine {

// What hearth_local reads, by connection. Thread safe. Outlives the queries of its database.
class LocalScans {
 public:
  // Registers hearth_local. Throws DuckDbError.
  explicit LocalScans(Database* database);
  LocalScans(const LocalScans&) = delete;
  LocalScans& operator=(const LocalScans&) = delete;

  // While it lives, hearth_local(i) on the connection gives the rows of the i-th table, in order, columns
  // named c0, c1, ... with the storage of the table's types. Movable.
  class Binding {
   public:
    Binding(Binding&& other) noexcept
        : scans_(std::exchange(other.scans_, nullptr)), connection_(other.connection_) {}
    Binding& operator=(Binding&&) = delete;
    ~Binding();

   private:
    friend class LocalScans;
    Binding(LocalScans* scans, uint64_t connection) : scans_(scans), connection_(connection) {}
    LocalScans* scans_;
    uint64_t connection_;
  };

  // Reads and checks the rows. Throws as ArrowTable::Read.
  Binding Bind(const Connection& connection,
               const std::vector<std::shared_ptr<const spark::LocalTable>>& tables);

  // For the table function.
  struct Table {
    spark::DataType schema;
    std::shared_ptr<const ArrowTable> rows;  // null: none
  };
  std::shared_ptr<const Table> Find(uint64_t connection, int64_t index) const;

 private:
  using Tables = std::vector<std::shared_ptr<const Table>>;

  mutable absl::Mutex mutex_;
  std::map<uint64_t, Tables> tables_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::engine
