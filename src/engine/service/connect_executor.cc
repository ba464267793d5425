#include "engine/service/connect_executor.h"

#include <chrono>
#include <utility>
#include <variant>

#include "absl/strings/numbers.h"
#include "engine/duckdb/error.h"
#include "engine/functions/error_decoding.h"
#include "engine/service/analyze_call.h"
#include "engine/service/cancellation.h"
#include "engine/service/catalog_call.h"
#include "engine/service/catalog_relation.h"
#include "engine/service/checkpoint_operation.h"
#include "engine/service/engine_session.h"
#include "engine/service/observed_metrics.h"
#include "engine/service/operation_watch.h"
#include "engine/service/query_operation.h"
#include "engine/service/range_rows.h"
#include "engine/service/session_commands.h"
#include "engine/service/sql_operation.h"
#include "engine/service/view_creation.h"
#include "spark/connect/base.pb.h"
#include "spark/connect/plan_decoder.h"
#include "spark/error.h"
#include "wire/failure.h"
#include "wire/request.h"

namespace hearth::engine {
namespace {

namespace proto = ::spark::connect;

// Names of blocks of local data: this and their sha256.

// A failure outside of a statement (opening DuckDB, preparing) has no error sites.
wire::Failure FailureNow() {
  try {
    throw;
  } catch (const DuckDbError& error) {
    return wire::FailureOf(DecodeError(error, [](size_t) { return nullptr; }));
  } catch (...) {
    return wire::FailureOf(std::current_exception());
  }
}

// A range of a few rows is done sooner than another thread would wake up for it, so it may run on the
// server's own.
bool IsQuick(const grpc::Slice& encoded) {
  constexpr size_t kBytesMax = 128;
  constexpr uint64_t kRowsMax = 4096;
  if (encoded.size() > kBytesMax) return false;
  proto::Plan plan;
  if (!plan.ParseFromArray(encoded.begin(), static_cast<int>(encoded.size())) || !plan.root().has_range())
    return false;
  const proto::Range& range = plan.root().range();
  return range.step() != 0 && RangeRowCount(range.start(), range.end(), range.step()) <= kRowsMax;
}

// "2000ms", as the setting is written by default; anything unusual reports as often as the default.
std::chrono::milliseconds ReportInterval(wire::Session& session) {
  constexpr std::chrono::milliseconds kDefault(2000);
  const auto text = session.configuration().GetOption("spark.connect.progress.reportInterval");
  int64_t count = 0;
  if (!text || !text->ends_with("ms") || !absl::SimpleAtoi(text->substr(0, text->size() - 2), &count))
    return kDefault;
  return std::chrono::milliseconds(count);
}

// Decodes and runs one plan.
class PlanRun {
 public:
  PlanRun(wire::Operation& operation, EngineRuntime& runtime, Cancellation& cancellation, int nesting_max)
      : operation_(operation), runtime_(runtime), cancellation_(cancellation) {
    wire::DecodeMessage(operation.request().plan, &plan_, nesting_max);
  }

  void Run() {
    if (plan_.root().has_catalog()) {
      CommandContext context = ContextOf(operation_, runtime_, cancellation_);
      SendTextResult(AnswerCatalog(plan_.root().catalog(), context), operation_, runtime_);
      return;
    }
    if (plan_.has_root()) {
      CommandContext context = ContextOf(operation_, runtime_, cancellation_);
      AnswerCatalogBelow(*plan_.mutable_root(), context);
    }
    if (const auto checkpoint = spark::DecodeCheckpoint(plan_.command())) {
      std::visit([this](const auto& command) { RunCommand(command); }, *checkpoint);
      return;
    }
    const auto decoded = spark::DecodePlan(plan_);
    if (const auto* relation = std::get_if<spark::RelationPtr>(&decoded)) {
      RunQuery(*relation, operation_, runtime_, cancellation_);
    } else {
      std::visit([this](const auto& command) { RunCommand(command); },
                 std::get<spark::ConnectCommand>(decoded));
    }
  }

 private:
  void RunCommand(const spark::SqlCommand& command) {
    RunSqlCommand(plan_.command().sql_command(), command, operation_, runtime_, cancellation_);
  }
  void RunCommand(const spark::CreateView& view) {
    const spark::TypedPlanPtr plan =
        CreateTemporaryView(view, ViewOrigin::kDataFrame, operation_.session(), runtime_);
    SendObserved(NameObservedMetrics(plan), operation_);
  }
  void RunCommand(const spark::Checkpoint& checkpoint) {
    RunCheckpoint(checkpoint, operation_, runtime_, cancellation_);
  }
  void RunCommand(const spark::RemoveCachedRemoteRelation& remove) {
    operation_.session().state<EngineSession>().stored_rows.Remove(remove.id);
  }
  template <typename Write>
  void RunCommand(const Write& write) {
    CommandContext context = ContextOf(operation_, runtime_, cancellation_);
    engine::RunCommand(spark::Command(write), context);
  }
  [[noreturn]] void RunCommand(const spark::UnsupportedCommand& command) {
    throw spark::Error::Decline(command.what);
  }

  wire::Operation& operation_;
  EngineRuntime& runtime_;
  Cancellation& cancellation_;
  proto::Plan plan_;
};

}  // namespace

ConnectExecutor::ConnectExecutor(EngineRuntime& runtime, const wire::Limits& limits,
                                 const std::map<std::string, std::string>& settings)
    : runtime_(runtime), limits_(limits), settings_(settings), workers_({.name = "operation"}) {}

std::unique_ptr<wire::SessionState> ConnectExecutor::OpenSession(wire::Session& session) {
  for (const auto& [key, value] : settings_) session.configuration().Set(key, value);
  return std::make_unique<EngineSession>();
}

void ConnectExecutor::CloneSession(std::shared_ptr<wire::Session> source,
                                   std::shared_ptr<wire::Session> clone, Cloned done) {
  auto& from = source->state<EngineSession>();
  auto& to = clone->state<EngineSession>();
  to.views.CopyFrom(from.views);
  to.artifacts.CopyFrom(from.artifacts);
  to.current_database.Set(from.current_database.Get());
  done(std::nullopt);
}

void ConnectExecutor::AddArtifact(wire::Session& session, std::string name, std::string content) {
  session.state<EngineSession>().artifacts.Put(std::move(name), std::move(content));
}

bool ConnectExecutor::HasArtifact(wire::Session& session, const std::string& name) {
  return session.state<EngineSession>().artifacts.Find(name) != nullptr;
}

void ConnectExecutor::Execute(std::shared_ptr<wire::Operation> operation) {
  if (IsQuick(operation->request().plan)) {
    Run(*operation);
    return;
  }
  workers_.Run([this, operation = std::move(operation)] { Run(*operation); });
}

void ConnectExecutor::Run(wire::Operation& operation) {
  // Shared with the operation's cancel callback, which may still be running when this returns.
  const auto cancellation = std::make_shared<Cancellation>();
  operation.OnCancel([cancellation] { cancellation->Cancel(); });
  try {
    OperationWatch::Entry watched(runtime_.watch(), operation, *cancellation,
                                  ReportInterval(operation.session()));
    PlanRun(operation, runtime_, *cancellation, limits_.nesting_max).Run();
    watched.Finish();
    operation.results().Complete();
  } catch (...) {
    operation.results().Fail(FailureNow());
  }
  operation.MarkStopped();
}

void ConnectExecutor::Analyze(std::shared_ptr<wire::Session> session, grpc::Slice request,
                              wire::Reply reply) {
  workers_.Run([this, session = std::move(session), request = std::move(request), reply = std::move(reply)] {
    try {
      reply.Send(AnswerAnalyze(request, *session, runtime_, limits_));
    } catch (...) {
      reply.Fail(FailureNow());
    }
  });
}

}  // namespace hearth::engine
