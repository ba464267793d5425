#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "wire/operation.h"
#include "wire/rpc.h"

namespace hearth::wire {

/// An ExecutePlan or ReattachExecute: finds or begins its operation, then writes what comes out of the
/// operation's buffer until the end, the limits of a stream, a newer reader or the client's departure.
class ExecuteStream final : public Rpc {
 public:
  enum class Kind { kExecute, kReattach };
  ExecuteStream(ServerContext& server, Kind kind) : Rpc(server), kind_(kind) {}

  /// For the regular round over all streams: ends one cleanly that is open for too long, and the client
  /// reattaches.
  void CheckDuration(base::Instant now);

 private:
  void Begun() override;
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void Over() override;

  void Admit(const grpc::Slice& request);
  void Execute(const grpc::Slice& request);
  void Reattach(const grpc::Slice& request);
  std::shared_ptr<Operation> Resume(const ReattachTarget& target);
  void Begin(const std::shared_ptr<Operation>& operation);
  enum class Attachment { kNewest, kOldest };  // see ResultBuffer::Attach and AttachOldest
  void AttachTo(std::shared_ptr<Operation> operation, std::optional<std::string_view> after_response_id,
                Attachment attachment = Attachment::kNewest);

  /// Runs Step as often as something happened, on one thread at a time, whoever calls it from wherever.
  void Pump();
  void Step();
  void Write(ResultBuffer::Taken taken);
  void End(const grpc::Status& status);
  void LeaveForGood();
  void Leave();

  const Kind kind_;
  grpc::ByteBuffer request_;
  std::shared_ptr<Session> session_;
  std::shared_ptr<Operation> operation_;
  ResultBuffer::Consumer consumer_ = 0;
  base::Instant attached_;
  /// Set when operation_ and consumer_ are.
  std::atomic<bool> is_attached_{false};

  std::atomic<uint32_t> signals_{0};
  std::atomic<bool> expired_{false};
  std::atomic<bool> cancelled_{false};
  std::atomic<bool> writing_{false};
  std::atomic<bool> is_late_{false};  // the stream is old enough to be looked after
  // Only inside of Step.
  bool ended_ = false;
  bool headers_sent_ = false;
  size_t sent_bytes_ = 0;
  grpc::ByteBuffer being_written_;
};

}  // namespace hearth::wire
