#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace hearth::fleet {

/// Names of engines.
inline constexpr char kNativeEngine[] = "native";
inline constexpr char kSparkEngine[] = "spark";

/// An engine of one version: how a cluster of it is run on this machine. Never changes; thread-safe.
class Engine {
 public:
  /// What a new cluster is given.
  struct Place {
    /// The cluster's id.
    std::string id;
    /// For its socket; short, and shared with other clusters.
    std::string socket_directory;
    /// Its own, for what it spills; removed with it.
    std::string temp_directory;
    /// For its token, if it asks for one.
    std::string secret;
    uint64_t memory_bytes = 0;
    int threads = 1;
  };
  /// How to run it.
  struct Plan {
    /// The program's path and its arguments.
    std::vector<std::string> command;
    /// NAME=VALUE, added to the environment of this process.
    std::vector<std::string> environment;
    /// What it writes to standard error is added to this file; "": goes where ours goes.
    std::string log_file;
    /// Where it will listen, as a gRPC target; "" if it says so itself when it is ready.
    std::string address;
    /// What callers must show as their bearer token; "" if the address itself keeps others out.
    std::string token;
    /// See KeptLaunch.
    int release_signal = 0;
    std::string released_line;
  };

  virtual ~Engine() = default;

  /// One of the names above: ids of clusters begin with it.
  virtual const std::string& name() const = 0;
  /// Its release; "" if it is not known.
  virtual std::string version() const { return ""; }
  /// What its process may take, for a cluster of this size.
  virtual uint64_t ProcessBytes(uint64_t memory_bytes) const = 0;
  /// Fails if the engine cannot be run here, saying what to do about it. May write into the place. The same
  /// for the same place.
  virtual absl::StatusOr<Plan> PlanFor(const Place& place) const = 0;
  /// Where it listens, if this line of its standard output says that it is ready.
  virtual std::optional<std::string> ReadyAddress(const std::string& line) const = 0;
};

}  // namespace hearth::fleet
