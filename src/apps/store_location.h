// Where the durable state of a server is.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "store/postgres_target.h"
#include "store/sqlite_salvage.h"
#include "store/store.h"

namespace hearth::apps {

class StoreLocation {
 public:
  // `text` is a URL of PostgreSQL, or empty for a SQLite file in the data folder. Takes PGPASSWORD out of the
  // environment, so before there are threads. INVALID_ARGUMENT for anything else, and for a URL with a
  // password that everybody can read in the list of processes.
  static absl::StatusOr<StoreLocation> Of(const std::string& text, bool on_command_line);

  // `file` is the one in the data folder, and if it is damaged `salvage` says what becomes of it. A damaged
  // database of PostgreSQL is for those who look after it.
  absl::StatusOr<std::unique_ptr<store::Store>> Open(const std::string& file,
                                                     const store::SalvageOptions& salvage) const;
  // Takes a store that nobody uses to another version of its tables.
  absl::Status Migrate(const std::string& file, int64_t version) const;

  bool is_file() const { return !postgres_.has_value(); }

 private:
  std::optional<store::PostgresTarget> postgres_;
};

}  // namespace hearth::apps
