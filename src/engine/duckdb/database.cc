#include "engine/duckdb/database.h"

#include <utility>
#include <vector>

namespace hearth::engine {
namespace {

using Setting = std::pair<const char*, std::string>;

std::vector<Setting> SettingsOf(const DatabaseOptions& options) {
  std::vector<Setting> settings = {
      {"memory_limit", std::to_string(options.memory_limit.count()) + "B"},
      {"threads", std::to_string(options.threads)},
      {"temp_directory", options.temp_directory},
      // Nothing is fetched from anywhere: what is not inside the library does not exist.
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      // Spark's results have an order even without ORDER BY (files in order, rows in order), and clients rely
      // on it.
      {"preserve_insertion_order", "true"},
      {"default_null_order", "nulls_first"},
      // The parser's limit; Spark's plans are up to 1,024 levels deep and one of their levels can print as
      // several.
      {"max_expression_depth", "20000"},
  };
  if (options.max_temp_size.count() > 0 && !options.temp_directory.empty()) {
    settings.emplace_back("max_temp_directory_size", std::to_string(options.max_temp_size.count()) + "B");
  }
  return settings;
}

// Options of extensions, which are there only once the instance is open.
constexpr const char* kExtensionSettings =
    // Zones are our functions' business; what DuckDB does with an instant must not depend on the machine.
    "SET GLOBAL TimeZone = 'UTC';"
    // Footers of files that did not change are not read again.
    "SET GLOBAL parquet_metadata_cache = true;";

// What makes duckdb_query_progress work; there is no global form.
constexpr const char* kConnectionSettings =
    "SET enable_progress_bar = true; SET enable_progress_bar_print = false; SET progress_bar_time = 0;";

}  // namespace

void Connection::Execute(const std::string& sql) { Query(sql); }

ResultHandle Connection::Query(const std::string& sql) {
  ResultHandle result;
  if (duckdb_query(handle_.get(), sql.c_str(), result.get()) != DuckDBSuccess) {
    throw DuckDbError(duckdb_result_error_type(result.get()), duckdb_result_error(result.get()));
  }
  return result;
}

double Connection::Progress() const {
  const double percentage = duckdb_query_progress(handle_.get()).percentage;
  return percentage < 0 ? -1 : percentage / 100;
}

uint64_t Connection::id() const {
  ClientContextHandle context;
  duckdb_connection_get_client_context(handle_.get(), context.out());
  return duckdb_client_context_get_connection_id(context.get());
}

Database::Database(const DatabaseOptions& options) {
  ConfigHandle config;
  if (duckdb_create_config(config.out()) != DuckDBSuccess) {
    throw DuckDbError(DUCKDB_ERROR_SETTINGS, "cannot make a configuration");
  }
  for (const auto& [name, value] : SettingsOf(options)) {
    if (duckdb_set_config(config.get(), name, value.c_str()) != DuckDBSuccess) {
      throw DuckDbError(DUCKDB_ERROR_SETTINGS, "DuckDB rejects " + std::string(name) + "=" + value);
    }
  }
  char* reason = nullptr;
  if (duckdb_open_ext(nullptr, handle_.out(), config.get(), &reason) != DuckDBSuccess) {
    const DuckDbError error = DuckDbError::FromText(reason);
    duckdb_free(reason);
    throw error;
  }
  Connect().Execute(kExtensionSettings);
}

Connection Database::Connect() {
  ConnectionHandle handle;
  if (duckdb_connect(handle_.get(), handle.out()) != DuckDBSuccess) {
    throw DuckDbError(DUCKDB_ERROR_CONNECTION, "DuckDB gives no connection");
  }
  Connection connection(std::move(handle));
  connection.Execute(kConnectionSettings);
  return connection;
}

void Database::SetMemoryLimit(base::Bytes limit) {
  Connect().Execute("SET GLOBAL memory_limit = '" + std::to_string(limit.count()) + "B'");
}

void Database::SetThreads(int threads) {
  Connect().Execute("SET GLOBAL threads = " + std::to_string(threads));
}

std::string Database::LibraryVersion() {
  const std::string version = duckdb_library_version();
  return version.starts_with('v') ? version.substr(1) : version;
}

}  // namespace hearth::engine
