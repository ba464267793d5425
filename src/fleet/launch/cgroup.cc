#include "fleet/launch/cgroup.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace hearth::fleet {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "hearth-";
constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr int kCpuPeriodUs = 100'000;
int DivisorOf(CpuShare share) {
  switch (share) {
    case CpuShare::kWhole: return 1;
    case CpuShare::kSmall: return 16;
    case CpuShare::kLeast: return 64;
  }
  return 1;
}

std::string Read(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

absl::Status Write(const fs::path& path, const std::string& value) {
  std::ofstream file(path);
  file << value << std::flush;
  if (file) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("cannot write ", value, " to ", path.string(), ": ", std::strerror(errno)));
}

/// The path of this process in the hierarchy of `controller` ("" for version 2), from /proc/self/cgroup.
std::string OwnPath(const std::string& self, std::string_view controller) {
  std::istringstream lines(self);
  std::string line;
  while (std::getline(lines, line)) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    std::istringstream controllers(line.substr(first + 1, second - first - 1));
    std::string name;
    if (controller.empty() && second == first + 1) return line.substr(second + 1);
    while (std::getline(controllers, name, ',')) {
      if (name == controller) return line.substr(second + 1);
    }
  }
  return "";
}

bool CanMakeDirectory(const fs::path& parent) {
  const fs::path probe =
      parent / absl::StrCat(absl::string_view(kPrefix.data(), kPrefix.size()), ::getpid(), "-probe");
  std::error_code error;
  if (!fs::create_directory(probe, error)) return false;
  fs::remove(probe, error);
  return true;
}

/// Kills whatever is in the group until nothing is, then removes it.
void Destroy(const fs::path& directory) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::istringstream pids(Read(directory / "cgroup.procs"));
    pid_t pid = 0;
    while (pids >> pid) {
      if (pid > 1) ::kill(pid, SIGKILL);
    }
    // rmdir and not remove_all: the files in it are the kernel's.
    if (::rmdir(directory.c_str()) == 0 || errno == ENOENT) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

/// The process that a group is of, from its name "hearth-PID-NAME"; 0 if the name is not ours.
pid_t OwnerOf(const std::string& name) {
  if (name.compare(0, kPrefix.size(), kPrefix) != 0) return 0;
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), pid);
  return error == std::errc() && end != name.data() + name.size() && *end == '-' ? pid : 0;
}

absl::Status LimitMemory(const fs::path& directory, int version, uint64_t bytes) {
  const std::string value = std::to_string(bytes);
  if (version == 2) {
    if (absl::Status status = Write(directory / "memory.max", value); !status.ok()) return status;
    (void)Write(directory / "memory.swap.max", "0");  // Absent without swap accounting.
    return absl::OkStatus();
  }
  if (absl::Status status = Write(directory / "memory.limit_in_bytes", value); !status.ok()) return status;
  (void)Write(directory / "memory.memsw.limit_in_bytes", value);
  return absl::OkStatus();
}

/// The share of the processors when they are contended.
absl::Status WeighCpu(const fs::path& directory, int version, int threads, int divisor) {
  if (version == 2)
    return Write(directory / "cpu.weight", std::to_string(std::clamp(100 * threads / divisor, 1, 10'000)));
  return Write(directory / "cpu.shares", std::to_string(1024 * threads / divisor));
}

bool HasCpu(const fs::path& directory, int version) {
  return version == 1 || fs::exists(directory / "cpu.weight");  // Else its controller is not handed down.
}

absl::Status LimitCpu(const fs::path& directory, int version, const ResourceLimits& limits) {
  if (!HasCpu(directory, version)) return absl::OkStatus();
  const absl::Status status = WeighCpu(directory, version, limits.threads, 1);
  if (!status.ok() || limits.threads >= limits.machine_threads) return status;
  const int quota_us = limits.threads * kCpuPeriodUs;
  if (version == 2) return Write(directory / "cpu.max", absl::StrCat(quota_us, " ", kCpuPeriodUs));
  return Write(directory / "cpu.cfs_quota_us", std::to_string(quota_us));
}

}  // namespace

uint64_t ProcessLimitBytes(uint64_t engine_memory_bytes) {
  return engine_memory_bytes + std::max(512 * kMiB, engine_memory_bytes / 8);
}

uint64_t MemoryIn(const std::string& memory_file) {
  std::istringstream words(Read(memory_file));
  std::string key;
  uint64_t value = 0;
  while (words >> key >> value) {
    if (key == "anon" || key == "rss") return value;  // as version 2 and version 1 call it
  }
  return 0;
}

// ---- one group ----

Cgroup::~Cgroup() {
  for (const fs::path& directory : directories_) Destroy(directory);
}

std::vector<std::string> Cgroup::ProcsFiles() const {
  std::vector<std::string> files;
  for (const fs::path& directory : directories_) files.push_back(directory / "cgroup.procs");
  return files;
}

std::string Cgroup::MemoryFile() const { return directories_.front() / "memory.stat"; }

void Cgroup::SetShare(CpuShare share) {
  const fs::path& directory = directories_.back();
  if (!HasCpu(directory, version_)) return;
  (void)WeighCpu(directory, version_, threads_, DivisorOf(share));
}

uint64_t Cgroup::OutOfMemoryKills() const {
  std::istringstream words(
      Read(directories_.front() / (version_ == 2 ? "memory.events" : "memory.oom_control")));
  std::string key;
  uint64_t value = 0;
  while (words >> key >> value) {
    if (key == "oom_kill") return value;
  }
  return 0;
}

// ---- where groups can be made ----

CgroupHost CgroupHost::Detect(const fs::path& mount, const fs::path& self_file) {
  CgroupHost host;
  const std::string self = Read(self_file);
  if (fs::exists(mount / "memory" / "memory.limit_in_bytes")) {
    host.DetectVersion1(mount, self);
  } else if (fs::exists(mount / "cgroup.controllers")) {
    host.DetectVersion2(mount, self);
  } else {
    host.why_not_ = mount.string() + " has no memory controller";
  }
  return host;
}

void CgroupHost::DetectVersion1(const fs::path& mount, const std::string& self) {
  for (const char* controller : {"memory", "cpu"}) {
    fs::path parent = mount / controller;
    const std::string own = OwnPath(self, controller);
    // In a container the path is the host's, and what is mounted is our own group already.
    if (own.size() > 1 && fs::exists(parent / own.substr(1))) parent /= own.substr(1);
    if (own_.empty()) own_ = parent;
    if (!CanMakeDirectory(parent)) {
      why_not_ = "no control group can be made in " + parent.string();
      parents_.clear();
      return;
    }
    parents_.push_back(parent);
  }
  version_ = 1;
}

void CgroupHost::DetectVersion2(const fs::path& mount, const std::string& self) {
  const std::string own = OwnPath(self, "");
  fs::path parent = mount;
  if (own.size() > 1 && fs::exists(mount / own.substr(1))) parent /= own.substr(1);
  own_ = parent;
  // A group with processes in it hands no controller down, so it is mostly an ancestor of ours that can.
  for (;; parent = parent.parent_path()) {
    std::istringstream handed_down(Read(parent / "cgroup.subtree_control"));
    std::string controller;
    while (handed_down >> controller) {
      if (controller == "memory" && CanMakeDirectory(parent)) {
        parents_ = {parent};
        version_ = 2;
        return;
      }
    }
    if (parent == mount) break;
  }
  why_not_ = "no group from ours up to " + mount.string() +
             " hands its memory controller down to one that we may make";
}

absl::StatusOr<std::unique_ptr<Cgroup>> CgroupHost::Create(const std::string& name,
                                                           const ResourceLimits& limits) const {
  if (version_ == 0) return absl::FailedPreconditionError(why_not_);
  const std::string directory_name =
      absl::StrCat(absl::string_view(kPrefix.data(), kPrefix.size()), ::getpid(), "-", name);
  std::vector<fs::path> directories;
  for (const fs::path& parent : parents_) {
    directories.push_back(parent / directory_name);
    std::error_code error;
    fs::create_directory(directories.back(), error);
    if (error) {
      return absl::InternalError(
          absl::StrCat("cannot make ", directories.back().string(), ": ", error.message()));
    }
  }
  // From here on the object removes what was made.
  auto group = std::make_unique<Cgroup>(directories, version_, limits.threads);
  absl::Status status = LimitMemory(directories.front(), version_, limits.memory_bytes);
  if (status.ok()) status = LimitCpu(directories.back(), version_, limits);
  if (!status.ok()) return status;
  return group;
}

uint64_t CgroupHost::MemoryBytes() const {
  const auto pages = static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES));
  uint64_t bytes = pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  for (const char* file : {"memory.max", "memory.limit_in_bytes"}) {
    for (fs::path group = own_; fs::exists(group / file); group = group.parent_path()) {
      uint64_t limit;  // "max" is no number, and so no limit.
      if (absl::SimpleAtoi(Read(group / file), &limit)) bytes = std::min(bytes, limit);
    }
  }
  return bytes;
}

int CgroupHost::SweepStale() const {
  std::set<std::string> swept;
  for (const fs::path& parent : parents_) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(parent, error)) {
      const std::string name = entry.path().filename();
      const pid_t owner = OwnerOf(name);
      if (owner == 0 || ::kill(owner, 0) == 0 || errno != ESRCH) continue;
      Destroy(entry.path());
      swept.insert(name);
    }
  }
  return static_cast<int>(swept.size());
}

}  // namespace hearth::fleet
