#include "engine/arrow/buffer_pool.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/check.h"

namespace hearth::engine {
namespace {

void Free(Block* block) {
  std::free(block->data);
  delete block;
}

}  // namespace

std::shared_ptr<BufferPool> BufferPool::Create(size_t max_idle_bytes) {
  return std::shared_ptr<BufferPool>(new BufferPool(max_idle_bytes));
}

BufferPool::~BufferPool() { Trim(); }

BlockPtr BufferPool::Acquire(size_t size) {
  const int size_class =
      std::max<int>(kSmallestClass, static_cast<int>(std::bit_width(std::max<size_t>(size, 1) - 1)));
  HEARTH_CHECK(size_class < kClasses) << size << " bytes in one buffer";
  Block* block = nullptr;
  {
    absl::MutexLock lock(&mutex_);
    std::vector<Block*>& idle = idle_[size_class];
    if (!idle.empty()) {
      block = idle.back();
      idle.pop_back();
      idle_bytes_ -= block->capacity;
    }
  }
  if (block == nullptr) {
    const size_t capacity = size_t{1} << size_class;
    auto* data = static_cast<uint8_t*>(std::malloc(capacity));
    if (data == nullptr) throw std::bad_alloc();
    block = new Block{data, capacity};
  }
  return BlockPtr(block, [pool = shared_from_this()](Block* returned) { pool->Release(returned); });
}

void BufferPool::Release(Block* block) {
  {
    absl::MutexLock lock(&mutex_);
    if (idle_bytes_ + block->capacity <= max_idle_bytes_) {
      idle_bytes_ += block->capacity;
      idle_[std::bit_width(block->capacity) - 1].push_back(block);
      return;
    }
  }
  Free(block);
}

void BufferPool::Trim() {
  std::vector<Block*> blocks;
  {
    absl::MutexLock lock(&mutex_);
    for (std::vector<Block*>& idle : idle_) {
      blocks.insert(blocks.end(), idle.begin(), idle.end());
      idle.clear();
    }
    idle_bytes_ = 0;
  }
  for (Block* block : blocks) Free(block);
}

size_t BufferPool::idle_bytes() const {
  absl::MutexLock lock(&mutex_);
  return idle_bytes_;
}

void GrowingBuffer::Grow(size_t capacity) {
  BlockPtr grown = pool_->Acquire(std::max(capacity, usual_capacity_));
  if (size_ > 0) std::memcpy(grown->data, block_->data, size_);
  block_ = std::move(grown);
}

BlockPtr GrowingBuffer::Take() {
  if (block_ != nullptr) {
    std::memset(block_->data + size_, 0, (8 - size_ % 8) % 8);
    usual_capacity_ = block_->capacity;
  }
  size_ = 0;
  return std::move(block_);
}

}  // namespace hearth::engine
