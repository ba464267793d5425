#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "gateway/begun_result.h"
#include "gateway/journal.h"
#include "wire/session.h"

namespace hearth::gateway {

/// The operations of one session whose clients may go on with their results when the gateway is lost.
/// Thread-safe.
class BegunResults {
 public:
  /// A request with a larger plan is not kept: writing it would delay its result.
  static constexpr size_t kPlanBytesMax = size_t{256} << 10;

  /// `earlier`: what an earlier server kept.
  BegunResults(wire::Session& session, Journal& journal, std::map<std::string, BegunResult> earlier);

  /// `done` when it is kept, or known that it cannot be: then the result ends with this server.
  void Keep(const BegunResult& begun, std::function<void()> done);
  /// Nobody wants the result any longer.
  void Forget(const std::string& operation_id);
  /// Nullptr if an earlier server kept nothing of the operation.
  std::shared_ptr<const BegunResult> Earlier(const std::string& operation_id) const;

  /// To be called now and then. Forgets those whose clients have had all or have not come for so long.
  void Sweep(base::Instant now, std::chrono::milliseconds detached_timeout);

 private:
  struct Entry {
    /// Nullptr if this server kept it.
    std::shared_ptr<const BegunResult> earlier;
    /// When no operation of this id was found first.
    std::optional<base::Instant> missing_since;
  };
  bool IsOver(const std::string& operation_id, Entry& entry, base::Instant now,
              std::chrono::milliseconds timeout) const;

  wire::Session& session_;
  Journal& journal_;
  mutable absl::Mutex mutex_;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::gateway
