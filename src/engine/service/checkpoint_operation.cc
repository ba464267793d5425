#include "engine/service/checkpoint_operation.h"

#include <string_view>
#include <utility>

#include "engine/service/observed_metrics.h"
#include "engine/service/query_runner.h"
#include "engine/service/session_environment.h"
#include "engine/service/stored_table.h"
#include "spark/connect/base.pb.h"
#include "spark/error.h"
#include "wire/request.h"
#include "wire/response.h"

namespace hearth::engine {

void RunCheckpoint(const spark::Checkpoint& checkpoint, wire::Operation& operation, EngineRuntime& runtime,
                   Cancellation& cancellation) {
  SessionEnvironment environment(operation.session(), runtime);
  const spark::TypedPlanPtr plan = environment.Analyze(checkpoint.input);
  if (!checkpoint.is_local) {
    throw spark::Error(spark::ExceptionKind::kSpark, "_LEGACY_ERROR_TEMP_3016", {});
  }
  if (!checkpoint.is_eager) throw spark::Error::Decline("a checkpoint that is not made at once");
  QueryRunner runner(runtime, cancellation, environment.TimeZone());
  const std::string observed = CollectObservedMetrics(plan, runner);
  StoredRowsPtr rows = Store(*plan, runner, runtime);

  const grpc::Slice& request = operation.request().plan;
  const std::string_view request_bytes = wire::BytesOf(request);
  ::spark::connect::ExecutePlanResponse response;
  response.mutable_checkpoint_command_result()->mutable_relation()->set_relation_id(
      operation.session().state<EngineSession>().stored_rows.Add(request_bytes, std::move(rows)));
  operation.results().Push(wire::EncodedResponse(response.SerializeAsString()));
  SendObserved(observed, operation);
}

}  // namespace hearth::engine
