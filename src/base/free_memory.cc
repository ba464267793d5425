#include "base/free_memory.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <utility>

namespace hearth::base {
namespace {

constexpr int64_t kMuch = int64_t{16} << 20;
constexpr int64_t kLittle = int64_t{1} << 20;

}  // namespace

void FreeMemory::GiveBack() {
  const int64_t unused = Unused();
  const bool is_still = unused == std::exchange(before_, unused);
  floor_ = std::min(floor_, unused);
  if (unused - floor_ <= (is_still ? kLittle : kMuch)) return;
  ::malloc_trim(0);
  floor_ = Unused();
}

int64_t FreeMemory::Unused() {
  // In pages: size, resident, resident with a file behind it.
  std::ifstream statm("/proc/self/statm");
  int64_t size = 0;
  int64_t resident = 0;
  int64_t of_files = 0;
  if (!(statm >> size >> resident >> of_files)) return 0;
  const struct mallinfo2 allocated = ::mallinfo2();
  return (resident - of_files) * ::sysconf(_SC_PAGESIZE) -
         static_cast<int64_t>(allocated.uordblks + allocated.hblkhd);
}

}  // namespace hearth::base
