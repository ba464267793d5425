#include "gateway/artifact_sender.h"

#include <utility>

#include "wire/artifact_upload.h"
#include "wire/fields.h"
#include "wire/response.h"

namespace hearth::gateway {

namespace {

/// Large chunks: Spark's clients send 32 KiB, but nothing between here and the cluster limits a message to
/// that.
constexpr size_t kChunkBytes = size_t{4} << 20;

using Blob = std::shared_ptr<const std::string>;

grpc::Slice SharedChunk(const Blob& blob, size_t begin, size_t size) {
  return wire::SharedSlice(blob->data() + begin, size, new Blob(blob),
                           [](void* b) { delete static_cast<Blob*>(b); });
}

/// The call: one message after the other, then the answer.
class Upload final : public ClusterLink::Stream {
 public:
  Upload(const BackendSessionName& session, std::vector<Artifact> artifacts,
         std::function<void(const grpc::Status&)> done)
      : session_(session), artifacts_(std::move(artifacts)), done_(std::move(done)) {}

  void Begin(ClusterLink& link) {
    link.Prepare("AddArtifacts", &context_, this);
    WriteNext();
    StartRead(&response_);
    StartCall();
  }

 private:
  void OnWriteDone(bool ok) override {
    if (ok && artifact_ < artifacts_.size()) WriteNext();
  }
  void OnDone(const grpc::Status& status) override {
    done_(status);
    delete this;
  }

  size_t ChunksOf(const Artifact& artifact) const {
    return std::max<size_t>(1, (artifact.content->size() + kChunkBytes - 1) / kChunkBytes);
  }

  /// AddArtifactsRequest {session_id 1, user_context 2, begin_chunk 4 {name 1, total_bytes 2, num_chunks 3,
  /// initial_chunk 4}, chunk 5}, where a chunk is {data 1, crc 2}.
  void WriteNext() {
    const Artifact& artifact = artifacts_[artifact_];
    const size_t begin = chunk_ * kChunkBytes;
    const size_t size = std::min(kChunkBytes, artifact.content->size() - begin);
    std::string tail;
    wire::AppendVarintField(2, wire::Crc32({artifact.content->data() + begin, size}), &tail);
    std::string data_header;
    wire::AppendBytesHeader(1, size, &data_header);
    const size_t chunk_bytes = data_header.size() + size + tail.size();

    std::string head = RequestHead(session_);
    if (chunk_ == 0) {
      std::string begin_chunk;
      wire::AppendBytesField(1, artifact.name, &begin_chunk);
      wire::AppendVarintField(2, artifact.content->size(), &begin_chunk);
      wire::AppendVarintField(3, ChunksOf(artifact), &begin_chunk);
      wire::AppendBytesHeader(4, chunk_bytes, &begin_chunk);
      wire::AppendBytesHeader(4, begin_chunk.size() + chunk_bytes, &head);
      head += begin_chunk;
    } else {
      wire::AppendBytesHeader(5, chunk_bytes, &head);
    }
    head += data_header;
    const grpc::Slice slices[] = {grpc::Slice(head), SharedChunk(artifact.content, begin, size),
                                  grpc::Slice(tail)};
    message_ = grpc::ByteBuffer(slices, 3);
    if (++chunk_ == ChunksOf(artifact)) {
      chunk_ = 0;
      ++artifact_;
    }
    if (artifact_ == artifacts_.size()) {
      StartWriteLast(&message_, grpc::WriteOptions());
    } else {
      StartWrite(&message_);
    }
  }

  const BackendSessionName session_;
  const std::vector<Artifact> artifacts_;
  const std::function<void(const grpc::Status&)> done_;
  grpc::ClientContext context_;
  grpc::ByteBuffer message_;
  grpc::ByteBuffer response_;
  size_t artifact_ = 0;
  size_t chunk_ = 0;
};

}  // namespace

void SendArtifacts(ClusterLink& link, const BackendSessionName& session, std::vector<Artifact> artifacts,
                   std::function<void(const grpc::Status&)> done) {
  (new Upload(session, std::move(artifacts), std::move(done)))->Begin(link);
}

}  // namespace hearth::gateway
