// One DuckDB instance with the settings that Spark's meaning and a small memory footprint need, and
// connections to it.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "engine/duckdb/error.h"
#include "engine/duckdb/handles.h"

namespace hearth::engine {

struct DatabaseOptions {
  base::Bytes memory_limit = base::Bytes::GiB(1);
  int threads = 2;             // DuckDB's own workers are one less: the thread that runs a query works too
  std::string temp_directory;  // spills go here; empty: nothing spills, operations fail when memory is full
  base::Bytes max_temp_size;   // 0: what the disk holds
};

// Used from one thread at a time, but for Interrupt and Progress. It runs one query at a time, and starting a
// query ends the one whose result is still open: each operation has a connection of its own. Making one costs
// microseconds.
class Connection {
 public:
  Connection() = default;
  explicit Connection(ConnectionHandle handle) : handle_(std::move(handle)) {}

  // Runs a statement to its end and discards its rows. Throws DuckDbError.
  void Execute(const std::string& sql);
  // Runs a statement and gives its materialized rows. Throws DuckDbError.
  ResultHandle Query(const std::string& sql);

  // Asks the running query to stop soon with DUCKDB_ERROR_INTERRUPT; no effect when none runs. Any thread.
  void Interrupt() { duckdb_interrupt(handle_.get()); }
  // Share of the running query that is done, 0 to 1; negative when DuckDB cannot tell. Any thread.
  double Progress() const;

  // Identifies the connection to bind callbacks of table functions.
  uint64_t id() const;
  duckdb_connection get() const { return handle_.get(); }

 private:
  ConnectionHandle handle_;
};

// Thread safe.
class Database {
 public:
  // Opens an in-memory instance. Throws DuckDbError.
  explicit Database(const DatabaseOptions& options);

  Connection Connect();

  // Take effect at once, also for running queries.
  void SetMemoryLimit(base::Bytes limit);
  void SetThreads(int threads);

  // "1.5.5"
  static std::string LibraryVersion();

 private:
  DatabaseHandle handle_;
};

}  // namespace hearth::engine
