#pragma once

#include <grpcpp/support/slice.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace hearth::wire {

/// A configuration key as Apache Spark knows it, recorded from a live server
/// (tests/golden/configuration.txt).
struct KnownKey {
  std::string_view key;
  /// What Config.IsModifiable answers.
  bool modifiable;
  /// Where the value comes from: kNone is a key without default, kMachine one that describes this machine or
  /// run.
  enum class Default { kNone, kValue, kMachine };
  Default kind;
  std::string_view value;
  /// What Set refuses: "static" and "core" keys refuse every value, "options" and "options in any case" all
  /// but those that `argument` lists, a type such as "int" or "bytes in BYTE" what is none of it or less than
  /// `argument`, if there is one, in the words `words`. Empty for keys that take everything.
  std::string_view rule;
  std::string_view argument;
  std::string_view words;
};

/// All known keys, sorted.
std::vector<KnownKey> KnownKeys();
const KnownKey* FindKnownKey(std::string_view key);

/// What the server tells in a key that nobody sets: why the session's latest operation runs where it does.
inline constexpr char kPlacementKey[] = "hearth.placement";
/// In a connection string: the name of the job that asks.
inline constexpr char kWorkloadKey[] = "hearth.workload";
/// What a client is: kInteractive, somebody waits for each answer, or kBatch.
inline constexpr char kProfileKey[] = "hearth.profile";
inline constexpr char kInteractive[] = "interactive";
inline constexpr char kBatch[] = "batch";

/// The runtime configuration of one session: what was set, over the recorded defaults. Every method that
/// takes a key behaves as the same operation of Spark's RuntimeConfig and throws the same spark::Error.
/// Thread-safe.
class SessionConfiguration {
 public:
  using Pairs = std::map<std::string, std::string>;

  /// Throws CANNOT_MODIFY_STATIC_CONFIG or CANNOT_MODIFY_CONFIG for keys that are not modifiable,
  /// INVALID_CONF_VALUE for a value that Spark would refuse.
  void Set(std::string_view key, std::string_view value);
  void Unset(std::string_view key);
  /// As RESET: everything that may be.
  void UnsetAll();

  /// nullopt for a known key that is not set and has no default; throws SQL_CONF_NOT_FOUND for an unknown
  /// one.
  std::optional<std::string> Get(std::string_view key) const;
  /// The set value, else `fallback` if given, as Spark even for known keys with a default of their own.
  /// Throws INVALID_CONF_VALUE for a fallback that could not be set.
  std::optional<std::string> GetWithDefault(std::string_view key, std::optional<std::string> fallback) const;
  std::optional<std::string> GetOption(std::string_view key) const;
  /// What was set, as Spark: of all keys for nullopt, else of those that begin with `prefix`, which is cut
  /// off.
  Pairs GetAll(std::optional<std::string_view> prefix) const;
  static bool IsModifiable(std::string_view key);

  /// What kPlacementKey reads as. It is no setting: nothing repeats it elsewhere.
  void TellPlacement(std::string text);

  /// Takes over what is set in another session, or was in an earlier server.
  void CopyFrom(const SessionConfiguration& other) { Restore(other.Overrides()); }
  void Restore(const Pairs& overrides);
  /// Undoes a change from `before` to `after`, except where a later one has been made.
  void TakeBack(const Pairs& before, const Pairs& after);

  /// Only what was set, for replay on another server.
  Pairs Overrides() const;
  /// Counts changes, so that a follower sees whether it is behind.
  uint64_t version() const;

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, std::string, std::less<>> set_ ABSL_GUARDED_BY(mutex_);
  std::string placement_ ABSL_GUARDED_BY(mutex_) = "nothing has run yet";
  uint64_t version_ ABSL_GUARDED_BY(mutex_) = 0;
};

/// The encoded ConfigResponse to an encoded ConfigRequest, without ids. Throws spark::Error as Spark would
/// answer.
std::string AnswerConfig(const grpc::Slice& request, SessionConfiguration* configuration);

}  // namespace hearth::wire
