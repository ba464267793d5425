// Arrow streams whose metadata is not aligned as flatbuffers should be. The Rust implementation (arrow-rs
// until its flatbuffers of 2025) places the nodes and buffers of a batch at any multiple of 4, though they
// hold 64-bit numbers. Apache Spark reads such streams, and a client cannot help it; nanoarrow's verifier
// refuses them.
#pragma once

#include <string>
#include <string_view>

namespace hearth::engine {

// The same streams with such vectors moved to where they are aligned. Bytes that need no change are not
// copied, and what is malformed stays so: this promises nothing about them.
class AlignedStreams {
 public:
  // `bytes` must outlive this.
  explicit AlignedStreams(std::string_view bytes);
  AlignedStreams(const AlignedStreams&) = delete;
  AlignedStreams& operator=(const AlignedStreams&) = delete;

  std::string_view bytes() const { return bytes_; }

 private:
  std::string rewritten_;
  std::string_view bytes_;
};

}  // namespace hearth::engine
