#include "gateway/gateway_session.h"

#include <utility>

#include "spark/error.h"
#include "wire/uuid.h"

namespace hearth::gateway {

namespace {
/// They are kept in memory, as long as the session lives.
constexpr size_t kArtifactBytesMax = size_t{1} << 30;
}  // namespace

GatewaySession::~GatewaySession() {
  absl::MutexLock lock(&mutex_);
  if (home_ != nullptr) home_->Unpin();
}

// ---- state on a cluster ----

std::shared_ptr<fleet::Cluster> GatewaySession::home() const {
  absl::MutexLock lock(&mutex_);
  return home_;
}

bool GatewaySession::lost() const {
  absl::MutexLock lock(&mutex_);
  return lost_;
}

std::string GatewaySession::home_reason() const {
  absl::MutexLock lock(&mutex_);
  return home_reason_;
}

bool GatewaySession::BeginEffect(const std::shared_ptr<fleet::Cluster>& cluster) {
  absl::MutexLock lock(&mutex_);
  if (home_ != nullptr && home_ != cluster) return false;
  if (home_ == nullptr) {
    home_ = cluster;
    home_->Pin();
  }
  ++effects_running_;
  return true;
}

void GatewaySession::EndEffect(bool kept, const std::string& reason) {
  absl::MutexLock lock(&mutex_);
  --effects_running_;
  if (kept && !lost_ && home_ != nullptr) {
    has_state_ = true;
    home_reason_ = reason;
  }
  if (effects_running_ == 0 && !has_state_ && home_ != nullptr) {
    home_->Unpin();
    home_ = nullptr;
  }
}

void GatewaySession::OnDeath(const fleet::Cluster& cluster) {
  std::shared_ptr<Backend> outlives_lock;
  absl::MutexLock lock(&mutex_);
  if (const auto found = backends_.find(&cluster); found != backends_.end()) {
    outlives_lock = std::move(found->second);
    backends_.erase(found);
  }
  if (home_.get() != &cluster) return;
  // What was only under way there is gone without a trace, and may begin anew elsewhere.
  lost_ = has_state_ || configured_by_cluster_;
  home_->Unpin();
  home_ = nullptr;
}

void GatewaySession::SetConfiguredByCluster() {
  absl::MutexLock lock(&mutex_);
  configured_by_cluster_ = true;
}

bool GatewaySession::configured_by_cluster() const {
  absl::MutexLock lock(&mutex_);
  return configured_by_cluster_;
}

// ---- artifacts ----

void GatewaySession::AddArtifact(std::string name, std::string content) {
  absl::MutexLock lock(&mutex_);
  if (artifact_names_.count(name) != 0) return;
  if (artifact_bytes_ + content.size() > kArtifactBytesMax) {
    throw spark::Error::Decline("more than 1 GiB of artifacts in a session");
  }
  artifact_bytes_ += content.size();
  artifact_names_.insert(name);
  artifacts_.push_back({std::move(name), std::make_shared<const std::string>(std::move(content))});
}

bool GatewaySession::HasArtifact(const std::string& name) const {
  absl::MutexLock lock(&mutex_);
  return artifact_names_.count(name) != 0;
}

// ---- sessions on clusters ----

void GatewaySession::Prepare(const std::shared_ptr<ClusterLink>& link, Ready ready) {
  std::shared_ptr<Backend> backend;
  bool synchronize = false;
  {
    absl::MutexLock lock(&mutex_);
    std::shared_ptr<Backend>& slot = backends_[&link->cluster()];
    if (slot == nullptr) {
      slot = std::make_shared<Backend>();
      slot->link = link;
      slot->name = {session_.key().user_id, wire::NewUuid()};
    }
    backend = slot;
    const bool behind = backend->applied_version != session_.configuration().version() ||
                        backend->artifacts_sent != artifacts_.size();
    if (backend->syncing || behind) {
      backend->waiting.push_back(std::exchange(ready, nullptr));
      synchronize = !std::exchange(backend->syncing, true);
    }
  }
  if (ready) {
    ready(std::nullopt, backend->name);
  } else if (synchronize) {
    Synchronize(backend);
  }
}

/// The artifacts first, then the configuration.
void GatewaySession::Synchronize(const std::shared_ptr<Backend>& backend) {
  std::vector<Artifact> missing;
  size_t sent = 0;
  {
    absl::MutexLock lock(&mutex_);
    missing.assign(artifacts_.begin() + static_cast<ptrdiff_t>(backend->artifacts_sent), artifacts_.end());
    sent = artifacts_.size();
  }
  if (missing.empty()) return SynchronizeConfiguration(backend, sent);
  SendArtifacts(*backend->link, backend->name, std::move(missing),
                [this, keep = session_.shared_from_this(), backend, sent](const grpc::Status& status) {
                  if (!status.ok()) return OnSynchronized(backend, wire::FailureOf(status));
                  SynchronizeConfiguration(backend, sent);
                });
}

/// Tells the cluster what changed since it was told last: what to set, then what to unset.
void GatewaySession::SynchronizeConfiguration(const std::shared_ptr<Backend>& backend,
                                              size_t artifacts_sent) {
  // The version first: what is set between the two lines is told once more, not forgotten.
  const uint64_t version = session_.configuration().version();
  Pairs pairs = session_.configuration().Overrides();
  Pairs set;
  std::set<std::string> unset;
  for (const auto& [key, value] : pairs) {
    const auto applied = backend->applied.find(key);
    if (applied == backend->applied.end() || applied->second != value) set.emplace(key, value);
  }
  for (const auto& [key, value] : backend->applied) {
    if (pairs.count(key) == 0) unset.insert(key);
  }

  auto finish = [this, keep = session_.shared_from_this(), backend, pairs, version,
                 artifacts_sent](const grpc::Status& status) {
    if (!status.ok()) return OnSynchronized(backend, wire::FailureOf(status));
    // Nobody else looks at these while it is syncing.
    backend->applied = pairs;
    {
      absl::MutexLock lock(&mutex_);
      backend->applied_version = version;
      backend->artifacts_sent = artifacts_sent;
    }
    OnSynchronized(backend, std::nullopt);
  };
  auto send_unset = [backend, unset, finish](const grpc::Status& status) {
    if (!status.ok() || unset.empty()) return finish(status);
    backend->link->Call("Config", ConfigUnsetRequest(backend->name, unset),
                        [finish](const grpc::Status& done, grpc::ByteBuffer) { finish(done); });
  };
  if (set.empty()) return send_unset(grpc::Status::OK);
  backend->link->Call("Config", ConfigSetRequest(backend->name, set),
                      [send_unset](const grpc::Status& done, grpc::ByteBuffer) { send_unset(done); });
}

void GatewaySession::OnSynchronized(const std::shared_ptr<Backend>& backend,
                                    std::optional<wire::Failure> failure) {
  std::vector<Ready> waiting;
  {
    absl::MutexLock lock(&mutex_);
    backend->syncing = false;
    waiting.swap(backend->waiting);
  }
  // Who came before the last change was made known may run without it; who comes after asks anew.
  for (Ready& ready : waiting) ready(failure, backend->name);
}

void GatewaySession::Release() {
  std::map<const fleet::Cluster*, std::shared_ptr<Backend>> backends;
  {
    absl::MutexLock lock(&mutex_);
    backends.swap(backends_);
  }
  for (const auto& [cluster, backend] : backends) {
    backend->link->Call("ReleaseSession", ReleaseSessionRequest(backend->name),
                        [](const grpc::Status&, grpc::ByteBuffer) {});  // A dead cluster has released it too.
  }
}

}  // namespace hearth::gateway
