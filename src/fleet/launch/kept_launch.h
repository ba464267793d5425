#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "fleet/launch/cgroup.h"
#include "fleet/launch/process_launcher.h"

namespace hearth::fleet {

/// What a keeper is told to start (see keeper.h). Two launches are the same if their encodings are.
struct KeptLaunch {
  /// Names the keeper's socket and the control group: unique in its directory.
  std::string name;
  /// `data_bytes_max` holds only where there can be no control group.
  ProcessLauncher::Launch process;
  ResourceLimits limits;
  /// Sent to the process when the gateway is gone, 0 for none: it is to drop all that it had from it, and to
  /// say so with this line.
  int release_signal = 0;
  std::string released_line;
  /// Files and folders that end with the process.
  std::vector<std::string> removed_at_end;
  /// What a gateway wants to know again; may have secrets in it.
  std::string record;

  std::string Encode() const;
  /// INVALID_ARGUMENT for what Encode does not make.
  static absl::StatusOr<KeptLaunch> Decode(const std::string& encoded);
};

}  // namespace hearth::fleet
