// Arrow streams whose metadata is not aligned as flatbuffers should be. The Rust implementation (arrow-rs
// until its flatbuffers of 2025) places the nodes and buffers of a batch at any multiple of 4, though they
// hold 64-bit numbers. Apache Spark reads such streams, and a client cannot help it; nanoarrow's verifier
// refuses them.
#pragma once

#include "spark/plan/relation.h"

namespace hearth::engine {

// The same streams with such vectors moved to where they are aligned; the block itself if none is like that.
// What is malformed stays so: this promises nothing about it.
spark::ArrowBlock WithAlignedVectors(const spark::ArrowBlock& block);

}  // namespace hearth::engine
