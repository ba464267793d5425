#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "spark/error.h"

namespace hearth::gateway {

/// How many operations of one user run at a time. Further ones of that user wait, first come first served;
/// nobody else does. Thread-safe; calls out without its lock.
class Admission {
 public:
  struct Limits {
    size_t running_max = 100;
    size_t waiting_max = 1'000;
  };
  explicit Admission(Limits limits) : limits_(limits) {}
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  const Limits& limits() const { return limits_; }

  /// The right to run; the next one waiting gets it when it is destroyed. Not to outlive the Admission.
  class Pass {
   public:
    Pass(Admission& admission, std::string user) : admission_(admission), user_(std::move(user)) {}
    ~Pass() { admission_.Leave(user_); }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

   private:
    Admission& admission_;
    const std::string user_;
  };
  using Go = std::function<void(std::unique_ptr<Pass> pass)>;

  /// A place among those who wait; never 0.
  using Place = uint64_t;
  /// Calls `go` with a pass: at once, and then the place is 0, or when it is this one's turn. False, and
  /// `go` is dropped, if too many wait.
  bool Enter(const std::string& user, Go go, Place* place);
  /// What the user is told then.
  spark::Error TooMany(const std::string& user) const;
  /// Drops the `go` of one that waits; without effect if it has been called.
  void GiveUp(const std::string& user, Place place);

  size_t waiting() const;

 private:
  struct User {
    size_t running = 0;
    /// Oldest first.
    std::map<Place, Go> waiting;
    /// Somebody is calling the `go` of one.
    bool admitting = false;
  };
  void Leave(const std::string& user);
  Go Next(const std::string& user);

  const Limits limits_;
  mutable absl::Mutex mutex_;
  Place last_place_ ABSL_GUARDED_BY(mutex_) = 0;
  /// Those with anything running or waiting.
  std::map<std::string, User> users_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::gateway
