#pragma once

#include "fleet/launch/engine.h"

namespace hearth::fleet {

/// `hearth engine` on a unix socket, which only our own user can reach.
class NativeEngine final : public Engine {
 public:
  /// `command`: the program and what every cluster is told. Added to it: --listen, --temp, --memory,
  /// --threads and --lifeline.
  explicit NativeEngine(std::vector<std::string> command, std::string version = "")
      : version_(std::move(version)), command_(std::move(command)) {}

  const std::string& name() const override { return name_; }
  std::string version() const override { return version_; }
  uint64_t ProcessBytes(uint64_t memory_bytes) const override;
  absl::StatusOr<Plan> PlanFor(const Place& place) const override;
  std::optional<std::string> ReadyAddress(const std::string& line) const override;

 private:
  const std::string name_ = kNativeEngine;
  const std::string version_;
  const std::vector<std::string> command_;
};

}  // namespace hearth::fleet
