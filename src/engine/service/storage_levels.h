// What DataFrame.persist asked for. The engine keeps no rows for it: persisting changes no answer, only
// speed.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace hearth::engine {

struct StorageLevel {
  bool use_disk = false;
  bool use_memory = false;
  bool use_off_heap = false;
  bool deserialized = false;
  int replication = 1;
};

// The levels of one session's plans, by SemanticKey. Thread safe.
class StorageLevels {
 public:
  // The first level of a plan stays until it is unpersisted, as in Spark.
  void Set(const std::string& plan, const StorageLevel& level);
  void Unset(const std::string& plan);
  std::optional<StorageLevel> Find(const std::string& plan) const;

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, StorageLevel> levels_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::engine
