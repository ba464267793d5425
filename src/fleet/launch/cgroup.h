#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace hearth::fleet {

/// What a cluster of a size may take.
struct ResourceLimits {
  uint64_t memory_bytes = 0;
  /// Share of the processors when they are contended, and a hard bound if it is below the machine's.
  int threads = 1;
  int machine_threads = 1;
};

/// The limit of the whole process for an engine that was told to use `engine_memory_bytes`: what the engine
/// does not account for (its code, connections, buffers of results) comes on top.
uint64_t ProcessLimitBytes(uint64_t engine_memory_bytes);

/// What a control group holds, files aside, by its memory.stat; 0 if it is gone.
uint64_t MemoryIn(const std::string& memory_file);

/// How much of its share of the processors a group gets while others want them too: all of it, a 16th, a
/// 64th. The least leaves it able to say that it is there: with an idle group's share that might take
/// seconds, and it would be taken for dead.
enum class CpuShare { kWhole = 0, kSmall = 1, kLeast = 2 };

/// One control group, which ends with this object: what still runs in it is killed. Not thread-safe.
class Cgroup {
 public:
  Cgroup(std::vector<std::filesystem::path> directories, int version, int threads)
      : directories_(std::move(directories)), version_(version), threads_(threads) {}
  ~Cgroup();
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;

  /// The files that a process writes 0 to in order to move itself in, one for each hierarchy.
  std::vector<std::string> ProcsFiles() const;

  /// The file that tells what memory it holds, see MemoryIn.
  std::string MemoryFile() const;

  /// Nothing happens where there is no cpu controller.
  void SetShare(CpuShare share);

  /// Processes in it that the kernel killed for want of memory.
  uint64_t OutOfMemoryKills() const;

 private:
  /// Memory first.
  const std::vector<std::filesystem::path> directories_;
  const int version_;
  const int threads_;
};

/// Where this process may make control groups: below its own in the memory and cpu hierarchies of version 1,
/// or below the nearest group of version 2 that hands its memory controller down. Immutable.
class CgroupHost {
 public:
  /// `mount` and `self` are parameters for tests only.
  static CgroupHost Detect(const std::filesystem::path& mount = "/sys/fs/cgroup",
                           const std::filesystem::path& self = "/proc/self/cgroup");

  /// 1, 2, or 0 if none can be made; then `why_not` says why, in words.
  int version() const { return version_; }
  const std::string& why_not() const { return why_not_; }

  /// `name` must be unique in this process.
  absl::StatusOr<std::unique_ptr<Cgroup>> Create(const std::string& name, const ResourceLimits& limits) const;

  /// The memory that all of us can have: the machine's, or less where our own group or one above has a limit,
  /// as in a container.
  uint64_t MemoryBytes() const;

  /// Removes the groups of processes of ours that are gone, and kills what they left in them. Returns how
  /// many.
  int SweepStale() const;

 private:
  void DetectVersion1(const std::filesystem::path& mount, const std::string& self);
  void DetectVersion2(const std::filesystem::path& mount, const std::string& self);

  int version_ = 0;
  std::string why_not_;
  /// Our own group, in the memory hierarchy.
  std::filesystem::path own_;
  /// Parents of our groups, memory first.
  std::vector<std::filesystem::path> parents_;
};

}  // namespace hearth::fleet
