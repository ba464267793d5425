#include "wire/connect_server.h"

#include <google/protobuf/stubs/logging.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "wire/acceptor.h"
#include "wire/artifact_rpc.h"
#include "wire/channel.h"
#include "wire/configuration.h"
#include "wire/execute_stream.h"
#include "wire/request.h"
#include "wire/session_calls.h"

namespace hearth::wire {

namespace {
constexpr std::string_view kService = "/spark.connect.SparkConnectService/";
constexpr std::chrono::milliseconds kTickMax{1000};
constexpr std::chrono::milliseconds kTickMin{10};
/// How long the streams that were ended get to say so to their clients.
constexpr std::chrono::milliseconds kGoodbye{2000};

/// Ends a call that nobody may make.
class Refusal final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Refusal(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

class PageRpc final : public grpc::ServerGenericBidiReactor {
 public:
  explicit PageRpc(const ConnectServer::Options::Page& page) : page_(page) { StartRead(&body_); }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "a request is missing"));
    const grpc::Slice request = OnePiece(body_);
    const grpc::Slice answer(page_(BytesOf(request)));
    body_ = grpc::ByteBuffer(&answer, 1);
    StartWriteAndFinish(&body_, grpc::WriteOptions(), grpc::Status::OK);
  }
  void OnDone() override { delete this; }

  const ConnectServer::Options::Page& page_;
  grpc::ByteBuffer body_;
};
}  // namespace

class ConnectServer::State final : public grpc::CallbackGenericService {
 public:
  State(Options options, Executor* executor, const base::Clock* clock)
      : options_(std::move(options)),
        clock_(*clock),
        executor_(*executor),
        sessions_(options_.limits, *clock,
                  [executor](Session& session) { return executor->OpenSession(session); }),
        workers_({.name = "request", .threads_max = 8}),
        context_{options_.limits,
                 *clock,
                 *executor,
                 sessions_,
                 workers_,
                 draining_,
                 [this](std::shared_ptr<ExecuteStream> stream) { Watch(std::move(stream)); }} {}

  absl::Status Listen() {
    // What is wrong with a client's message is told to the client; protobuf would fill the log with it.
    google::protobuf::SetLogHandler(nullptr);
    if (absl::Status status = executor_.RestoreSessions(sessions_); !status.ok()) return status;
    grpc::ServerBuilder builder;
    std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> connections;
    if (options_.listen.is_unix()) {
      ::unlink(options_.listen.path().c_str());  // Left by a killed predecessor.
      builder.AddListeningPort(options_.listen.ToString(), grpc::InsecureServerCredentials());
      address_ = options_.listen;
    } else {
      auto acceptor = Acceptor::Listen(options_.listen);
      if (!acceptor.ok()) return acceptor.status();
      acceptor_ = *std::move(acceptor);
      address_ = acceptor_->address();
      connections = builder.experimental().AddExternalConnectionAcceptor(
          grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, Credentials());
    }
    if (!options_.own_socket.empty()) {
      ::unlink(options_.own_socket.c_str());
      builder.AddListeningPort("unix:" + options_.own_socket, grpc::InsecureServerCredentials());
    }
    builder.RegisterCallbackGenericService(this);
    TuneServer(options_.limits, &builder);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) {
      return absl::UnavailableError(absl::StrCat("cannot listen on ", options_.listen.ToString()));
    }
    if (acceptor_) acceptor_->Start(std::move(connections));
    ticker_ = std::thread([this] { Tick(); });
    return absl::OkStatus();
  }

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* call) override {
    const bool is_own = call->peer().compare(0, 5, "unix:") == 0;
    Caller caller = CallerOf(*call);
    if (options_.tokens && !is_own) {
      caller.user = UserOf(*call);
      // In Apache Spark's words.
      if (!caller.user) return Refuse(grpc::StatusCode::UNAUTHENTICATED, "Invalid authentication token");
    }
    const std::string_view path = call->method();
    if (path.substr(0, kService.size()) == kService) {
      const std::string_view method = path.substr(kService.size());
      if (method == "ExecutePlan") return Begin(ExecuteStream::Kind::kExecute, std::move(caller));
      if (method == "ReattachExecute") return Begin(ExecuteStream::Kind::kReattach, std::move(caller));
      if (method == "AddArtifacts")
        return Rpc::Begin(std::make_shared<ArtifactRpc>(context_), std::move(caller));
      if (const UnaryRpc::Handler* handler = FindUnaryHandler(method)) {
        return Rpc::Begin(std::make_shared<UnaryRpc>(context_, *handler), std::move(caller));
      }
    }
    if (const auto page = options_.pages.find(path); page != options_.pages.end()) {
      if (caller.user) return Refuse(grpc::StatusCode::PERMISSION_DENIED, "for the user who runs the server");
      return new PageRpc(page->second);
    }
    return Refuse(
        grpc::StatusCode::UNIMPLEMENTED,
        "Method not found: " + std::string(path.substr(std::min(path.find_first_not_of('/'), path.size()))));
  }

  void Shutdown(std::chrono::milliseconds grace) {
    if (server_ == nullptr) return;
    draining_ = true;
    const auto until = std::chrono::steady_clock::now() + grace;
    while (AnyRunning() && std::chrono::steady_clock::now() < until) absl::SleepFor(absl::Milliseconds(10));
    for (const auto& session : sessions_.All()) {
      for (const auto& operation : session->operations().Living()) {
        session->operations().Remove(operation, OperationTable::Removal::kShutdown, clock_.Now());
      }
    }
    acceptor_.reset();
    server_->Shutdown(std::chrono::system_clock::now() + kGoodbye);
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
    }
    ticker_.join();
    server_.reset();
  }

  const Address& address() const { return address_; }
  SessionTable& sessions() { return sessions_; }

 private:
  grpc::ServerGenericBidiReactor* Begin(ExecuteStream::Kind kind, Caller caller) {
    return Rpc::Begin(std::make_shared<ExecuteStream>(context_, kind), std::move(caller));
  }

  static grpc::ServerGenericBidiReactor* Refuse(grpc::StatusCode code, const std::string& why) {
    return new Refusal(grpc::Status(code, why));
  }

  static std::string_view MetadataOf(const grpc::GenericCallbackServerContext& call, const char* key) {
    const auto found = call.client_metadata().find(key);
    if (found == call.client_metadata().end()) return {};
    return {found->second.data(), found->second.size()};
  }

  static Caller CallerOf(const grpc::GenericCallbackServerContext& call) {
    const auto value = [&call](const char* key) {
      return std::string(MetadataOf(call, key).substr(0, kConnectionValueMax));
    };
    return {.profile = value(kProfileKey), .workload = value(kWorkloadKey)};
  }

  std::optional<std::string> UserOf(const grpc::GenericCallbackServerContext& call) const {
    return options_.tokens->UserOf(MetadataOf(call, "authorization"));
  }

  std::shared_ptr<grpc::ServerCredentials> Credentials() const {
    if (!options_.tls) return grpc::InsecureServerCredentials();
    grpc::SslServerCredentialsOptions tls;
    tls.pem_key_cert_pairs.push_back({options_.tls->private_key, options_.tls->certificate_chain});
    return grpc::SslServerCredentials(tls);
  }

  bool AnyRunning() {
    for (const auto& session : sessions_.All()) {
      for (const auto& operation : session->operations().Living()) {
        // What has ended but is not yet taken by its client counts too, as long as the client is there.
        if (operation->state() == Operation::State::kRunning || operation->results().attached()) return true;
      }
    }
    return false;
  }

  void Watch(std::shared_ptr<ExecuteStream> stream) {
    absl::MutexLock lock(&mutex_);
    streams_.push_back(std::move(stream));
  }

  /// Short enough that every timeout is noticed within a quarter of itself.
  std::chrono::milliseconds TickLength() const {
    const Limits& limits = options_.limits;
    auto shortest = std::min({kTickMax * 4, limits.detached_timeout, limits.session_idle_timeout});
    for (const auto timeout : {limits.statement_timeout, limits.queue_timeout}) {
      if (timeout.count() > 0) shortest = std::min(shortest, timeout);
    }
    if (limits.stream_duration_max.count() > 0) shortest = std::min(shortest, limits.stream_duration_max);
    return std::clamp(shortest / 4, kTickMin, kTickMax);
  }

  void Tick() {
    const absl::Duration length = absl::FromChrono(TickLength());
    while (true) {
      std::vector<std::shared_ptr<ExecuteStream>> streams;
      {
        absl::MutexLock lock(&mutex_);
        if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), length)) return;
        for (const auto& weak : streams_) {
          if (auto stream = weak.lock()) streams.push_back(std::move(stream));
        }
        streams_.assign(streams.begin(), streams.end());
      }
      for (const auto& stream : streams) stream->CheckDuration(clock_.Now());
      for (const auto& session : sessions_.Sweep())
        executor_.CloseSession(*session, /*stays_closed=*/true, [] {});
    }
  }

  const Options options_;
  const base::Clock& clock_;
  Executor& executor_;
  Address address_;
  SessionTable sessions_;
  std::atomic<bool> draining_{false};
  Workers workers_;
  ServerContext context_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::weak_ptr<ExecuteStream>> streams_ ABSL_GUARDED_BY(mutex_);
  std::thread ticker_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Acceptor> acceptor_;
};

absl::StatusOr<std::unique_ptr<ConnectServer>> ConnectServer::Start(Options options, Executor* executor,
                                                                    const base::Clock* clock) {
  KeepCallbackThreads();
  auto state = std::make_unique<State>(std::move(options), executor, clock);
  if (absl::Status status = state->Listen(); !status.ok()) return status;
  return std::unique_ptr<ConnectServer>(new ConnectServer(std::move(state)));
}

ConnectServer::ConnectServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
ConnectServer::~ConnectServer() { Shutdown(std::chrono::milliseconds(0)); }
const Address& ConnectServer::address() const { return state_->address(); }
SessionTable& ConnectServer::sessions() { return state_->sessions(); }
void ConnectServer::Shutdown(std::chrono::milliseconds grace) { state_->Shutdown(grace); }

}  // namespace hearth::wire
