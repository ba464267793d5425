#include "gateway/command_call.h"

#include <utility>

#include "wire/uuid.h"

namespace hearth::gateway {

namespace {

/// Deletes itself at its end.
class CommandCall final : public ClusterLink::Stream {
 public:
  CommandCall(std::shared_ptr<ClusterLink> link, const BackendSessionName& session, const grpc::Slice& plan,
              std::function<void(const grpc::Status&)> done)
      : link_(std::move(link)), done_(std::move(done)) {
    wire::ExecuteRequest command;
    command.plan = plan;
    request_ = ExecuteRequestFor(session, wire::NewUuid(), command);
    context_.set_initial_metadata_corked(true);
    link_->Prepare("ExecutePlan", &context_, this);
    StartWriteLast(&request_, grpc::WriteOptions());
    StartRead(&response_);
    StartCall();
  }

 private:
  void OnReadDone(bool ok) override {
    if (ok) StartRead(&response_);
  }
  void OnDone(const grpc::Status& status) override {
    done_(status);
    delete this;
  }

  const std::shared_ptr<ClusterLink> link_;
  const std::function<void(const grpc::Status&)> done_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
};

}  // namespace

void RunForEffect(const std::shared_ptr<ClusterLink>& link, const BackendSessionName& session,
                  const grpc::Slice& plan, std::function<void(const grpc::Status&)> done) {
  new CommandCall(link, session, plan, std::move(done));
}

}  // namespace hearth::gateway
