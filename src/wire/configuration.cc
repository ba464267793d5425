#include "wire/configuration.h"

#include <algorithm>
#include <iterator>

#include "spark/error.h"
#include "wire/configuration_rules.h"
#include "wire/time_zone.h"

namespace hearth::wire {

namespace {

#include "spark_configuration_table.inc"

using spark::Error;
using spark::ExceptionKind;

constexpr std::string_view kTimeZone = "spark.sql.session.timeZone";
constexpr std::string_view kApplicationName = "spark.app.name";

/// Throws for a key that nobody may set or unset.
void CheckModifiable(std::string_view key) {
  const KnownKey* known = FindKnownKey(key);
  if (known == nullptr && key != kPlacementKey) return;
  if (known == nullptr || known->rule == "static") {
    throw Error(ExceptionKind::kAnalysis, "CANNOT_MODIFY_STATIC_CONFIG", {{"key", spark::QuoteDouble(key)}});
  }
  if (known->rule == "core") {
    throw Error(ExceptionKind::kAnalysis, "CANNOT_MODIFY_CONFIG",
                {{"key", spark::QuoteDouble(key)}, {"docroot", "https://spark.apache.org/docs/latest"}});
  }
}

void CheckValue(std::string_view key, std::string_view value) {
  if (key == kTimeZone && !IsTimeZone(value)) {
    throw Error(ExceptionKind::kIllegalArgument, "INVALID_CONF_VALUE.TIME_ZONE",
                {{"confValue", std::string(value)}, {"confName", std::string(key)}});
  }
  if (key == kProfileKey && value != kInteractive && value != kBatch) {
    throw Error(ExceptionKind::kIllegalArgument, "INVALID_CONF_VALUE.OUT_OF_RANGE_OF_OPTIONS",
                {{"confValue", std::string(value)},
                 {"confName", std::string(key)},
                 {"confOptions", std::string(kBatch) + ", " + kInteractive}});
  }
  if (const KnownKey* known = FindKnownKey(key)) CheckConfigurationValue(*known, value);
}

std::optional<std::string> DefaultOf(const KnownKey& key) {
  switch (key.kind) {
    case KnownKey::Default::kNone: return std::nullopt;
    case KnownKey::Default::kValue: return std::string(key.value);
    case KnownKey::Default::kMachine: break;
  }
  if (key.key == kTimeZone) {
    // Every query asks, and finding it reads files.
    static const std::string& zone = *new std::string(MachineTimeZone());
    return zone;
  }
  if (key.key == kApplicationName) return "Hearth";
  return std::nullopt;
}

}  // namespace

const KnownKey* FindKnownKey(std::string_view key) {
  const auto* found =
      std::lower_bound(std::begin(kKnownKeys), std::end(kKnownKeys), key,
                       [](const KnownKey& known, std::string_view k) { return known.key < k; });
  return found != std::end(kKnownKeys) && found->key == key ? found : nullptr;
}

std::vector<KnownKey> KnownKeys() { return {std::begin(kKnownKeys), std::end(kKnownKeys)}; }

bool SessionConfiguration::IsModifiable(std::string_view key) {
  const KnownKey* known = FindKnownKey(key);
  return known != nullptr && known->modifiable;
}

void SessionConfiguration::Set(std::string_view key, std::string_view value) {
  CheckModifiable(key);
  CheckValue(key, value);
  absl::MutexLock lock(&mutex_);
  set_.insert_or_assign(std::string(key), std::string(value));
  ++version_;
}

void SessionConfiguration::Unset(std::string_view key) {
  CheckModifiable(key);
  absl::MutexLock lock(&mutex_);
  if (const auto found = set_.find(key); found != set_.end()) {
    set_.erase(found);
    ++version_;
  }
}

void SessionConfiguration::UnsetAll() {
  absl::MutexLock lock(&mutex_);
  if (std::erase_if(set_, [](const auto& pair) { return IsModifiable(pair.first); }) > 0) ++version_;
}

std::optional<std::string> SessionConfiguration::Get(std::string_view key) const {
  {
    absl::MutexLock lock(&mutex_);
    if (key == kPlacementKey) return placement_;
    if (const auto found = set_.find(key); found != set_.end()) return found->second;
  }
  if (const KnownKey* known = FindKnownKey(key)) return DefaultOf(*known);
  throw Error(ExceptionKind::kNoSuchElement, "SQL_CONF_NOT_FOUND", {{"sqlConf", spark::QuoteDouble(key)}});
}

std::optional<std::string> SessionConfiguration::GetWithDefault(std::string_view key,
                                                                std::optional<std::string> fallback) const {
  if (fallback) CheckValue(key, *fallback);
  absl::MutexLock lock(&mutex_);
  if (key == kPlacementKey) return placement_;
  const auto found = set_.find(key);
  return found == set_.end() ? std::move(fallback) : found->second;
}

std::optional<std::string> SessionConfiguration::GetOption(std::string_view key) const {
  {
    absl::MutexLock lock(&mutex_);
    if (key == kPlacementKey) return placement_;
    if (const auto found = set_.find(key); found != set_.end()) return found->second;
  }
  const KnownKey* known = FindKnownKey(key);
  return known == nullptr ? std::nullopt : DefaultOf(*known);
}

SessionConfiguration::Pairs SessionConfiguration::GetAll(std::optional<std::string_view> prefix) const {
  Pairs pairs;
  absl::MutexLock lock(&mutex_);
  for (const auto& [key, value] : set_) {
    if (!prefix) {
      pairs.emplace(key, value);
    } else if (key.compare(0, prefix->size(), *prefix) == 0) {
      pairs.emplace(key.substr(prefix->size()), value);
    }
  }
  return pairs;
}

void SessionConfiguration::TellPlacement(std::string text) {
  absl::MutexLock lock(&mutex_);
  placement_ = std::move(text);
}

void SessionConfiguration::Restore(const Pairs& overrides) {
  absl::MutexLock lock(&mutex_);
  set_ = {overrides.begin(), overrides.end()};
  ++version_;
}

void SessionConfiguration::TakeBack(const Pairs& before, const Pairs& after) {
  const auto value_in = [](const auto& pairs, const std::string& key) {
    const auto found = pairs.find(key);
    return found == pairs.end() ? std::nullopt : std::optional(found->second);
  };
  absl::MutexLock lock(&mutex_);
  const auto undo = [&](const std::string& key) {
    const auto old = value_in(before, key);
    if (old == value_in(after, key) || value_in(set_, key) != value_in(after, key)) return;
    old ? static_cast<void>(set_.insert_or_assign(key, *old)) : static_cast<void>(set_.erase(key));
  };
  for (const auto& [key, value] : after) undo(key);
  for (const auto& [key, value] : before) undo(key);
  ++version_;
}

SessionConfiguration::Pairs SessionConfiguration::Overrides() const { return GetAll(std::nullopt); }

uint64_t SessionConfiguration::version() const {
  absl::MutexLock lock(&mutex_);
  return version_;
}

}  // namespace hearth::wire
