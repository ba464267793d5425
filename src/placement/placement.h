#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace hearth::placement {

/// A cluster as placement sees it.
struct ClusterView {
  std::string id;
  bool ready = false;  ///< false: it is starting
  int running = 0;     ///< attempts on it now
  /// Something runs on it, and all of that has run for so long that it will hardly end soon.
  bool is_long = false;
};

/// Everything the decision depends on: no clock, no I/O.
struct Observation {
  std::vector<ClusterView> clusters;
  size_t clusters_max = 1;
  /// Attempts that run at full speed side by side on one cluster.
  int slots = 1;
  /// Attempts that wait for a cluster, the one to be placed among them.
  size_t waiting = 1;
};

struct Decision {
  /// Index into clusters; nullopt: wait until a cluster is ready.
  std::optional<size_t> use;
  /// Another cluster shall be started.
  bool start = false;
  /// In words, for the log and for whoever asks.
  std::string reason;
};

/// Takes the ready cluster with the fewest running attempts (the first of equals) among those that nothing
/// long runs on, and grows the pool when its slots are taken. If something long runs on every one, waits for
/// a new one as long as the pool may grow, for a cluster that is shared with something long is slow and may
/// be lost for want of memory; else shares the one with the fewest.
Decision Place(const Observation& observation);

}  // namespace hearth::placement
