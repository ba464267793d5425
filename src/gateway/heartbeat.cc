#include "gateway/heartbeat.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "gateway/backend_request.h"

namespace hearth::gateway {

namespace {

/// A session that no cluster has: to release it costs an engine nothing and leaves nothing behind.
const BackendSessionName& Nobody() {
  static const auto* const name = new BackendSessionName{"hearth", "00000000-0000-4000-8000-000000000000"};
  return *name;
}

}  // namespace

Heartbeat::~Heartbeat() {
  absl::MutexLock lock(&mutex_);
  const auto answered = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return open_ == 0; };
  mutex_.Await(absl::Condition(&answered));
}

void Heartbeat::Tick(base::Instant now) {
  std::vector<std::shared_ptr<Beat>> due;
  std::vector<std::pair<std::shared_ptr<fleet::Cluster>, std::chrono::milliseconds>> owed;
  const auto clusters = fleet_.Clusters();
  {
    absl::MutexLock lock(&mutex_);
    const auto passed = std::min(std::chrono::duration_cast<std::chrono::milliseconds>(now - last_tick_),
                                 std::chrono::milliseconds(1'000));
    last_tick_ = now;
    std::map<std::string, std::shared_ptr<Beat>> beats;
    for (const auto& view : clusters) {
      if (view.cluster->state() != fleet::ClusterState::kReady) continue;
      std::shared_ptr<Beat>& beat = beats[view.cluster->id()];
      beat = std::move(beats_[view.cluster->id()]);
      if (beat == nullptr) beat = std::make_shared<Beat>(Beat{view.cluster});
      beat->passed += passed;
      if (beat->asked) {
        owed.emplace_back(view.cluster, beat->passed);
      } else if (beat->passed >= kPause) {
        beat->asked = true;
        beat->passed = {};
        ++open_;
        due.push_back(beat);
      }
    }
    beats_ = std::move(beats);
  }
  for (const auto& [cluster, silent] : owed) fleet_.Heard(cluster, silent);
  for (const auto& beat : due) Ask(beat);
}

/// Whatever comes back, an error too, is an answer: of a broken connection others know what to do.
void Heartbeat::Ask(const std::shared_ptr<Beat>& beat) {
  router_.LinkTo(beat->cluster)
      ->Call("ReleaseSession", ReleaseSessionRequest(Nobody()),
             [this, beat](const grpc::Status&, const grpc::ByteBuffer&) {
               fleet_.Heard(beat->cluster, {});
               absl::MutexLock lock(&mutex_);
               beat->asked = false;
               beat->passed = {};
               --open_;
             });
}

}  // namespace hearth::gateway
