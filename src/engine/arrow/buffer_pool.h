// Memory for column buffers, used again and again: fresh pages cost more (the kernel clears each) than the
// copy into them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace hearth::engine {

class BufferPool;

// A block of the pool. Shared with whoever still sends its bytes; goes back to the pool with the last owner.
struct Block {
  uint8_t* data = nullptr;
  size_t capacity = 0;
};
using BlockPtr = std::shared_ptr<Block>;

// Thread safe. Blocks keep their pool alive.
class BufferPool : public std::enable_shared_from_this<BufferPool> {
 public:
  // Blocks that come back beyond `max_idle_bytes` are freed.
  static std::shared_ptr<BufferPool> Create(size_t max_idle_bytes);
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;
  ~BufferPool();

  // A block of at least `size` bytes, content undefined. Capacities are powers of two.
  BlockPtr Acquire(size_t size);

  // Frees all idle blocks.
  void Trim();
  size_t idle_bytes() const;

 private:
  explicit BufferPool(size_t max_idle_bytes) : max_idle_bytes_(max_idle_bytes) {}
  void Release(Block* block);

  static constexpr int kSmallestClass = 10;  // 1 KiB
  static constexpr int kClasses = 48;

  const size_t max_idle_bytes_;
  mutable absl::Mutex mutex_;
  std::vector<Block*> idle_[kClasses] ABSL_GUARDED_BY(mutex_);
  size_t idle_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Bytes that grow at the end, in a block of the pool. Movable; not thread safe.
class GrowingBuffer {
 public:
  explicit GrowingBuffer(std::shared_ptr<BufferPool> pool) : pool_(std::move(pool)) {}

  uint8_t* data() { return block_ == nullptr ? nullptr : block_->data; }
  size_t size() const { return size_; }

  // Room for `more` bytes after the end, plus kSlack that may be scribbled on. Gives the end.
  uint8_t* Reserve(size_t more) {
    if (block_ == nullptr || size_ + more + kSlack > block_->capacity) Grow(size_ + more + kSlack);
    return block_->data + size_;
  }
  // REQUIRES: reserved.
  void Advance(size_t bytes) { size_ += bytes; }

  // Hands out the block, zeros up to a multiple of 8 after the content; the next one starts with the same
  // capacity. Null when nothing was ever reserved.
  BlockPtr Take();

  static constexpr size_t kSlack = 64;

 private:
  void Grow(size_t capacity);

  std::shared_ptr<BufferPool> pool_;
  BlockPtr block_;
  size_t size_ = 0;
  size_t usual_capacity_ = 0;
};

}  // namespace hearth::engine
