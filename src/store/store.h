#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/batch.h"

namespace hearth::store {

/// The durable state of one Hearth: an ordered map from keys to values, both any bytes, changed by batches.
/// Keys are ordered as unsigned bytes. One Hearth at a time has a store, by a lease whose epoch fences off
/// whoever had it before. Thread-safe.
///
/// Every value carries a checksum with its key. An entry whose bytes changed on the disk is reported as
/// DATA_LOSS, by its key, whenever it is read, and never passed on as if it were whole; the others stay
/// readable.
///
/// The destructor finishes what was handed over, then gives the lease back. Nothing may be called once it has
/// begun, except Commit from inside of `done`.
class Store {
 public:
  using Done = std::function<void(absl::Status)>;
  using Row = std::function<void(std::string_view key, const absl::StatusOr<std::string_view>& value)>;

  virtual ~Store() = default;

  /// Queues the batch and returns, never waiting for the disk. `done` is called once, on a thread of the
  /// store's own, in the order of the Commit calls; it must be quick, since everybody's next commit waits for
  /// it. It may call Commit.
  ///   OK                   all of the batch happened and is on the disk
  ///   ABORTED              a precondition does not hold; the message names its key. Others are not affected
  ///   RESOURCE_EXHAUSTED   the queue is full (kQueueBytesMax), or the disk is. The batch did not happen
  ///   INVALID_ARGUMENT     a key is longer than kKeyBytesMax
  ///   UNAVAILABLE          the disk or the database failed. The batch did not happen, or it failed at its
  ///                        very end and may be found later, whole; the message says so
  ///   FAILED_PRECONDITION  somebody else has taken the store over. All commits fail like this from now on
  ///   DATA_LOSS            the store is damaged where the batch would have to write
  /// Batches that were queued together are made durable together, and what the disk does to one it does to
  /// all of them. No failure but FAILED_PRECONDITION is for ever: a later commit works once there is room
  /// again.
  virtual void Commit(Batch batch, Done done) = 0;

  /// Calls `row` for each entry whose key starts with `prefix`, in the order of keys, on this thread. What it
  /// sees is one moment: everything that was done before the call, no half batch. `row` may call Commit, Get
  /// and Scan. A damaged entry comes as DATA_LOSS in its place and the scan goes on. DATA_LOSS of the scan
  /// itself: the store's structure is damaged, so that rows may be missing after the last one that came.
  /// UNAVAILABLE: the disk or the database failed.
  virtual absl::Status Scan(std::string_view prefix, const Row& row) = 0;

  /// The value of one key. NOT_FOUND; DATA_LOSS and UNAVAILABLE as for Scan.
  virtual absl::StatusOr<std::string> Get(std::string_view key) = 0;
};

}  // namespace hearth::store
