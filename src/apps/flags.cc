#include "apps/flags.h"

namespace hearth::apps {

base::Bytes ParseBytes(const std::string& text) {
  auto bytes = base::Bytes::Parse(text);
  if (!bytes.ok()) throw CLI::ValidationError(text, std::string(bytes.status().message()));
  return *bytes;
}

void AddMilliseconds(CLI::App* command, const std::string& flag, std::chrono::milliseconds* value,
                     const std::string& what) {
  command
      ->add_option_function<int64_t>(
          flag, [value](const int64_t& count) { *value = std::chrono::milliseconds(count); }, what)
      ->check(CLI::NonNegativeNumber);
}

void AddBytes(CLI::App* command, const std::string& flag, size_t* value, const std::string& what) {
  command->add_option_function<std::string>(
      flag, [value](const std::string& text) { *value = static_cast<size_t>(ParseBytes(text).count()); },
      what);
}

void AddLimits(CLI::App* command, wire::Limits* limits) {
  AddMilliseconds(command, "--detached-timeout-ms", &limits->detached_timeout,
                  "Interrupt operations left alone for so long");
  AddMilliseconds(command, "--stream-duration-ms", &limits->stream_duration_max,
                  "Longest result stream before a reattach");
  AddMilliseconds(command, "--session-idle-ms", &limits->session_idle_timeout,
                  "Close sessions unused for so long");
  AddBytes(command, "--stream-bytes", &limits->stream_bytes_max, "Largest result stream before a reattach");
  AddBytes(command, "--retry-bytes", &limits->retry_bytes_max, "Sent results kept for a reattach");
  AddBytes(command, "--unsent-bytes", &limits->unsent_bytes_max, "Results waiting for their client");
}

}  // namespace hearth::apps
