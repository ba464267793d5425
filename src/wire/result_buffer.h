#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "wire/failure.h"
#include "wire/limits.h"
#include "wire/response.h"
#include "wire/response_id.h"

namespace hearth::wire {

/// The responses of one operation between its producer (an engine thread or the gateway's relay) and whatever
/// RPC reads them at the moment. Bounded by bytes: unsent responses pause the producer, sent ones are kept
/// for a reattach up to a limit (of a reattachable operation only).
///
/// Thread-safe. No callback is ever called with a lock held or from within the call that registered it.
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

  // ---- producer ----

  /// What the producer should do after an Append.
  enum class Room {
    kYes,     ///< go on
    kFull,    ///< stop until there is room: WaitForRoom or OnRoom
    kClosed,  ///< nobody wants more (ended, interrupted, abandoned): stop for good
  };
  /// Takes the response, which gets its ids here. Never blocks, takes even what exceeds the limit.
  Room Append(Response response);

  /// Blocks until there is room (kYes) or nobody wants more (kClosed). For producers with a thread.
  Room WaitForRoom();

  /// Append, then WaitForRoom if full: the whole of back-pressure for a producer with a thread. False if
  /// nobody wants more.
  bool Push(Response response);

  /// Calls `resume` once, when there is room again or nobody wants more. For producers without a thread. It
  /// may be called before this returns. A second call replaces the first.
  void OnRoom(std::function<void()> resume);

  /// The run was good. A reattachable operation gets its result_complete here.
  void Complete();

  /// The run failed; what was appended before is still delivered first.
  void Fail(Failure failure);

  /// Forgets every response and starts over, unless a consumer has taken one or the buffer has ended: then it
  /// changes nothing and says false. For a producer that failed where another attempt may succeed.
  bool Reset();

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
    /// Bytes held now, sent or not.
    size_t held_bytes = 0;
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
    grpc::ByteBuffer body;
    size_t bytes;
  };
  /// Callbacks to be made once the lock is free.
  struct Wakes {
    std::function<void()> consumer;
    std::function<void()> producer;
    void Call();
  };

  bool RoomLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AppendLocked(Response response) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WakeConsumerLocked(Wakes* wakes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WakeProducerIfRoomLocked(Wakes* wakes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropOldestLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TrimSentLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Ids ids_;
  const bool reattachable_;
  const Limits& limits_;
  const ResponseIdSequence response_ids_;

  mutable absl::Mutex mutex_;
  /// Positions first_ .. first_ + held_.size() - 1.
  std::deque<Held> held_ ABSL_GUARDED_BY(mutex_);
  uint64_t first_ ABSL_GUARDED_BY(mutex_) = 1;
  /// The position that the consumer takes next, and the furthest any consumer came to.
  uint64_t next_ ABSL_GUARDED_BY(mutex_) = 1;
  uint64_t furthest_ ABSL_GUARDED_BY(mutex_) = 1;
  size_t held_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  /// Bytes at positions >= next_.
  size_t unsent_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t rows_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool complete_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<Failure> failure_ ABSL_GUARDED_BY(mutex_);
  Consumer consumer_ ABSL_GUARDED_BY(mutex_) = 0;
  bool attached_ ABSL_GUARDED_BY(mutex_) = false;
  bool consumer_waits_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void()> wake_ ABSL_GUARDED_BY(mutex_);
  std::function<void()> resume_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::wire
