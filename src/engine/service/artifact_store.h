// Blocks of local data that a client sent ahead, by their sha256: artifacts named cache/<hash>.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace hearth::engine {

// Thread safe.
class ArtifactStore {
 public:
  using Block = std::shared_ptr<const std::string>;

  // spark.sql.session.localRelationSizeLimit bounds one relation; this bounds all blocks of a session together.
  static constexpr size_t kBytesMax = size_t{3} << 30;

  // A block that is there already stays. Declines what would exceed kBytesMax.
  void Put(std::string hash, std::string content);
  // Null if there is none.
  Block Find(std::string_view hash) const;
  void CopyFrom(const ArtifactStore& other);

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, Block, std::less<>> blocks_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace hearth::engine
