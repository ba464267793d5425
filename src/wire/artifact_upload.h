#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spark/error.h"
#include "wire/crc32.h"

namespace hearth::wire {

/// The path of an artifact without "." and ".." and double slashes. Throws INVALID_ARTIFACT_PATH for a name
/// that is empty, absolute or leads out of the session's folder, as Spark does.
std::string NormalizedArtifactName(const std::string& name);

/// True for the name of a block of local data: "cache/" and its hash.
bool IsCacheBlock(std::string_view name);

/// True if a second artifact of this (normalized) name may differ from the first: Spark replaces blocks of
/// local data and classes of a REPL, and nothing else.
bool MayReplaceArtifact(std::string_view name);
spark::Error ArtifactAlreadyExists(std::string_view name);

/// Puts together the artifacts of one AddArtifacts call: small ones come several to a message, a large one in
/// chunks over many messages. Not thread-safe.
class ArtifactUpload {
 public:
  struct Artifact {
    /// As the client gave it; NormalizedArtifactName accepts it.
    std::string name;
    std::string content;
    /// False if a chunk did not arrive as it was sent. Spark reports that and forgets the artifact.
    bool crc_successful = true;
  };
  /// `bytes_max` bounds one artifact.
  explicit ArtifactUpload(size_t bytes_max) : bytes_max_(bytes_max) {}

  /// Takes the next encoded AddArtifactsRequest and returns the artifacts that it completes; the content is
  /// copied once, from here into them. Throws what Spark throws for chunks that belong to no artifact, for
  /// too many or too few of them, and for names that lead elsewhere; spark::Error for an artifact that is too
  /// large; CONNECT_INVALID_PLAN.CANNOT_PARSE for bytes that are no such message.
  std::vector<Artifact> Take(std::string_view request);

  /// True if no artifact is left half.
  bool complete() const { return !current_.has_value(); }

 private:
  struct Chunked {
    Artifact artifact;
    int64_t chunks_expected;
    int64_t chunks_received;
    int64_t bytes_expected;
  };
  /// An ArtifactChunk whose data is still in the message.
  struct Chunk {
    std::string_view data;
    int64_t crc = 0;
  };
  static Chunk ReadChunk(std::string_view message);
  void TakeBatch(std::string_view message, std::vector<Artifact>* finished) const;
  void BeginChunked(std::string_view message);
  void Append(const Chunk& chunk, Artifact* artifact) const;
  void AppendToCurrent(const Chunk& chunk);

  const size_t bytes_max_;
  std::optional<Chunked> current_;
};

}  // namespace hearth::wire
