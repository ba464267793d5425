#include "engine/service/engine_runtime.h"

#include <utility>

#include "engine/service/own_catalog.h"

namespace hearth::engine {
namespace {

// Idle batch memory beyond this goes back to the system.
constexpr size_t kIdleBufferBytes = size_t{32} << 20;
constexpr size_t kIdleConnectionsMax = 8;

}  // namespace

EngineRuntime::EngineRuntime(DatabaseOptions options, std::unique_ptr<catalog::Catalog> catalog)
    : opened_(std::async(std::launch::async,
                         [options = std::move(options)] { return std::make_unique<Opened>(options); })
                  .share()),
      buffers_(BufferPool::Create(kIdleBufferBytes)),
      catalog_(catalog != nullptr ? std::move(catalog) : OpenOwnCatalog("")) {}

EngineRuntime::~EngineRuntime() = default;

Connection EngineRuntime::TakeConnection() {
  {
    absl::MutexLock lock(&mutex_);
    if (!idle_connections_.empty()) {
      Connection connection = std::move(idle_connections_.back());
      idle_connections_.pop_back();
      return connection;
    }
  }
  return database().Connect();
}

void EngineRuntime::ReturnConnection(Connection connection) {
  absl::MutexLock lock(&mutex_);
  if (idle_connections_.size() < kIdleConnectionsMax) idle_connections_.push_back(std::move(connection));
}

}  // namespace hearth::engine
