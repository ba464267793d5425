#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spark::connect {
class AddArtifactsRequest;
class AddArtifactsRequest_ArtifactChunk;
}  // namespace spark::connect

namespace hearth::wire {

/// The checksum of an artifact's chunk: java.util.zip.CRC32.
uint32_t Crc32(std::string_view bytes);

/// Puts together the artifacts of one AddArtifacts call: small ones come several to a message, a large one in
/// chunks over many messages. Not thread-safe.
class ArtifactUpload {
 public:
  struct Artifact {
    std::string name;
    std::string content;
    /// False if a chunk did not arrive as it was sent. Spark reports that and forgets the artifact.
    bool crc_successful = true;
  };
  /// `bytes_max` bounds one artifact.
  explicit ArtifactUpload(size_t bytes_max) : bytes_max_(bytes_max) {}

  /// Takes the next message and returns the artifacts that it completes. Throws spark::Error for chunks that
  /// belong to no artifact, for more of them than announced, and for an artifact that is too large.
  std::vector<Artifact> Take(const ::spark::connect::AddArtifactsRequest& request);

  /// True if no artifact is left half.
  bool complete() const { return !current_.has_value(); }

 private:
  void Append(const ::spark::connect::AddArtifactsRequest_ArtifactChunk& chunk, Artifact* artifact) const;

  const size_t bytes_max_;
  std::optional<Artifact> current_;
  int64_t chunks_left_ = 0;
};

}  // namespace hearth::wire
