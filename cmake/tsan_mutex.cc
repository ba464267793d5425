// Tells the thread sanitizer what absl::Mutex does. Linked into every program of the tsan preset.
//
// Debian's abseil is not instrumented, so the sanitizer sees no order between what two threads do under one
// mutex and reports races that are none. The linker sends each call of a locking function here (--wrap, see
// hearth_options.cmake): what happened before an unlock is made to happen before the next lock. Inside the
// library, reads are ignored, since it evaluates other threads' conditions with a lock that only it knows of.

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
}

namespace {

enum class Kind { kLock, kUnlock, kWait };  // a wait unlocks and locks

// One call into the library: an unlock releases what came before it to later locks, which acquire it.
class Call {
 public:
  Call(Kind kind, absl::Mutex* mutex) : kind_(kind), mutex_(mutex) {
    if (kind_ != Kind::kLock) __tsan_release(mutex_);
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() {
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
    if (kind_ != Kind::kUnlock) __tsan_acquire(mutex_);
  }

 private:
  Kind kind_;
  absl::Mutex* mutex_;
};

}  // namespace

// WRAP(kind, result, mangled name, (parameters), (arguments), mutex): the wrapper of one member function.
#define WRAP(kind, result, name, parameters, arguments, mutex) \
  extern "C" result __real_##name parameters;                  \
  extern "C" result __wrap_##name parameters {                 \
    const Call call(Kind::kind, mutex);                        \
    return __real_##name arguments;                            \
  }

#define PLAIN(kind, result, name) WRAP(kind, result, name, (absl::Mutex * m), (m), m)
#define WHEN(kind, name) WRAP(kind, void, name, (absl::Mutex * m, const absl::Condition& c), (m, c), m)
#define WHEN_UNTIL(kind, name, Limit) \
  WRAP(kind, bool, name, (absl::Mutex * m, const absl::Condition& c, Limit limit), (m, c, limit), m)

PLAIN(kLock, void, _ZN4absl7debian35Mutex4LockEv)
PLAIN(kLock, bool, _ZN4absl7debian35Mutex7TryLockEv)
PLAIN(kLock, void, _ZN4absl7debian35Mutex10ReaderLockEv)
PLAIN(kUnlock, void, _ZN4absl7debian35Mutex6UnlockEv)
PLAIN(kUnlock, void, _ZN4absl7debian35Mutex12ReaderUnlockEv)
WHEN(kLock, _ZN4absl7debian35Mutex8LockWhenERKNS0_9ConditionE)
WHEN(kWait, _ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE)
WHEN_UNTIL(kLock, _ZN4absl7debian35Mutex19LockWhenWithTimeoutERKNS0_9ConditionENS0_8DurationE, absl::Duration)
WHEN_UNTIL(kLock, _ZN4absl7debian35Mutex20LockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE, absl::Time)
WHEN_UNTIL(kWait, _ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE, absl::Duration)
WHEN_UNTIL(kWait, _ZN4absl7debian35Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE, absl::Time)
WRAP(kWait, void, _ZN4absl7debian37CondVar4WaitEPNS0_5MutexE, (absl::CondVar * v, absl::Mutex* m), (v, m), m)
WRAP(kWait, bool, _ZN4absl7debian37CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE,
     (absl::CondVar * v, absl::Mutex* m, absl::Duration limit), (v, m, limit), m)
WRAP(kWait, bool, _ZN4absl7debian37CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE,
     (absl::CondVar * v, absl::Mutex* m, absl::Time limit), (v, m, limit), m)
