#pragma once

#include "absl/status/status.h"
#include "store/batch.h"

namespace hearth::store {

/// What a kind of store does for GroupCommit: one transaction after the other, all calls from one thread at a
/// time. Begin, Apply for each batch, Commit; after any of them failed (other than with ABORTED), Rollback.
/// The statuses are those of Store::Commit.
class BatchWriter {
 public:
  /// Gives the lease back, if it is still ours.
  virtual ~BatchWriter() = default;

  /// Opens a transaction and makes sure in it that the lease is ours: FAILED_PRECONDITION if it is not.
  virtual absl::Status Begin() = 0;
  /// Adds a batch to the transaction, to the end of which it stays as it is. ABORTED: a precondition does not
  /// hold, nothing was changed and the transaction goes on. Any other failure has spoiled the transaction.
  virtual absl::Status Apply(const Batch& batch) = 0;
  /// Makes the transaction durable.
  virtual absl::Status Commit() = 0;
  /// Ends the transaction, if there is one, as if it had never been.
  virtual void Rollback() = 0;

  /// The store is being closed: nothing is waited for any more that may never come. From any thread.
  virtual void Abandon() {}

  /// Outside of transactions, after each group and every now and then: renews the lease and does what nobody
  /// shall wait for, if it is due. A failure shows in the next transaction, or passes.
  virtual void Upkeep() = 0;
};

}  // namespace hearth::store
