#include "apps/descriptor_limit.h"

#include <sys/resource.h>

namespace hearth::apps {

void RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);  // If it is refused, the server does with what it has.
}

}  // namespace hearth::apps
