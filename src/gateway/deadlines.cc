#include "gateway/deadlines.h"

#include <utility>

#include "absl/time/time.h"

namespace hearth::gateway {

void Deadlines::Stop() {
  std::thread thread;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    thread.swap(thread_);
    earlier_.Signal();
  }
  if (thread.joinable()) thread.join();
}

void Deadlines::In(std::chrono::milliseconds time, std::function<void()> due) {
  const base::Instant at = clock_.Now() + time;
  absl::MutexLock lock(&mutex_);
  if (stopping_) return;
  entries_.push({at, std::move(due)});
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
  if (at < next_) earlier_.Signal();
}

void Deadlines::Run() {
  while (true) {
    std::function<void()> due;
    {
      absl::MutexLock lock(&mutex_);
      while (!stopping_ && (entries_.empty() || entries_.top().at > clock_.Now())) {
        if (entries_.empty()) {
          next_ = base::Instant::max();
          earlier_.Wait(&mutex_);
        } else {
          next_ = entries_.top().at;
          earlier_.WaitWithTimeout(&mutex_, absl::FromChrono(next_ - clock_.Now()));
        }
      }
      if (stopping_) return;
      due = entries_.top().due;
      entries_.pop();
    }
    due();
  }
}

}  // namespace hearth::gateway
