// What a command runs with.
#pragma once

#include <string>

#include "engine/service/cancellation.h"
#include "engine/service/engine_runtime.h"
#include "wire/session.h"

namespace hearth::engine {

struct CommandContext {
  wire::Session& session;
  EngineRuntime& runtime;
  Cancellation& cancellation;
  // The operation, equal when it is tried again: what it does to the catalog happens once.
  std::string operation = {};
  // It was done for the session before, on another cluster, and is not to fail for what others did since.
  bool is_repeated = false;
};

}  // namespace hearth::engine
