#include "gateway/profile_signal.h"

#include <algorithm>
#include <chrono>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "wire/configuration.h"

namespace hearth::gateway {

namespace {

using placement::Profile;

/// People think for longer, programs hardly ever.
constexpr std::chrono::milliseconds kThinking{100};
/// A cell of a notebook may ask some dozen times.
constexpr int kWithoutThinkingMin = 50;

struct Program {
  const char* name;
  Profile profile;
};
constexpr Program kPrograms[] = {
    {"jupyter", Profile::kInteractive}, {"notebook", Profile::kInteractive},
    {"vscode", Profile::kInteractive},  {"shell", Profile::kInteractive},
    {"repl", Profile::kInteractive},    {"airflow", Profile::kBatch},
    {"dagster", Profile::kBatch},       {"dbt", Profile::kBatch},
    {"spark-submit", Profile::kBatch},
};

Profile Named(const std::string& name) {
  return name == wire::kBatch ? Profile::kBatch : Profile::kInteractive;
}

}  // namespace

void ProfileSignal::Begun(base::Instant now) {
  absl::MutexLock lock(&mutex_);
  if (ended_ == base::Instant{}) return;
  without_thinking_ = now - ended_ < kThinking ? std::min(without_thinking_ + 1, kWithoutThinkingMin) : 0;
}

void ProfileSignal::Ended(base::Instant now) {
  absl::MutexLock lock(&mutex_);
  ended_ = std::max(ended_, now);
}

InferredProfile ProfileSignal::Infer(const std::map<std::string, std::string>& configuration,
                                     const wire::RequestHeader& header) const {
  if (const auto said = configuration.find(wire::kProfileKey); said != configuration.end())
    return {Named(said->second), absl::StrCat(wire::kProfileKey, " says so")};
  if (header.profile == wire::kBatch || header.profile == wire::kInteractive)
    return {Named(header.profile), absl::StrCat(wire::kProfileKey, " of its connection says so")};
  const std::string agent = absl::AsciiStrToLower(header.client_type);
  for (const Program& program : kPrograms) {
    if (agent.find(program.name) != std::string::npos)
      return {program.profile, absl::StrCat("its client calls itself ", program.name)};
  }
  absl::MutexLock lock(&mutex_);
  if (without_thinking_ == kWithoutThinkingMin) {
    return {Profile::kBatch,
            absl::StrCat("its client asked ", kWithoutThinkingMin, " times without a pause")};
  }
  return {Profile::kInteractive, "nothing says otherwise"};
}

}  // namespace hearth::gateway
