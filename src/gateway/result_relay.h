#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "gateway/begun_result.h"
#include "gateway/deadlines.h"
#include "gateway/file_snapshot.h"
#include "gateway/result_ring.h"
#include "gateway/session_log.h"
#include "wire/operation.h"
#include "wire/rows/row_search.h"
#include "wire/workers.h"

namespace hearth::gateway {

/// Takes what the attempts of one read-only operation answer to its client, so that the client sees one.
///
/// What an attempt answers is held back until it has answered all, or becomes too much or too old (see
/// wire::Limits); progress passes at once. So a cluster that dies before costs another attempt that nobody
/// sees. From then on a query that gives the same rows again goes on after those that the client has had: the
/// next attempt must give them all, and they are left out. Whatever does not fit is a true error.
class ResultRelay final : public std::enable_shared_from_this<ResultRelay> {
 public:
  /// What all relays share.
  struct Surroundings {
    const wire::Limits& limits;
    Deadlines& deadlines;
    /// For looking at plans, which may be deep, and at files, which may be slow.
    wire::Workers& workers;
    /// Where short results are kept; nullptr: nowhere.
    ResultRing* ring = nullptr;
  };
  /// Keeps what another server needs to go on with the operation, and calls `done` then.
  using Keep = std::function<void(const BegunResult& begun, std::function<void()> done)>;
  ResultRelay(std::shared_ptr<wire::Operation> operation, Keep keep, const Surroundings& surroundings)
      : operation_(std::move(operation)),
        keep_(std::move(keep)),
        limits_(surroundings.limits),
        deadlines_(surroundings.deadlines),
        workers_(surroundings.workers),
        ring_(surroundings.ring) {}

  /// Before the first attempt of an operation whose client has had rows from an earlier server: it goes on
  /// after them. `done` is called on another thread, with false if the query does not read what it read then.
  void GoOnAfter(const BegunResult& begun, const SessionSnapshot& bound, std::function<void(bool)> done);

  // One attempt after the other, each on one thread at a time.

  /// `bound`: what the session is for all attempts. If misfit() afterwards, this cluster cannot go on.
  void BeginAttempt(const SessionSnapshot& bound, const std::string& engine, const std::string& version);
  wire::ResultBuffer::Room Take(wire::Response response);

  /// From any thread: the attempt under way is to be ended for another one. False if its client has had
  /// something of it, or is about to.
  bool TakeBack();
  /// From any thread: its client has had something of the attempt under way, or is about to.
  bool opened();

  /// The attempt is over and has not succeeded. True if another one, on the same engine or else on any, goes
  /// on where the client is, from now on; else `why_not` says why it cannot.
  bool StartOver(bool same_engine);
  const std::string& why_not() const { return why_not_; }

  /// There will be no other attempt. What this one gave before a failure of its own is the client's too, as
  /// from Spark. `done` is called with nothing if it fits what the client has had, else with the failure that
  /// tells; on another thread while what another server needs is still being kept, for the end must not show
  /// the client rows before.
  void Finish(bool succeeded, std::function<void(std::optional<wire::Failure>)> done);

  /// What Take found that cannot be passed on: the attempt is to end.
  const std::optional<wire::Failure>& misfit() const { return misfit_; }

  /// Of the rows that the latest attempt gave, whatever their order; "" if they are too many to look at.
  std::string result_hash() const;

  /// Attempts that went on after rows.
  int continued() const { return continued_; }

 private:
  using Room = wire::ResultBuffer::Room;

  Room WhileSearching(Room room);
  Room Misfit(const std::string& what);
  Room TakeOfAnother(wire::Response response);
  void Sum(const wire::Response& response);
  std::optional<std::vector<int64_t>> FreshOf(const grpc::ByteBuffer& body);
  Room Append(wire::Response response);
  void Open(uint64_t hold);
  void OpenSoon();
  void KeepWhole();
  bool KnowsFiles();
  void Begun(uint64_t hold);
  void EndOpening(uint64_t hold);
  void EndWaitForOpening();
  void SearchForPrefix();
  bool Continues(const wire::ResultBuffer::Delivered& delivered, bool same_engine);

  const std::shared_ptr<wire::Operation> operation_;
  const Keep keep_;
  const wire::Limits& limits_;
  Deadlines& deadlines_;
  wire::Workers& workers_;
  ResultRing* const ring_;
  SessionSnapshot bound_;
  std::atomic<uint64_t> hold_{0};
  std::atomic<bool> taken_back_{false};
  size_t held_bytes_ = 0;
  bool has_rows_ = false;
  /// All that the attempt gave, while it is short.
  std::vector<wire::Response> whole_;
  /// Nothing if it is not known.
  std::optional<wire::RowSum> sum_;
  /// As the first attempt told it.
  grpc::ByteBuffer schema_;
  bool schema_delivered_ = false;
  /// Of the attempt whose rows the client has; an engine of another version may give others.
  std::string engine_;
  std::string version_;
  /// Set while an attempt has to give again what the client has had.
  std::optional<wire::RowSearch> search_;
  /// What is found, if the client has had it from an earlier server.
  std::optional<wire::DeliveredRows> found_;
  int64_t next_row_ = 0;
  std::optional<wire::Failure> misfit_;
  std::string why_not_;
  int continued_ = 0;
  /// When the first attempt began, in nanoseconds since the epoch.
  int64_t began_at_ = 0;

  absl::Mutex mutex_;
  /// The hold that somebody has opened.
  uint64_t opened_ ABSL_GUARDED_BY(mutex_) = 0;
  /// Openings that are under way, and what waits for their end.
  int opening_ ABSL_GUARDED_BY(mutex_) = 0;
  std::function<void()> after_opening_ ABSL_GUARDED_BY(mutex_);
  bool looked_ ABSL_GUARDED_BY(mutex_) = false;
  /// The files as the first attempt read them; nothing if the query cannot go on after rows.
  std::set<std::string> paths_ ABSL_GUARDED_BY(mutex_);
  std::optional<FileSnapshot> files_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::gateway
