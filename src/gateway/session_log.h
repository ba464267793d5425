#pragma once

#include <grpcpp/support/slice.h>

#include <compare>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "wire/configuration.h"

namespace hearth::gateway {

/// What a change makes or drops: a view or a function, in lower case; neither if it is not one thing with a
/// name.
struct Name {
  enum class Kind { kNone, kView, kFunction };
  Kind kind = Kind::kNone;
  std::string text;
  bool empty() const { return kind == Kind::kNone; }
  auto operator<=>(const Name&) const = default;
};
inline Name NameOf(const std::string& view, const std::string& function) {
  if (!view.empty()) return {Name::Kind::kView, view};
  if (!function.empty()) return {Name::Kind::kFunction, function};
  return {};
}

/// One change of a session that is no configuration: what a cluster has done for it once, and does again in
/// any other session that is to stand for it.
struct SessionChange {
  /// The encoded spark.connect.Plan, as ExecuteRequest::plan.
  grpc::Slice plan;
  /// What it was made under, for text and plans mean what the configuration says.
  std::shared_ptr<const wire::SessionConfiguration::Pairs> configuration;
  /// For people: "create_dataframe_view".
  std::string kind;
  /// The operation that made it, and what its client was told: told again if it asks again because the server
  /// was lost before it heard.
  std::string operation_id;
  std::vector<std::string> responses;
  bool answer_is_lost = false;
  /// The temporary view, in lower case, that stands or is gone after it whatever was before; "" if it does
  /// anything else.
  std::string view;
  /// The function, in lower case, that stands after it whatever was before; "" if it does anything else.
  std::string function;
  /// It is the view's end. Where there is no such view it has nothing to do.
  bool is_drop = false;

  Name name() const { return NameOf(view, function); }
};

/// What a session is at one moment, which any cluster can be brought to. Never changes.
struct SessionSnapshot {
  struct Entry {
    /// From 1, in the order in which they were made; ever growing.
    uint64_t position;
    std::shared_ptr<const SessionChange> change;
  };
  std::shared_ptr<const std::vector<Entry>> changes;
  /// The latest change, also one that was superseded; 0: none.
  uint64_t position = 0;
  std::shared_ptr<const wire::SessionConfiguration::Pairs> configuration;
  /// How many artifacts it has, in the order they came.
  size_t artifacts = 0;
};

/// The changes of one session in order. A change of a view supersedes the one before of the same view, if
/// nothing between may have looked at it: so a session that makes a view again and again stays small. Only a
/// drop supersedes a drop: a follower may still have the view, and the next creation need not replace it.
/// Thread-safe.
class SessionLog {
 public:
  /// Bytes of all plans that are kept; a session that has more may change no further.
  static constexpr size_t kBytesMax = size_t{256} << 20;

  SessionLog() = default;
  /// Goes on from what a session was: the log of a clone, or of a session that was kept.
  explicit SessionLog(const SessionSnapshot& snapshot);

  /// Where a change would go, and what it would take the place of. It is to be appended before any other is.
  struct Place {
    uint64_t position = 0;
    /// Positions of changes that are kept no longer.
    std::vector<uint64_t> superseded;
  };
  Place PlaceFor(const SessionChange& change) const;
  void Append(std::shared_ptr<const SessionChange> change, const Place& place);
  /// Fills `changes` and `position`.
  void Read(SessionSnapshot* snapshot) const;
  /// A change that is kept made this temporary view (or dropped it).
  bool Knows(const std::string& view) const;
  bool full() const;

 private:
  using Entry = SessionSnapshot::Entry;
  mutable absl::Mutex mutex_;
  /// Replaced, never changed: snapshots share it.
  std::shared_ptr<const std::vector<Entry>> changes_ ABSL_GUARDED_BY(mutex_) =
      std::make_shared<std::vector<Entry>>();
  uint64_t position_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

/// False only if the encoded plan surely refers to nothing of this name (in lower case). `makes_it`: it makes
/// or drops it, and so names it once.
bool MayRead(const grpc::Slice& plan, const std::string& name, bool makes_it);

/// False only if the encoded plan surely has nothing to do with global temporary views, but for commands that
/// PlanFacts tells of.
bool MayUseGlobalViews(const grpc::Slice& plan);

/// Adds to `names` whatever the changes make of what may read one of them, in one step or many.
void AddReaders(const std::vector<SessionSnapshot::Entry>& changes, std::set<Name>* names);

}  // namespace hearth::gateway
