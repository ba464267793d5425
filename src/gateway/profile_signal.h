// Who waits for answers: the third of the three signals of placement.
#pragma once

#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "placement/scheduler.h"
#include "wire/request.h"

namespace hearth::gateway {

struct InferredProfile {
  placement::Profile profile = placement::Profile::kInteractive;
  std::string cause;
};

/// Watches how a session's client asks. Thread-safe.
class ProfileSignal {
 public:
  /// An operation has come, or is over.
  void Begun(base::Instant now);
  void Ended(base::Instant now);

  /// What the client says (wire::kProfileKey in its session, then in its connection) counts first, then what
  /// its program says of itself (the user agent), then what it does. Else somebody is taken to wait.
  InferredProfile Infer(const std::map<std::string, std::string>& configuration,
                        const wire::RequestHeader& header) const;

 private:
  mutable absl::Mutex mutex_;
  base::Instant ended_ ABSL_GUARDED_BY(mutex_){};
  /// Operations in a row that came sooner after the end of the one before than anybody thinks.
  int without_thinking_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace hearth::gateway
