#pragma once

#include <functional>
#include <memory>

#include "wire/executor.h"
#include "wire/rpc.h"

namespace hearth::wire {

/// A call with one request and one response. Its handler gets the request and answers, now or later, through
/// the call.
class UnaryRpc final : public Rpc, public Reply::Call {
 public:
  /// Throws spark::Error to refuse. May keep the call beyond its return.
  using Handler =
      std::function<void(ServerContext&, const std::shared_ptr<UnaryRpc>&, const grpc::Slice& request)>;
  UnaryRpc(ServerContext& server, const Handler& handler) : Rpc(server), handler_(handler) {}

  /// The session that the answer belongs to, and the fields its ids have in the response.
  void BelongsTo(std::shared_ptr<Session> session, int session_id_field, int server_side_session_id_field);

  /// BelongsTo's ids are appended to the response.
  void Send(grpc::ByteBuffer response) override;
  void Fail(const Failure& failure) override;
  void OnCancel(std::function<void()> cancel) override;
  /// An answer outside of Spark's errors, such as UNAVAILABLE.
  void Refuse(const grpc::Status& status);

 private:
  void Begun() override { StartRead(&request_); }
  void OnReadDone(bool ok) override;
  void OnCancel() override;

  bool Answering();

  const Handler& handler_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  std::shared_ptr<Session> session_;
  int session_id_field_ = 0;
  int server_side_session_id_field_ = 0;

  absl::Mutex mutex_;
  bool answered_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void()> cancel_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::wire
