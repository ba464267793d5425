#include "wire/executor.h"

#include <utility>

#include "spark/error.h"
#include "wire/configuration.h"
#include "wire/response.h"

namespace hearth::wire {

void Reply::Send(std::string encoded) const { Send(EncodedResponse(std::move(encoded)).body); }

void Executor::Configure(std::shared_ptr<Session> session, grpc::Slice request, Reply reply) {
  reply.Send(AnswerConfig(request, &session->configuration()));
}

void Executor::CloneSession(std::shared_ptr<Session> /*source*/, std::shared_ptr<Session> /*clone*/,
                            Cloned done) {
  done(FailureOf(spark::Error::Decline("CloneSession")));
}

void Executor::AddArtifact(Session& /*session*/, std::string name, std::string /*content*/) {
  throw spark::Error::Decline("the artifact " + name);
}

void Executor::KeepArtifacts(std::shared_ptr<Session> /*session*/,
                             std::function<void(std::optional<Failure> failure)> done) {
  done(std::nullopt);
}

}  // namespace hearth::wire
