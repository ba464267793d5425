#include "spark/nesting.h"

#include <pthread.h>

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "spark/error.h"

namespace hearth::spark {
namespace {

// For the leaf that a walk ends at, and for making the error. Frames grow several times under a sanitizer.
constexpr size_t kReserveBytes = size_t{512} << 10;

uintptr_t LowestUsable() {
  pthread_attr_t attributes;
  void* stack;
  size_t size;
  HEARTH_CHECK(::pthread_getattr_np(::pthread_self(), &attributes) == 0);
  HEARTH_CHECK(::pthread_attr_getstack(&attributes, &stack, &size) == 0);
  ::pthread_attr_destroy(&attributes);
  return reinterpret_cast<uintptr_t>(stack) + kReserveBytes;
}

}  // namespace

void CheckNesting(const OriginPtr& origin) {
  thread_local const uintptr_t lowest = LowestUsable();
  if (reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) < lowest) {
    throw Error::Decline("a plan that is nested so deeply", origin);
  }
}

}  // namespace hearth::spark
