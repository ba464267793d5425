#include "apps/store_location.h"

#include <utility>

#include "absl/status/status.h"
#include "store/postgres_store.h"
#include "store/sqlite_store.h"

namespace hearth::apps {

absl::StatusOr<StoreLocation> StoreLocation::Of(const std::string& text, bool on_command_line) {
  StoreLocation location;
  if (text.empty()) return location;
  absl::StatusOr<store::PostgresTarget> target = store::ParsePostgresUrl(text);
  if (!target.ok()) return absl::InvalidArgumentError("--store: " + std::string(target.status().message()));
  if (target->has_secret && on_command_line) {
    return absl::InvalidArgumentError(
        "--store has a password in it, which everybody on this machine can read on the command line; give it "
        "in PGPASSWORD or in a password file (PGPASSFILE, ~/.pgpass), or the whole URL in the file of "
        "--config");
  }
  store::TakePasswordFromEnvironment(&*target);
  location.postgres_ = *std::move(target);
  return location;
}

absl::StatusOr<std::unique_ptr<store::Store>> StoreLocation::Open(
    const std::string& file, const store::SalvageOptions& salvage) const {
  if (postgres_) return store::OpenPostgresStore({.target = *postgres_});
  return store::OpenSqliteStore({.path = file, .salvage = salvage});
}

absl::Status StoreLocation::Migrate(const std::string& file, int64_t version) const {
  if (postgres_) return store::MigratePostgresStore({.target = *postgres_}, version);
  return store::MigrateSqliteStore({.path = file}, version);
}

}  // namespace hearth::apps
