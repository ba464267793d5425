#include "wire/artifact_upload.h"

#include <spark/connect/base.pb.h>

#include <array>
#include <utility>

#include "spark/error.h"

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

spark::Error Malformed(const std::string& what) {
  return spark::Error::WithMessage(spark::ExceptionKind::kIllegalArgument, "", "", {}, what);
}

}  // namespace

uint32_t Crc32(std::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kTable = MakeCrcTable();
  uint32_t crc = 0xFFFFFFFFU;
  for (const char byte : bytes) crc = kTable[(crc ^ static_cast<uint8_t>(byte)) & 0xFFU] ^ (crc >> 8);
  return ~crc;
}

void ArtifactUpload::Append(const ::spark::connect::AddArtifactsRequest_ArtifactChunk& chunk,
                            Artifact* artifact) const {
  if (chunk.data().size() > bytes_max_ - artifact->content.size()) {
    throw Malformed("the artifact " + artifact->name + " is larger than " + std::to_string(bytes_max_) +
                    " bytes");
  }
  artifact->content += chunk.data();
  if (static_cast<int64_t>(Crc32(chunk.data())) != chunk.crc()) artifact->crc_successful = false;
}

std::vector<ArtifactUpload::Artifact> ArtifactUpload::Take(
    const ::spark::connect::AddArtifactsRequest& request) {
  std::vector<Artifact> finished;
  if (request.has_chunk()) {
    if (!current_) throw Malformed("a chunk of no artifact");
    Append(request.chunk(), &*current_);
    --chunks_left_;
  } else if (current_) {
    throw Malformed("the artifact " + current_->name + " ends before its last chunk");
  } else if (request.has_batch()) {
    for (const auto& single : request.batch().artifacts()) {
      Artifact& artifact = finished.emplace_back(Artifact{single.name(), {}, true});
      Append(single.data(), &artifact);
    }
  } else if (request.has_begin_chunk()) {
    current_ = Artifact{request.begin_chunk().name(), {}, true};
    chunks_left_ = request.begin_chunk().num_chunks() - 1;
    Append(request.begin_chunk().initial_chunk(), &*current_);
  }
  if (current_ && chunks_left_ <= 0) {
    finished.push_back(*std::exchange(current_, std::nullopt));
  }
  return finished;
}

}  // namespace hearth::wire
