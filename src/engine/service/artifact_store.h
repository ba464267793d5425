// What a client uploaded to its session: blocks of local data named cache/<sha256>, jars, files, Python
// modules.
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

  // spark.sql.session.localRelationSizeLimit bounds one relation; this bounds everything of a session
  // together.
  static constexpr size_t kBytesMax = size_t{3} << 30;

  // One of the same name is replaced below cache/ and classes/. Elsewhere it must be equal: throws
  // ARTIFACT_ALREADY_EXISTS, as Spark. Declines what would exceed kBytesMax.
  void Put(std::string name, std::string content);
  // The content, or null if there is none of that name.
  Block Find(std::string_view name) const;
  // A block of local data by its hash.
  Block FindBlock(std::string_view hash) const;
  void CopyFrom(const ArtifactStore& other);

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, Block, std::less<>> blocks_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace hearth::engine
