// Temporary views by name: those of one session, or the global ones of all.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "spark/analysis/environment.h"

namespace hearth::engine {

using ViewPtr = std::shared_ptr<const spark::ViewDefinition>;

// Names are one part and compare without case. Thread safe.
class ViewCatalog {
 public:
  // Throws TEMP_TABLE_OR_VIEW_ALREADY_EXISTS for a name that is there, unless `replace`.
  void Create(std::string_view name, ViewPtr view, bool replace);
  // False if there is none.
  bool Drop(std::string_view name);
  // Null if there is none.
  ViewPtr Find(std::string_view name) const;
  // All names in lower case, sorted.
  std::vector<std::string> Names() const;
  void CopyFrom(const ViewCatalog& other);

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, ViewPtr, std::less<>> views_ ABSL_GUARDED_BY(mutex_);
};

// The database of the global views (spark.sql.globalTempDatabase, which is static).
inline constexpr std::string_view kGlobalDatabase = "global_temp";

bool SameName(std::string_view a, std::string_view b);

}  // namespace hearth::engine
