#include "engine/service/artifact_store.h"

#include <utility>

#include "spark/error.h"

namespace hearth::engine {

void ArtifactStore::Put(std::string hash, std::string content) {
  absl::MutexLock lock(&mutex_);
  if (blocks_.count(hash) != 0) return;
  if (content.size() > kBytesMax - bytes_) throw spark::Error::Decline("more than 3 GiB of local data in a session");
  bytes_ += content.size();
  blocks_.emplace(std::move(hash), std::make_shared<const std::string>(std::move(content)));
}

ArtifactStore::Block ArtifactStore::Find(std::string_view hash) const {
  absl::MutexLock lock(&mutex_);
  const auto found = blocks_.find(hash);
  return found == blocks_.end() ? nullptr : found->second;
}

void ArtifactStore::CopyFrom(const ArtifactStore& other) {
  size_t bytes = 0;
  const auto blocks = [&] {
    absl::MutexLock lock(&other.mutex_);
    bytes = other.bytes_;
    return other.blocks_;
  }();
  absl::MutexLock lock(&mutex_);
  blocks_ = blocks;
  bytes_ = bytes;
}

}  // namespace hearth::engine
