#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace hearth::wire {

/// A configuration key as Apache Spark knows it, recorded from a live server (tests/golden/configuration.txt).
struct KnownKey {
  std::string_view key;
  /// False for static keys: set and unset are CANNOT_MODIFY_STATIC_CONFIG... as Spark says.
  bool modifiable;
  /// Its default; nullopt if the key has none.
  std::optional<std::string_view> value;
};

/// All known keys, sorted.
const std::vector<KnownKey>& KnownKeys();
const KnownKey* FindKnownKey(std::string_view key);

/// The machine's time zone as Java names it: TZ, else what /etc/localtime points at, else /etc/timezone, else UTC.
std::string MachineTimeZone();

/// The runtime configuration of one session: what was set, over the recorded defaults. Every method that takes a key
/// behaves as the same operation of Spark's RuntimeConfig and throws the same spark::Error. Thread-safe.
class SessionConfiguration {
 public:
  using Pairs = std::map<std::string, std::string>;

  /// Throws CANNOT_MODIFY_STATIC_CONFIG for static keys and INVALID_CONF_VALUE for values that Spark would refuse.
  void Set(std::string_view key, std::string_view value);
  void Unset(std::string_view key);

  /// Throws SQL_CONF_NOT_FOUND if the key is neither set nor known with a default.
  std::string Get(std::string_view key) const;
  /// The set value, else `fallback` if given, as Spark even for known keys with a default of their own.
  std::optional<std::string> GetWithDefault(std::string_view key, std::optional<std::string> fallback) const;
  std::optional<std::string> GetOption(std::string_view key) const;
  /// All pairs whose key begins with `prefix`, the prefix cut off; everything for nullopt.
  Pairs GetAll(std::optional<std::string_view> prefix) const;
  static bool IsModifiable(std::string_view key);

  /// Only what was set, for replay on another server.
  Pairs Overrides() const;
  /// Counts changes, so that a follower sees whether it is behind.
  uint64_t version() const;

 private:
  std::optional<std::string> LookUpLocked(std::string_view key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::map<std::string, std::string, std::less<>> set_ ABSL_GUARDED_BY(mutex_);
  uint64_t version_ ABSL_GUARDED_BY(mutex_) = 0;
};

/// An encoded ConfigResponse to an encoded ConfigRequest, without ids. Throws spark::Error as Spark would answer.
std::string AnswerConfig(std::string_view encoded_request, SessionConfiguration* configuration);

}  // namespace hearth::wire
