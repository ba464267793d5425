#pragma once

#include <cstdint>

namespace hearth::base {

/// What the allocator keeps of the process's memory although nothing is in it. Not thread-safe.
class FreeMemory {
 public:
  /// To be called twice a second or so. Gives back to the system what is much at once, because pieces of
  /// large results come and go in every order and leave holes that add up to several times of what they take;
  /// and what is little once it no longer changes.
  void GiveBack();

 private:
  /// Bytes of resident memory that nothing allocated with malloc is in. Besides holes: stacks, and what other
  /// allocators hold.
  static int64_t Unused();

  int64_t before_ = 0;
  /// The least that was ever left by a trim or seen since.
  int64_t floor_ = 0;
};

}  // namespace hearth::base
