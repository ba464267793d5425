#include "wire/artifact_upload.h"

#include <spark/connect/base.pb.h>

#include <array>
#include <filesystem>
#include <utility>

#include "spark/error.h"
#include "wire/protocol_error.h"

namespace hearth::wire {

namespace {

constexpr std::array<uint32_t, 256> MakeCrcTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1U) != 0 ? 0xEDB88320U ^ (value >> 1) : value >> 1;
    table[i] = value;
  }
  return table;
}

/// What Scala's require() says of a chunk that comes where none belongs.
spark::Error OutOfPlace() {
  return JavaError(spark::ExceptionKind::kJavaIllegalArgument, "requirement failed");
}

}  // namespace

uint32_t Crc32(std::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kTable = MakeCrcTable();
  uint32_t crc = 0xFFFFFFFFU;
  for (const char byte : bytes) crc = kTable[(crc ^ static_cast<uint8_t>(byte)) & 0xFFU] ^ (crc >> 8);
  return ~crc;
}

std::string NormalizedArtifactName(const std::string& name) {
  const std::string path = std::filesystem::path(name).lexically_normal().string();
  const bool escapes = path == ".." || path.compare(0, 3, "../") == 0;
  if (path.empty() || path == "." || path.front() == '/' || escapes) {
    throw spark::Error(spark::ExceptionKind::kRuntime, "INVALID_ARTIFACT_PATH", {{"name", name}});
  }
  return path;
}

bool MayReplaceArtifact(std::string_view name) {
  return name.substr(0, 6) == "cache/" || name.substr(0, 8) == "classes/";
}

spark::Error ArtifactAlreadyExists(std::string_view name) {
  return spark::Error(spark::ExceptionKind::kRuntime, "ARTIFACT_ALREADY_EXISTS",
                      {{"normalizedRemoteRelativePath", std::string(name)}});
}

void ArtifactUpload::Append(const ::spark::connect::AddArtifactsRequest_ArtifactChunk& chunk,
                            Artifact* artifact) const {
  if (chunk.data().size() > bytes_max_ - artifact->content.size()) {
    throw JavaError(
        spark::ExceptionKind::kJavaIllegalArgument,
        "the artifact " + artifact->name + " is larger than " + std::to_string(bytes_max_) + " bytes");
  }
  artifact->content += chunk.data();
  if (static_cast<int64_t>(Crc32(chunk.data())) != chunk.crc()) artifact->crc_successful = false;
}

void ArtifactUpload::AppendToCurrent(const ::spark::connect::AddArtifactsRequest_ArtifactChunk& chunk) {
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

std::vector<ArtifactUpload::Artifact> ArtifactUpload::Take(
    const ::spark::connect::AddArtifactsRequest& request) {
  std::vector<Artifact> finished;
  if (request.has_chunk()) {
    if (!current_) throw OutOfPlace();
    AppendToCurrent(request.chunk());
  } else if (current_) {
    throw OutOfPlace();
  } else if (request.has_batch()) {
    for (const auto& single : request.batch().artifacts()) {
      NormalizedArtifactName(single.name());
      Artifact& artifact = finished.emplace_back(Artifact{single.name(), {}, true});
      Append(single.data(), &artifact);
    }
  } else if (request.has_begin_chunk()) {
    const auto& begin = request.begin_chunk();
    NormalizedArtifactName(begin.name());
    current_ = Chunked{Artifact{begin.name(), {}, true}, begin.num_chunks(), 0, begin.total_bytes()};
    AppendToCurrent(begin.initial_chunk());
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
