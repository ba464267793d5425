#include "wire/executor.h"

#include <utility>

#include "wire/configuration.h"
#include "wire/response.h"

namespace hearth::wire {

void Reply::Send(std::string encoded) const { Send(EncodedResponse(std::move(encoded)).body); }

void Executor::Configure(std::shared_ptr<Session> session, grpc::Slice request, Reply reply) {
  reply.Send(AnswerConfig(request, &session->configuration()));
}

}  // namespace hearth::wire
