#include "engine/service/operation_watch.h"

#include <cstdio>
#include <utility>

#include "engine/service/responses.h"

namespace hearth::engine {
namespace {

// A cancelled operation notices within this even if its first interrupt was lost.
constexpr auto kTick = std::chrono::milliseconds(50);
// Ticks without any operation after which the thread sleeps until the next one comes.
constexpr int kIdleTicksMax = 40;
// From here on a cancelled operation that still runs is worth a line in the log. DuckDB notices an interrupt
// after at most some thousand rows, or between two passes of its optimizer.
constexpr auto kOverdue = std::chrono::seconds(10);

}  // namespace

OperationWatch::OperationWatch() : thread_([this] { Run(); }) {}

OperationWatch::~OperationWatch() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    wake_.Signal();
  }
  thread_.join();
}

OperationWatch::Entry::Entry(OperationWatch& watch, wire::Operation& operation, Cancellation& cancellation,
                             std::chrono::milliseconds report_interval)
    : watch_(watch),
      operation_(operation),
      cancellation_(cancellation),
      report_interval_(report_interval),
      next_report_(std::chrono::steady_clock::now() + report_interval) {
  absl::MutexLock lock(&watch_.mutex_);
  place_ = watch_.entries_.insert(watch_.entries_.end(), this);
  if (std::exchange(watch_.asleep_, false)) watch_.wake_.Signal();
}

OperationWatch::Entry::~Entry() {
  absl::MutexLock lock(&watch_.mutex_);
  watch_.entries_.erase(place_);
  if (is_overdue_) std::fprintf(stderr, "hearth engine: operation %s has stopped\n", operation_.id().c_str());
}

void OperationWatch::Entry::Finish() {
  absl::MutexLock lock(&watch_.mutex_);
  if (!has_reported_) return;
  operation_.results().Append(ProgressResponse({cancellation_.ProgressNow().statements_done, std::nullopt}));
  next_report_ = std::chrono::steady_clock::time_point::max();
}

void OperationWatch::Run() {
  int idle_ticks = 0;
  absl::MutexLock lock(&mutex_);
  while (!stopping_) {
    idle_ticks = entries_.empty() ? idle_ticks + 1 : 0;
    if (idle_ticks > kIdleTicksMax) {
      asleep_ = true;
      while (asleep_ && !stopping_) wake_.Wait(&mutex_);
      idle_ticks = 0;
    } else {
      wake_.WaitWithTimeout(&mutex_, absl::FromChrono(kTick));
    }
    LookLocked();
  }
}

void OperationWatch::LookLocked() {
  const auto now = std::chrono::steady_clock::now();
  for (Entry* entry : entries_) {
    entry->cancellation_.Nudge();
    NoteCancelled(*entry, now);
    if (entry->report_interval_.count() == 0 || now < entry->next_report_) continue;
    entry->next_report_ = now + entry->report_interval_;
    Report(*entry);
  }
}

void OperationWatch::Report(Entry& entry) {
  entry.has_reported_ = true;
  const Cancellation::Progress progress = entry.cancellation_.ProgressNow();
  // The buffer drops what comes after the end, and a report never waits for room: it is small.
  entry.operation_.results().Append(ProgressResponse({progress.statements_done, progress.fraction}));
}

void OperationWatch::NoteCancelled(Entry& entry, std::chrono::steady_clock::time_point now) {
  if (entry.is_overdue_ || !entry.cancellation_.cancelled()) return;
  if (!entry.cancelled_at_) entry.cancelled_at_ = now;
  if (now - *entry.cancelled_at_ < kOverdue) return;
  entry.is_overdue_ = true;
  std::fprintf(stderr, "hearth engine: operation %s was cancelled %d s ago and its thread does not stop\n",
               entry.operation_.id().c_str(), static_cast<int>(kOverdue.count()));
}

}  // namespace hearth::engine
