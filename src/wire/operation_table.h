#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "wire/limits.h"
#include "wire/operation.h"

namespace hearth::wire {

/// The operations of one session: those alive, and for a while the ids of those that are over, so that none
/// runs twice. Thread-safe; cancels outside of its lock.
class OperationTable {
 public:
  explicit OperationTable(const Limits& limits) : limits_(limits) {}

  struct Admitted {
    std::shared_ptr<Operation> operation;
    /// False: an equal request was there already and the caller only attaches to it.
    bool created;
  };
  /// The operation of this request: a new one, or the living one with the same id and an equal plan.
  /// Throws spark::Error INVALID_HANDLE.{FORMAT, OPERATION_ALREADY_EXISTS, OPERATION_ABANDONED}, and Spark's
  /// errors for tags that cannot be.
  Admitted Admit(const std::shared_ptr<Session>& session, ExecuteRequest request, base::Instant now);

  /// The operation of a request that an earlier server had, whose client has had this beginning of its
  /// result: a new one, or the one that another call of this has made. Nullptr if its id is none of an
  /// operation that may go on here.
  Admitted Resume(const std::shared_ptr<Session>& session, ExecuteRequest request, ResultPrefix had,
                  base::Instant now);

  /// Throws INVALID_HANDLE.OPERATION_NOT_FOUND, or OPERATION_ABANDONED if nobody came for it in time.
  std::shared_ptr<Operation> Get(std::string_view id) const;

  /// Nullptr if there is none.
  std::shared_ptr<Operation> Find(std::string_view id) const;

  /// Why an operation is forgotten. It decides what whoever still reads it is told.
  enum class Removal {
    kReleased,   ///< by its client or with its session: INVALID_CURSOR.DISCONNECTED
    kAbandoned,  ///< nobody came for its results; a reattach is told so: INVALID_HANDLE.OPERATION_ABANDONED
    kShutdown,   ///< the server ends: OPERATION_CANCELED, which no client tries again
  };
  /// Forgets the operation except for its id; stops it if it runs.
  void Remove(const std::shared_ptr<Operation>& operation, Removal why, base::Instant now);

  /// Interrupts what runs and matches, and returns its ids.
  std::vector<std::string> InterruptAll();
  std::vector<std::string> InterruptTag(std::string_view tag);
  std::vector<std::string> InterruptOperation(std::string_view id);

  /// Cancels an operation for a reason of the server's own, which `why` tells its client in a sentence. False
  /// if it is not there or has ended.
  bool Cancel(std::string_view id, std::string_view why);

  /// Interrupts and forgets operations without an RPC for too long, cancels those that run or wait for too
  /// long, and forgets ids remembered for too long.
  void Sweep(base::Instant now);

  /// The living ones, oldest first: those that run or whose results nobody has released.
  std::vector<std::shared_ptr<Operation>> Living() const;
  /// How one ended that is remembered only by its id.
  std::optional<Operation::State> StateOfFinished(std::string_view id) const;
  /// The ids of those, oldest first.
  std::vector<std::string> FinishedIds() const;

 private:
  struct Finished {
    std::string id;
    base::Instant at;
  };
  struct End {
    Operation::State state;
    bool abandoned;
  };
  void EndInTime(Operation& operation, base::Instant now);
  void RememberLocked(const Operation& operation, Removal why, base::Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Limits& limits_;
  mutable absl::Mutex mutex_;
  std::map<std::string, std::shared_ptr<Operation>, std::less<>> living_ ABSL_GUARDED_BY(mutex_);
  std::deque<Finished> finished_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, End, std::less<>> ends_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::wire
