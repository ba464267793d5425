// What the native engine keeps for a Spark Connect session beside its configuration.
#pragma once

#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/service/artifact_store.h"
#include "engine/service/storage_levels.h"
#include "engine/service/stored_table.h"
#include "engine/service/view_catalog.h"
#include "wire/session.h"

namespace hearth::engine {

// The database that names without one are of. Thread safe.
class CurrentDatabase {
 public:
  std::string Get() const {
    absl::MutexLock lock(&mutex_);
    return name_;
  }
  void Set(std::string name) {
    absl::MutexLock lock(&mutex_);
    name_ = std::move(name);
  }

 private:
  mutable absl::Mutex mutex_;
  std::string name_ ABSL_GUARDED_BY(mutex_) = "default";
};

// Thread safe, as its parts are.
struct EngineSession final : wire::SessionState {
  ViewCatalog views;
  ArtifactStore artifacts;
  StorageLevels storage_levels;
  StoredRowsTable stored_rows;
  CurrentDatabase current_database;
};

}  // namespace hearth::engine
