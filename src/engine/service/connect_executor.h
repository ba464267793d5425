// The native engine behind the protocol's server: runs operations and analyses on threads of its own.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "engine/service/engine_runtime.h"
#include "wire/executor.h"
#include "wire/limits.h"
#include "wire/workers.h"

namespace hearth::engine {

// Thread safe. Its destructor waits for what runs.
class ConnectExecutor final : public wire::Executor {
 public:
  // All must outlive it. `settings`: what every session's configuration starts with, checked before.
  ConnectExecutor(EngineRuntime& runtime, const wire::Limits& limits,
                  const std::map<std::string, std::string>& settings);

  std::unique_ptr<wire::SessionState> OpenSession(wire::Session& session) override;
  void CloneSession(std::shared_ptr<wire::Session> source, std::shared_ptr<wire::Session> clone,
                    Cloned done) override;
  void Execute(std::shared_ptr<wire::Operation> operation) override;
  void Analyze(std::shared_ptr<wire::Session> session, grpc::Slice request, wire::Reply reply) override;
  // Keeps everything; what would use jars or Python files is declined when it comes.
  void AddArtifact(wire::Session& session, std::string name, std::string content) override;
  bool HasArtifact(wire::Session& session, const std::string& name) override;

  // Waits until no operation and no analysis runs, at most so long. True if it came to that.
  bool WaitUntilIdle(std::chrono::milliseconds at_most) { return workers_.WaitUntilIdle(at_most); }

 private:
  void Run(wire::Operation& operation);

  EngineRuntime& runtime_;
  const wire::Limits& limits_;
  const std::map<std::string, std::string>& settings_;
  wire::Workers workers_;
};

}  // namespace hearth::engine
