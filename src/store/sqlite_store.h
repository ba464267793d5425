#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "store/limits.h"
#include "store/sqlite_salvage.h"
#include "store/sqlite_schema.h"
#include "store/store.h"

namespace hearth::store {

struct SqliteOptions {
  /// The file; its folder exists. Beside it lie `-wal`, `-shm`, `-lease` and `-mark` while the store is open:
  /// they belong to it, and only a copy with the log `-wal` is whole.
  std::string path;
  size_t queue_bytes_max = kQueueBytesMax;
  std::chrono::milliseconds lease_time = kLeaseTime;
  std::chrono::milliseconds lease_renewal = kLeaseRenewal;
  SalvageOptions salvage;
  /// Tests have one of their own.
  absl::Span<const SchemaStep> schema = SqliteSchema();
};

/// Opens the store in a SQLite file, makes it if there is none, and brings it to our version of the schema.
/// All or nothing: if it fails, the file is as it was. A damaged one is salvaged, if options.salvage says
/// how.
///
/// Each time the structure of the file is checked: PRAGMA quick_check, then the order and the checksum of
/// every key, about 0.2 s for 100 MiB. For a damaged tree hides entries without a word, writing into one
/// could destroy what is still whole, and this is the one moment when nobody waits for an answer. Values are
/// not judged here but whenever they are read, so that a flipped bit in one costs one entry.
///   FAILED_PRECONDITION  another Hearth has the store; or the file is another program's, or a newer Hearth's
///   DATA_LOSS            the structure of the file is damaged, or it is no database, or it lacks what was
///                        answered last, and it is not to be salvaged
///   UNAVAILABLE          it cannot be opened or written
///   RESOURCE_EXHAUSTED   the disk is full
absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const SqliteOptions& options);

/// Takes a store that is not in use to another version of the schema, before an older Hearth is started on
/// it. INVALID_ARGUMENT for versions that options.schema has no way to; else as OpenSqliteStore.
absl::Status MigrateSqliteStore(const SqliteOptions& options, int64_t version);

}  // namespace hearth::store
