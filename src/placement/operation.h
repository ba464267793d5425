#pragma once

#include <cstdint>
#include <string>

#include "placement/need.h"
#include "placement/scheduler.h"

namespace hearth::placement {

struct Cluster;

/// An operation that waits or runs.
struct Operation {
  Request request;
  Need need;
  Instant since{};
  Instant turn{};
  uint64_t number = 0;  ///< in the order of Add: what decides between equals
  bool is_long = false;

  // Waiting.
  bool is_set_aside = false;
  bool is_clipped = false;  ///< it wants more memory than any cluster has

  // Running.
  bool runs = false;
  Cluster* cluster = nullptr;  ///< null once it was dropped
  std::string cluster_id;
  Instant started{};
  uint64_t memory = 0;  ///< held on the cluster
  int slots = 0;        ///< held of the cluster: all of them if it is alone
  double cores = 0;     ///< that it was given
  size_t lane = 0;      ///< that it came from
  Duration charged{0};  ///< to its user's account there
  bool is_suspect = false;
  /// It has run past its estimate, or for so long that its end may be far.
  bool is_unending = false;
  bool restart_asked = false;
  Instant suspect_since{};
};

struct SoonerTurn {
  bool operator()(const Operation* a, const Operation* b) const {
    return a->turn != b->turn ? a->turn < b->turn : a->number < b->number;
  }
};

struct SoonerSince {
  bool operator()(const Operation* a, const Operation* b) const {
    return a->since != b->since ? a->since < b->since : a->number < b->number;
  }
};

}  // namespace hearth::placement
