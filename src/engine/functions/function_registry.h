// Makes our functions known to a database.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/duckdb/database.h"

namespace hearth::engine {

// Thread safe. One for each database.
class FunctionRegistry {
 public:
  // Registers all fixed functions. Throws DuckDbError.
  explicit FunctionRegistry(Database* database);

  // Registers the variants that are not there yet; cheap when all are. CHECKs the names. Throws DuckDbError.
  void EnsureVariants(const std::vector<std::string>& names);

 private:
  Database* const database_;
  absl::Mutex mutex_;
  std::unordered_set<std::string> variants_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::engine
