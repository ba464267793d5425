#pragma once

#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "store/store.h"

namespace hearth::catalog {

/// A store that ends with the process, for an engine alone. Its commits are done when Commit returns, on the
/// caller's thread.
class MemoryStore final : public store::Store {
 public:
  void Commit(store::Batch batch, Done done) override;
  absl::Status Scan(std::string_view prefix, const Row& row) override;
  absl::StatusOr<std::string> Get(std::string_view key) override;

 private:
  absl::Status Apply(const store::Batch& batch);

  absl::Mutex mutex_;
  std::map<std::string, std::string, std::less<>> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::catalog
