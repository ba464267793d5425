// Rows that the engine keeps in a table of DuckDB: what checkpoint() gave. They count against DuckDB's memory
// limit and are spilled like any other rows.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/service/engine_runtime.h"
#include "engine/service/query_runner.h"
#include "spark/analysis/typed_plan.h"

namespace hearth::engine {

using StoredRowsPtr = std::shared_ptr<const spark::StoredRows>;

// Runs the plan to its end and keeps its rows, in their order, until the last pointer to them is gone; the
// runtime must outlive that. Throws spark::Error, and then nothing is left of it.
StoredRowsPtr Store(const spark::TypedPlan& plan, QueryRunner& runner, EngineRuntime& runtime);

// The stored rows of one session by the id that its client knows. Thread safe.
//
// An id is made of the request alone: `request` and how often the session stored rows for an equal one. So a
// session that is repeated request by request on another engine finds its rows under the ids that its client
// holds.
class StoredRowsTable {
 public:
  // Gives the new id, a UUID.
  std::string Add(std::string_view request, StoredRowsPtr rows);
  // Null if there are none.
  StoredRowsPtr Find(const std::string& id) const;
  // No effect if there are none.
  void Remove(const std::string& id);

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, StoredRowsPtr> rows_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int> times_stored_ ABSL_GUARDED_BY(mutex_);  // by the request's digest
};

}  // namespace hearth::engine
