#include "wire/workers.h"

#include <pthread.h>

#include <utility>

#include "absl/time/time.h"
#include "base/check.h"

namespace hearth::wire {

namespace {
constexpr absl::Duration kIdleMax = absl::Seconds(10);
}

Workers::Workers(Options options) : options_(std::move(options)) {}

Workers::~Workers() {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
  const auto over = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return threads_ == 0; };
  mutex_.Await(absl::Condition(&over));
}

bool Workers::WaitUntilIdle(std::chrono::milliseconds at_most) {
  absl::MutexLock lock(&mutex_);
  const auto idle = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return queue_.empty() && waiting_ == threads_;
  };
  return mutex_.AwaitWithTimeout(absl::Condition(&idle), absl::FromChrono(at_most));
}

void Workers::Run(std::function<void()> task) {
  bool start = false;
  {
    absl::MutexLock lock(&mutex_);
    queue_.push_back(std::move(task));
    start = waiting_ < queue_.size() && threads_ < options_.threads_max;
    if (start) ++threads_;
  }
  if (start) StartThread();
}

void Workers::StartThread() {
  pthread_attr_t attributes;
  HEARTH_CHECK(pthread_attr_init(&attributes) == 0);
  HEARTH_CHECK(pthread_attr_setstacksize(&attributes, options_.stack_bytes) == 0);
  HEARTH_CHECK(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) == 0);
  pthread_t thread;
  const auto serve = [](void* self) -> void* {
    static_cast<Workers*>(self)->Serve();
    return nullptr;
  };
  const int error = pthread_create(&thread, &attributes, serve, this);
  pthread_attr_destroy(&attributes);
  if (error == 0) return;
  // The tasks wait for the threads there are; without any there is no way on.
  absl::MutexLock lock(&mutex_);
  --threads_;
  HEARTH_CHECK(threads_ > 0);
}

void Workers::Serve() {
  pthread_setname_np(pthread_self(), options_.name.substr(0, 15).c_str());
  absl::MutexLock lock(&mutex_);
  const auto awake = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !queue_.empty() || stopping_; };
  while (true) {
    ++waiting_;
    mutex_.AwaitWithTimeout(absl::Condition(&awake), kIdleMax);
    --waiting_;
    if (queue_.empty()) break;  // Idle for long enough, or stopping with nothing left.
    std::function<void()> task = std::move(queue_.front());
    queue_.pop_front();
    mutex_.Unlock();
    task();
    task = nullptr;  // What it captured is destroyed without the lock too.
    mutex_.Lock();
  }
  --threads_;
}

}  // namespace hearth::wire
