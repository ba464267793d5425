#pragma once

#include <chrono>
#include <cstddef>

namespace hearth::store {

/// What is handed over and not yet durable takes at most this much memory, keys and values together; so this
/// is also the size of the largest batch.
inline constexpr size_t kQueueBytesMax = size_t{64} << 20;

/// The longest key: PostgreSQL's index takes a third of a page at most.
inline constexpr size_t kKeyBytesMax = 2'000;

/// A holder that has not renewed its lease for so long counts as dead, wherever it ran.
inline constexpr std::chrono::milliseconds kLeaseTime{10'000};
/// A holder renews this often: three attempts fit into a lease.
inline constexpr std::chrono::milliseconds kLeaseRenewal{2'500};

/// The log in front of SQLite's file is moved into it when it has grown by so many pages (of 4 KiB). Larger:
/// fewer stalls of that kind, and a longer time to open after a crash.
inline constexpr int kSqliteCheckpointPages = 4'096;
/// What a connection to SQLite's file keeps of it in memory.
inline constexpr int kSqliteCacheKib = 16 << 10;
/// How long SQLite waits for the lock of another process, which is held for one short transaction.
inline constexpr std::chrono::milliseconds kSqliteBusyTimeout{5'000};

/// A PostgreSQL server that says nothing for so long while it is asked something counts as gone.
inline constexpr std::chrono::milliseconds kPostgresSilenceMax{5'000};
/// So long a commit waits for a server that was there a moment ago, as when it is started anew.
inline constexpr std::chrono::milliseconds kPostgresReconnectTime{5'000};

}  // namespace hearth::store
