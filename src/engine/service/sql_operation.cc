#include "engine/service/sql_operation.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "engine/service/responses.h"
#include "engine/service/session_commands.h"
#include "engine/service/session_environment.h"
#include "spark/connect/base.pb.h"
#include "spark/error.h"
#include "spark/sql/parser.h"

// Older clients send the fields that the protocol calls deprecated.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace hearth::engine {
namespace {

namespace proto = ::spark::connect;

const spark::SqlText& TextOf(const spark::Relation& input) {
  if (const auto* text = input.As<spark::SqlText>()) return *text;
  const auto* with = input.As<spark::WithRelations>();
  const auto* text = with == nullptr ? nullptr : with->root->As<spark::SqlText>();
  if (text == nullptr) throw spark::Error::Decline("spark.sql of something that is no text");
  return *text;
}

bool HasMetadata(const spark::DataType& schema) {
  const auto& fields = schema.fields();
  return std::any_of(fields.begin(), fields.end(), [](const auto& field) { return !field.metadata.empty(); });
}

// What the client asked for, to be sent again when it wants the rows.
proto::Relation Echo(const proto::SqlCommand& message) {
  if (message.has_input()) return message.input();
  proto::Relation relation;
  proto::SQL& sql = *relation.mutable_sql();
  sql.set_query(message.sql());
  *sql.mutable_args() = message.args();
  *sql.mutable_pos_args() = message.pos_args();
  *sql.mutable_named_arguments() = message.named_arguments();
  *sql.mutable_pos_arguments() = message.pos_arguments();
  return relation;
}

}  // namespace

CommandContext ContextOf(wire::Operation& operation, EngineRuntime& runtime, Cancellation& cancellation) {
  wire::Session& session = operation.session();
  // Through the gateway each attempt has an id of its own, and says which operation it is of.
  for (const std::string& tag : operation.request().tags) {
    if (tag.starts_with(wire::kOperationTag))
      return {session, runtime, cancellation, tag.substr(wire::kOperationTag.size())};
  }
  const bool is_repeated = runtime.catalog().is_shared();
  return {session, runtime, cancellation, session.server_side_id() + "/" + operation.id(), is_repeated};
}

void RunSqlCommand(const proto::SqlCommand& message, const spark::SqlCommand& command,
                   wire::Operation& operation, EngineRuntime& runtime, Cancellation& cancellation) {
  wire::Session& session = operation.session();
  const spark::SqlText& text = TextOf(*command.input);
  proto::ExecutePlanResponse response;
  proto::Relation* relation = response.mutable_sql_command_result()->mutable_relation();

  SessionEnvironment environment(session, runtime);
  const spark::Statement statement = spark::ParseStatement(text.query, environment.ParserOptions());
  if (std::holds_alternative<spark::RelationPtr>(statement)) {
    environment.Analyze(command.input);
    *relation = Echo(message);
  } else {
    if (!text.named_arguments.empty() || !text.positional_arguments.empty()) {
      throw spark::Error::Decline("parameters in a command");
    }
    if (command.input->As<spark::WithRelations>() != nullptr)
      throw spark::Error::Decline("DataFrames in a command");
    CommandContext context = ContextOf(operation, runtime, cancellation);
    const TextResult result = RunCommand(std::get<spark::Command>(statement), context);
    auto* rows = relation->mutable_local_relation();
    rows->set_data(Concatenate(EncodeTextResult(result, runtime.buffers())));
    // Arrow's schema says all but what stands beside the columns.
    if (HasMetadata(result.schema)) rows->set_schema(result.schema.json());
  }
  operation.results().Push(wire::EncodedResponse(response.SerializeAsString()));
}

}  // namespace hearth::engine
