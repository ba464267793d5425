#include "store/lease.h"

#include <limits.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"

namespace hearth::store {

std::string HolderName() {
  char host[HOST_NAME_MAX + 1] = "";
  ::gethostname(host, sizeof(host) - 1);
  return absl::StrCat("process ", ::getpid(), " on host ", host);
}

std::string HostBoot() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

std::chrono::milliseconds WallClock() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

absl::Status MayTake(const LeaseRecord& lease, bool holder_is_dead, std::chrono::milliseconds now,
                     std::chrono::milliseconds lease_time, const std::string& store) {
  if (lease.holder.empty() || holder_is_dead) return absl::OkStatus();
  // A renewal that lies far in the future was made by a clock that has been set back since; a living holder
  // would have renewed it by the new time.
  const std::chrono::milliseconds silent = now - lease.renewed;
  if (silent > lease_time || silent < -lease_time) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(store, " is in use by another Hearth (", lease.holder, ", last heard of ", silent.count(),
                   " ms ago); stop that one first, or give this one a store of its own"));
}

}  // namespace hearth::store
