#include "wire/artifact_upload.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/utf8.h"
#include "spark/error.h"
#include "wire/fields.h"
#include "wire/protocol_error.h"

namespace hearth::wire {

namespace {

/// As much of what a client announces is reserved before it has sent it: the size of the blocks that PySpark
/// cuts local data into.
constexpr int64_t kReservedMax = int64_t{16} << 20;

/// What Scala's require() says of a chunk that comes where none belongs.
spark::Error OutOfPlace() {
  return JavaError(spark::ExceptionKind::kJavaIllegalArgument, "requirement failed");
}

/// Calls `take` with each field of the message.
template <typename Take>
void ForEachField(std::string_view message, Take take) {
  FieldScanner scanner(message);
  Field field;
  while (scanner.Next(&field)) take(field);
  if (!scanner.ok()) throw CannotParsePlan("the request is not a protobuf message");
}

/// A field of another type than the protocol's is ignored, as protobuf does.
bool Is(const Field& field, int number, Field::Type type) {
  return field.number == number && field.type == type;
}
constexpr Field::Type kBytes = Field::Type::kBytes;
constexpr Field::Type kVarint = Field::Type::kVarint;

std::string Name(const Field& field) {
  if (!base::IsUtf8(field.bytes)) throw CannotParsePlan("a text of the request is not UTF-8");
  return std::string(field.bytes);
}

}  // namespace

std::string NormalizedArtifactName(const std::string& name) {
  const std::string path = std::filesystem::path(name).lexically_normal().string();
  const bool escapes = path == ".." || path.compare(0, 3, "../") == 0;
  if (path.empty() || path == "." || path.front() == '/' || escapes) {
    throw spark::Error(spark::ExceptionKind::kRuntime, "INVALID_ARTIFACT_PATH", {{"name", name}});
  }
  return path;
}

bool IsCacheBlock(std::string_view name) { return name.substr(0, 6) == "cache/"; }

bool MayReplaceArtifact(std::string_view name) {
  return IsCacheBlock(name) || name.substr(0, 8) == "classes/";
}

spark::Error ArtifactAlreadyExists(std::string_view name) {
  return spark::Error(spark::ExceptionKind::kRuntime, "ARTIFACT_ALREADY_EXISTS",
                      {{"normalizedRemoteRelativePath", std::string(name)}});
}

ArtifactUpload::Chunk ArtifactUpload::ReadChunk(std::string_view message) {
  Chunk chunk;
  ForEachField(message, [&](const Field& field) {
    if (Is(field, 1, kBytes)) chunk.data = field.bytes;
    if (Is(field, 2, kVarint)) chunk.crc = static_cast<int64_t>(field.scalar);
  });
  return chunk;
}

void ArtifactUpload::Append(const Chunk& chunk, Artifact* artifact) const {
  if (chunk.data.size() > bytes_max_ - artifact->content.size()) {
    throw JavaError(
        spark::ExceptionKind::kJavaIllegalArgument,
        "the artifact " + artifact->name + " is larger than " + std::to_string(bytes_max_) + " bytes");
  }
  artifact->content += chunk.data;
  if (static_cast<int64_t>(Crc32(chunk.data)) != chunk.crc) artifact->crc_successful = false;
}

void ArtifactUpload::AppendToCurrent(const Chunk& chunk) {
  const std::string& name = current_->artifact.name;
  const auto processed = [this] {
    return "Processed " + std::to_string(current_->artifact.content.size()) + " bytes out of " +
           std::to_string(current_->bytes_expected) + " bytes.";
  };
  if (current_->chunks_received >= current_->chunks_expected) {
    throw JavaError(spark::ExceptionKind::kJavaRuntime,
                    "Excessive data chunks for artifact: " + name + ", expected " +
                        std::to_string(current_->chunks_expected) + " chunks in total. " + processed());
  }
  Append(chunk, &current_->artifact);
  ++current_->chunks_received;
  const auto received = static_cast<int64_t>(current_->artifact.content.size());
  if (current_->chunks_received == current_->chunks_expected && received < current_->bytes_expected) {
    throw JavaError(spark::ExceptionKind::kJavaRuntime,
                    "Missing data chunks for artifact: " + name + ". Expected " +
                        std::to_string(current_->chunks_expected) + " chunks and received " +
                        std::to_string(current_->chunks_received) + " chunks. " + processed());
  }
}

// Batch {artifacts 1}, an artifact {name 1, data 2}.
void ArtifactUpload::TakeBatch(std::string_view message, std::vector<Artifact>* finished) const {
  ForEachField(message, [&](const Field& single) {
    if (!Is(single, 1, kBytes)) return;
    Artifact& artifact = finished->emplace_back();
    Chunk chunk;
    ForEachField(single.bytes, [&](const Field& field) {
      if (Is(field, 1, kBytes)) artifact.name = Name(field);
      if (Is(field, 2, kBytes)) chunk = ReadChunk(field.bytes);
    });
    NormalizedArtifactName(artifact.name);
    Append(chunk, &artifact);
  });
}

// BeginChunkedArtifact {name 1, total_bytes 2, num_chunks 3, initial_chunk 4}.
void ArtifactUpload::BeginChunked(std::string_view message) {
  Chunked begun{};
  Chunk chunk;
  ForEachField(message, [&](const Field& field) {
    if (Is(field, 1, kBytes)) begun.artifact.name = Name(field);
    if (Is(field, 2, kVarint)) begun.bytes_expected = static_cast<int64_t>(field.scalar);
    if (Is(field, 3, kVarint)) begun.chunks_expected = static_cast<int64_t>(field.scalar);
    if (Is(field, 4, kBytes)) chunk = ReadChunk(field.bytes);
  });
  NormalizedArtifactName(begun.artifact.name);
  begun.artifact.content.reserve(
      static_cast<size_t>(std::clamp<int64_t>(begun.bytes_expected, 0, kReservedMax)));
  current_ = std::move(begun);
  AppendToCurrent(chunk);
}

std::vector<ArtifactUpload::Artifact> ArtifactUpload::Take(std::string_view request) {
  // One of batch 3, begin_chunk 4 and chunk 5: the last one counts.
  Field payload;
  ForEachField(request, [&](const Field& field) {
    if (field.type == kBytes && field.number >= 3 && field.number <= 5) payload = field;
  });
  std::vector<Artifact> finished;
  if (payload.number == 5) {
    if (!current_) throw OutOfPlace();
    AppendToCurrent(ReadChunk(payload.bytes));
  } else if (current_) {
    throw OutOfPlace();
  } else if (payload.number == 3) {
    TakeBatch(payload.bytes, &finished);
  } else if (payload.number == 4) {
    BeginChunked(payload.bytes);
  } else {
    throw JavaError(spark::ExceptionKind::kJavaUnsupportedOperation, "Unsupported data transfer request");
  }
  if (current_ && current_->chunks_received == current_->chunks_expected) {
    finished.push_back(std::move(current_->artifact));
    current_.reset();
  }
  return finished;
}

}  // namespace hearth::wire
