#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "wire/failure.h"
#include "wire/limits.h"
#include "wire/response.h"
#include "wire/response_id.h"
#include "wire/rows/delivered_rows.h"
#include "wire/spool.h"

namespace hearth::wire {

/// The responses of one operation between its producer (an engine thread or the gateway's relay) and whatever
/// RPC reads them at the moment. Bounded by bytes: unsent responses go to a spool, if there is one, or pause
/// the producer; sent ones are kept for a reattach up to a limit (of a reattachable operation only).
///
/// A producer whose run may fail where another one may succeed holds its responses back until it is sure of
/// them (HoldBack, Open), and takes back what no consumer has taken (DropUndelivered).
///
/// Thread-safe; one producer at a time. No callback is ever called with a lock held or from within the call
/// that registered it.
///
/// Ends in exactly one of: Complete, Fail. Whoever is first wins; what a producer says later is dropped,
/// which is how an interrupt overtakes a producer that has not noticed yet.
class ResultBuffer {
 public:
  struct Ids {
    std::string session_id;
    std::string server_side_session_id;
    std::string operation_id;
  };

  ResultBuffer(Ids ids, bool reattachable, const Limits& limits);
  ResultBuffer(const ResultBuffer&) = delete;
  ResultBuffer& operator=(const ResultBuffer&) = delete;
  ~ResultBuffer();

  /// Before anything else: an earlier server has delivered the first `responses` responses, with so many
  /// rows, and what is appended follows them.
  void BeginAfter(uint64_t responses, int64_t rows);

  /// Before anything else: from now on the memory of the responses counts in `space`, and what is too much
  /// for it goes to a file there.
  void SpoolInto(std::shared_ptr<SpoolSpace> space);

  // ---- producer ----

  /// What the producer should do after an Append.
  enum class Room {
    kYes,     ///< go on
    kFull,    ///< stop until there is room: WaitForRoom or OnRoom
    kClosed,  ///< nobody wants more (ended, interrupted, abandoned): stop for good
  };
  /// Takes the response. Blocks for nothing but a write to the spool, takes even what exceeds the limit.
  Room Append(Response response);
  /// As Append, but before all that is held back.
  Room AppendAhead(Response response);

  /// Blocks until there is room (kYes) or nobody wants more (kClosed). For producers with a thread.
  Room WaitForRoom();

  /// Append, then WaitForRoom if full: the whole of back-pressure for a producer with a thread. False if
  /// nobody wants more.
  bool Push(Response response);

  /// Calls `resume` once, when there is room again or nobody wants more. For producers without a thread. It
  /// may be called before this returns. A second call replaces the first.
  void OnRoom(std::function<void()> resume);

  /// The consumer is slow: what comes from now on goes to the spool, as long as that has room, until the
  /// consumer has caught up. Nothing without a spool.
  void SpoolFromNow();
  bool has_room() const;

  /// What is appended from now on is kept from the consumer until Open with the number that this gives.
  uint64_t HoldBack();
  /// No effect if what was held back under this number is open or dropped already.
  void Open(uint64_t hold);

  /// The run was good. Opens. A reattachable operation gets its result_complete here.
  void Complete();

  /// The run failed; what was appended before is still delivered first, but for what is held back.
  void Fail(Failure failure);

  /// From now on rows are remembered as they are delivered. To be called before any is.
  void RememberRows(const DeliveredRows::Limits& limits);
  /// The same, if `delivered` are the rows that were delivered before.
  void RememberRows(DeliveredRows delivered);

  struct Delivered {
    uint64_t responses = 0;
    int64_t rows = 0;
    bool schema = false;
    /// Nothing if they are not remembered.
    std::optional<DeliveredRows> remembered;
  };
  /// Forgets every response that no consumer has taken yet, and says what was taken. Nothing if the buffer
  /// has ended. For a producer that failed where another attempt may succeed.
  std::optional<Delivered> DropUndelivered();

  // ---- consumer ----

  /// Which reader of this buffer: only the newest one gets anything.
  using Consumer = uint64_t;

  /// Makes the caller the one consumer, from the response after `after_response_id` (from the start if
  /// nullopt). An older consumer is woken to find itself kDisconnected. `wake` is called, on any thread,
  /// whenever Take may have something after it said kNothingYet. Throws spark::Error
  /// INVALID_CURSOR.{NOT_REATTACHABLE, POSITION_NOT_FOUND, POSITION_NOT_AVAILABLE}; then the older consumer
  /// stays.
  Consumer Attach(std::optional<std::string_view> after_response_id, std::function<void()> wake);
  /// From the start, for the RPC that made the operation. It is the oldest consumer even if another one,
  /// which found the operation in the table, was quicker to attach: then it finds itself kDisconnected.
  Consumer AttachOldest(std::function<void()> wake);

  struct Taken {
    enum class Kind {
      kResponse,
      kNothingYet,    ///< `wake` will be called
      kComplete,      ///< the good end
      kFailed,        ///< `failure` says why
      kDisconnected,  ///< a newer consumer took over
    };
    Kind kind = Kind::kNothingYet;
    grpc::ByteBuffer body;
    /// Another response is there already: the writer may let the transport gather them.
    bool more = false;
    /// It was the last one of a good run.
    bool last = false;
    std::optional<Failure> failure;
  };
  /// The next response for this consumer. The body is shared with the buffer, which keeps it as long as it
  /// may be asked for again.
  Taken Take(Consumer consumer);

  /// The consumer's RPC is over. No effect if a newer one took over already. True if the buffer is now
  /// without consumer.
  bool Detach(Consumer consumer);

  /// Frees everything up to and with this response; one that is free already is no error. False if this
  /// operation gave out no such id.
  bool ReleaseUntil(std::string_view response_id);

  // ---- state ----

  struct Numbers {
    int64_t rows = 0;
    int64_t bytes = 0;
    uint64_t responses = 0;
    /// Responses a consumer has taken, counting a repeated one once.
    uint64_t taken = 0;
    /// Bytes held now, sent or not, in memory and in the spool.
    size_t held_bytes = 0;
    /// Those in the spool.
    size_t spooled_bytes = 0;
  };
  Numbers numbers() const;
  /// Complete or Fail was called.
  bool ended() const;
  /// An RPC reads it now.
  bool attached() const;
  bool reattachable() const { return reattachable_; }
  std::optional<Failure> failure() const;

 private:
  struct Held {
    /// Without ids. Empty if it is spooled.
    grpc::ByteBuffer body;
    size_t bytes = 0;
    int64_t rows = 0;
    bool is_schema = false;
    std::optional<SpoolFile::Place> place;
    /// Set when it is first taken.
    ResponseIdSequence::Past past;
  };
  /// What is done once the lock is free: callbacks, and space in the spool that is given back.
  struct Wakes {
    std::function<void()> consumer;
    std::function<void()> producer;
    std::vector<SpoolFile::Place> freed;
  };
  void Call(Wakes& wakes);
  /// A response on its way to the consumer, looked at without the lock.
  struct Taking {
    uint64_t position = 0;
    uint64_t drops = 0;
    std::optional<SpoolFile::Place> place;
    bool remember = false;
    std::optional<RowHashes> rows;
  };

  Room Add(Response response, bool ahead);
  bool ClosedLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return complete_ || failure_; }
  uint64_t EndLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return first_ + held_.size(); }
  uint64_t VisibleEndLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return gate_.value_or(EndLocked());
  }
  bool RoomLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool SpoolsLocked(size_t bytes) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void InsertLocked(Held held, bool ahead) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OpenLocked(Wakes* wakes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropFromLocked(uint64_t position, Wakes* wakes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FreeLocked(const Held& held, Wakes* wakes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WakeConsumerLocked(Wakes* wakes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WakeProducerIfRoomLocked(Wakes* wakes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropOldestLocked(Wakes* wakes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetRowsAtEndLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TrimSentLocked(Wakes* wakes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// The position after the response with this id; throws what Attach throws.
  uint64_t StartAfterLocked(std::string_view response_id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  /// True if `taken` is the answer already; else `taking` wants to be prepared.
  bool BeginTakeLocked(Consumer consumer, Taking* taking, Taken* taken) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Prepare(Taking* taking, Taken* taken) const;
  void FinishTakeLocked(const Taking& taking, Taken* taken, Wakes* wakes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Ids ids_;
  const bool reattachable_;
  const Limits& limits_;
  const ResponseIdSequence response_ids_;
  std::shared_ptr<SpoolSpace> space_;
  std::unique_ptr<SpoolFile> spool_;

  mutable absl::Mutex mutex_;
  /// Positions first_ .. EndLocked() - 1.
  std::deque<Held> held_ ABSL_GUARDED_BY(mutex_);
  uint64_t first_ ABSL_GUARDED_BY(mutex_) = 1;
  /// The position that the consumer takes next, and the furthest any consumer came to.
  uint64_t next_ ABSL_GUARDED_BY(mutex_) = 1;
  uint64_t furthest_ ABSL_GUARDED_BY(mutex_) = 1;
  /// Where what is held back begins.
  std::optional<uint64_t> gate_ ABSL_GUARDED_BY(mutex_);
  /// The latest number of HoldBack.
  uint64_t hold_ ABSL_GUARDED_BY(mutex_) = 0;
  /// How often responses were dropped.
  uint64_t drops_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t held_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t memory_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  /// Bytes at positions >= next_: all, and those in memory.
  size_t unsent_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t unsent_memory_ ABSL_GUARDED_BY(mutex_) = 0;
  bool spools_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t rows_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t delivered_rows_ ABSL_GUARDED_BY(mutex_) = 0;
  bool schema_delivered_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<DeliveredRows> delivered_ ABSL_GUARDED_BY(mutex_);
  bool complete_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<Failure> failure_ ABSL_GUARDED_BY(mutex_);
  Consumer consumer_ ABSL_GUARDED_BY(mutex_) = 0;
  bool attached_ ABSL_GUARDED_BY(mutex_) = false;
  bool consumer_waits_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void()> wake_ ABSL_GUARDED_BY(mutex_);
  std::function<void()> resume_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::wire
