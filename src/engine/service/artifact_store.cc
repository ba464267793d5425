#include "engine/service/artifact_store.h"

#include <utility>

#include "spark/error.h"
#include "wire/artifact_upload.h"

namespace hearth::engine {

void ArtifactStore::Put(std::string name, std::string content) {
  absl::MutexLock lock(&mutex_);
  const auto found = blocks_.find(name);
  const size_t replaced = found == blocks_.end() ? 0 : found->second->size();
  if (found != blocks_.end()) {
    if (*found->second == content) return;
    if (!wire::MayReplaceArtifact(name)) throw wire::ArtifactAlreadyExists(name);
  }
  if (content.size() > kBytesMax - (bytes_ - replaced)) {
    throw spark::Error::Decline("more than 3 GiB of artifacts in a session");
  }
  bytes_ += content.size() - replaced;
  blocks_[std::move(name)] = std::make_shared<const std::string>(std::move(content));
}

ArtifactStore::Block ArtifactStore::Find(std::string_view name) const {
  absl::MutexLock lock(&mutex_);
  const auto found = blocks_.find(name);
  return found == blocks_.end() ? nullptr : found->second;
}

ArtifactStore::Block ArtifactStore::FindBlock(std::string_view hash) const {
  return Find("cache/" + std::string(hash));
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
