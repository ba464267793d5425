#include "fleet/launch/kept_launch.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"

namespace hearth::fleet {

namespace {
using Json = nlohmann::ordered_json;
}  // namespace

// CBOR and not text: paths need not be UTF-8.
std::string KeptLaunch::Encode() const {
  const Json json = {{"name", name},
                     {"command", process.command},
                     {"environment", process.environment},
                     {"log_file", process.log_file},
                     {"data_bytes_max", process.data_bytes_max.value_or(0)},
                     {"memory_bytes", limits.memory_bytes},
                     {"threads", limits.threads},
                     {"machine_threads", limits.machine_threads},
                     {"release_signal", release_signal},
                     {"released_line", released_line},
                     {"removed_at_end", removed_at_end},
                     {"record", record}};
  std::string encoded;
  Json::to_cbor(json, encoded);
  return encoded;
}

absl::StatusOr<KeptLaunch> KeptLaunch::Decode(const std::string& encoded) {
  KeptLaunch launch;
  try {
    const Json json = Json::from_cbor(encoded);
    json.at("name").get_to(launch.name);
    json.at("command").get_to(launch.process.command);
    json.at("environment").get_to(launch.process.environment);
    json.at("log_file").get_to(launch.process.log_file);
    if (const uint64_t bytes = json.at("data_bytes_max"); bytes > 0) launch.process.data_bytes_max = bytes;
    json.at("memory_bytes").get_to(launch.limits.memory_bytes);
    json.at("threads").get_to(launch.limits.threads);
    json.at("machine_threads").get_to(launch.limits.machine_threads);
    json.at("release_signal").get_to(launch.release_signal);
    json.at("released_line").get_to(launch.released_line);
    json.at("removed_at_end").get_to(launch.removed_at_end);
    json.at("record").get_to(launch.record);
  } catch (const Json::exception&) {
    return absl::InvalidArgumentError("no launch of this version of Hearth");
  }
  if (launch.process.command.empty()) return absl::InvalidArgumentError("a launch of nothing");
  return launch;
}

}  // namespace hearth::fleet
