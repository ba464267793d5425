#include "gateway/heartbeat.h"

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>

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

Heartbeat::Heartbeat(fleet::Fleet& fleet, Router& router)
    : fleet_(fleet),
      router_(router),
      nowhere_(grpc::CreateChannel("unix:/nowhere", grpc::InsecureChannelCredentials())) {}

Heartbeat::~Heartbeat() {
  absl::MutexLock lock(&mutex_);
  const auto answered = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return open_ == 0; };
  mutex_.Await(absl::Condition(&answered));
}

void Heartbeat::Tick(base::Instant now) {
  std::vector<std::shared_ptr<Beat>> due;
  std::vector<std::shared_ptr<Beat>> owed;
  const auto clusters = fleet_.Clusters();
  {
    absl::MutexLock lock(&mutex_);
    const auto passed = PassedLocked(now);
    std::map<std::string, std::shared_ptr<Beat>> beats;
    for (const auto& view : clusters) {
      if (view.cluster->state() != fleet::ClusterState::kReady) continue;
      std::shared_ptr<Beat>& beat = beats[view.cluster->id()];
      beat = std::move(beats_[view.cluster->id()]);
      if (beat == nullptr) beat = std::make_shared<Beat>(Beat{view.cluster});
      beat->passed += passed;
      if (beat->asked) {
        owed.push_back(beat);
      } else if (beat->passed >= kPause) {
        beat->asked = true;
        beat->passed = {};
        ++open_;
        due.push_back(beat);
      }
    }
    beats_ = std::move(beats);
  }
  for (const auto& beat : owed) {
    std::chrono::milliseconds silent;
    {
      absl::MutexLock lock(&mutex_);
      if (!beat->asked) continue;  // It has just answered.
      silent = beat->passed;
    }
    fleet_.Heard(beat->cluster, silent);
  }
  for (const auto& beat : due) Ask(beat);
  AskOurselves();
}

std::chrono::milliseconds Heartbeat::PassedLocked(base::Instant now) {
  const auto passed = std::min(std::chrono::duration_cast<std::chrono::milliseconds>(now - last_tick_),
                               std::chrono::milliseconds(1'000));
  last_tick_ = now;
  return std::exchange(takes_answers_, false) ? passed : std::chrono::milliseconds(0);
}

void Heartbeat::AskOurselves() {
  {
    absl::MutexLock lock(&mutex_);
    if (asked_ourselves_) return;
    asked_ourselves_ = true;
    ++open_;
  }
  struct Call {
    grpc::ClientContext context;
    grpc::ByteBuffer request;
    grpc::ByteBuffer response;
  };
  const auto call = std::make_shared<Call>();
  const grpc::Slice nothing;
  call->request = grpc::ByteBuffer(&nothing, 1);
  call->context.set_deadline(std::chrono::system_clock::now());
  nowhere_.UnaryCall(&call->context, "/", grpc::StubOptions(), &call->request, &call->response,
                     [this, call](const grpc::Status&) {
                       absl::MutexLock lock(&mutex_);
                       takes_answers_ = true;
                       asked_ourselves_ = false;
                       --open_;
                     });
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
