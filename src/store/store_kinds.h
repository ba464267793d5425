// The kinds of store, for tests of what all of them do alike.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "store/postgres_fixture.h"
#include "store/sqlite_store.h"
#include "store/store_fixture.h"

namespace hearth::store {

struct StoreSettings {
  size_t queue_bytes_max = kQueueBytesMax;
  std::chrono::milliseconds lease_time = kLeaseTime;
  /// The schema of a Hearth that is one version ahead.
  bool is_next = false;
};

struct Kind {
  std::string name;
  int64_t version;
  /// The store that belongs to this folder, empty at first.
  std::function<absl::StatusOr<std::unique_ptr<Store>>(const TemporaryFolder&, const StoreSettings&)> open;
  std::function<absl::Status(const TemporaryFolder&, const StoreSettings&, int64_t version)> migrate;
};

inline void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }
inline std::string NameOf(const ::testing::TestParamInfo<Kind>& kind) { return kind.param.name; }

/// What a next version could be. The code of today can use it, so that both can be tested on one store.
inline std::vector<SchemaStep> NextSchema(absl::Span<const SchemaStep> ours) {
  std::vector<SchemaStep> schema(ours.begin(), ours.end());
  schema.push_back({.up = "CREATE TABLE extra (x INTEGER)", .down = "DROP TABLE extra"});
  return schema;
}

inline Kind SqliteKind() {
  static const auto& next = *new std::vector<SchemaStep>(NextSchema(SqliteSchema()));
  const auto options = [](const TemporaryFolder& folder, const StoreSettings& settings) {
    SqliteOptions sqlite = OptionsFor(folder.store());
    sqlite.queue_bytes_max = settings.queue_bytes_max;
    sqlite.lease_time = settings.lease_time;
    sqlite.lease_renewal = settings.lease_time / 4;
    if (settings.is_next) sqlite.schema = next;
    return sqlite;
  };
  return {
      "Sqlite", static_cast<int64_t>(SqliteSchema().size()),
      [=](const auto& folder, const auto& settings) { return OpenSqliteStore(options(folder, settings)); },
      [=](const auto& folder, const auto& settings, int64_t version) {
        return MigrateSqliteStore(options(folder, settings), version);
      }};
}

inline Kind PostgresKind() {
  static const auto& next = *new std::vector<SchemaStep>(NextSchema(PostgresSchema()));
  const auto options = [](const TemporaryFolder& folder, const StoreSettings& settings) {
    PostgresOptions postgres = PostgresServer::Shared().Options(SchemaOf(folder));
    postgres.queue_bytes_max = settings.queue_bytes_max;
    postgres.lease_time = settings.lease_time;
    postgres.lease_renewal = settings.lease_time / 4;
    if (settings.is_next) postgres.schema = next;
    return postgres;
  };
  return {
      "Postgres", static_cast<int64_t>(PostgresSchema().size()),
      [=](const auto& folder, const auto& settings) { return OpenPostgresStore(options(folder, settings)); },
      [=](const auto& folder, const auto& settings, int64_t version) {
        return MigratePostgresStore(options(folder, settings), version);
      }};
}

}  // namespace hearth::store
