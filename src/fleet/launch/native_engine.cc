#include "fleet/launch/native_engine.h"

#include <signal.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "fleet/launch/cgroup.h"

namespace hearth::fleet {

namespace {
constexpr char kReleasedLine[] = "hearth engine released all";
}  // namespace

uint64_t NativeEngine::ProcessBytes(uint64_t memory_bytes) const { return ProcessLimitBytes(memory_bytes); }

absl::StatusOr<Engine::Plan> NativeEngine::PlanFor(const Place& place) const {
  Plan plan;
  plan.address = absl::StrCat("unix:", place.socket_directory, "/", place.id, ".sock");
  plan.command = command_;
  for (std::string argument :
       {std::string("--listen"), plan.address, std::string("--temp"), place.temp_directory,
        std::string("--memory"), std::to_string(place.memory_bytes), std::string("--threads"),
        std::to_string(place.threads), std::string("--lifeline"), std::string("3")}) {
    plan.command.push_back(std::move(argument));
  }
  plan.release_signal = SIGUSR1;
  plan.released_line = kReleasedLine;
  return plan;
}

std::optional<std::string> NativeEngine::ReadyAddress(const std::string& line) const {
  absl::string_view rest = line;
  if (!absl::ConsumePrefix(&rest, "hearth engine ready on ")) return std::nullopt;
  return std::string(rest);
}

}  // namespace hearth::fleet
