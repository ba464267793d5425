#include "spark/connect/plan_decoder.h"

#include <utility>

#include "base/check.h"
#include "spark/connect/base.pb.h"
#include "spark/connect/commands.pb.h"
#include "spark/connect/decoder.h"
#include "spark/connect/invalid_plan.h"
#include "spark/connect/relations.pb.h"
#include "spark/connect/schema_text.h"
#include "spark/sql/parser.h"

// Older clients send the fields that the protocol calls deprecated.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace hearth::spark {
namespace {

namespace proto = ::spark::connect;

// A 3.5 client puts the text into the command itself; a 4.x client sends the relation.
SqlCommand DecodeSqlCommand(const proto::SqlCommand& message) {
  if (message.has_input()) {
    const proto::Relation& input = message.input();
    if (!input.has_sql() && !input.has_with_relations()) {
      throw InvalidPlan("SQL_COMMAND_EXPECTS_SQL_OR_WITH_RELATIONS", {{"other", "another relation"}});
    }
    return {DecodeRelation(input)};
  }
  proto::Relation relation;
  proto::SQL& sql = *relation.mutable_sql();
  sql.set_query(message.sql());
  *sql.mutable_args() = message.args();
  *sql.mutable_pos_args() = message.pos_args();
  *sql.mutable_named_arguments() = message.named_arguments();
  *sql.mutable_pos_arguments() = message.pos_arguments();
  return {DecodeRelation(relation)};
}

CreateView DecodeCreateView(const proto::CreateDataFrameViewCommand& message) {
  CreateView view;
  view.name = ParseIdentifier(message.name());
  view.plan = DecodeRelation(message.input());
  view.replace = message.replace();
  view.is_global = message.is_global();
  return view;
}

PropertyList DecodeProperties(const ::google::protobuf::Map<std::string, std::string>& map) {
  PropertyList properties;
  for (const auto& [key, value] : map) properties.emplace_back(key, value);
  return properties;
}

TableOptions OptionsOf(const proto::WriteOperation& message) {
  TableOptions options;
  if (!message.source().empty()) options.provider = message.source();
  options.partition_columns = {message.partitioning_columns().begin(), message.partitioning_columns().end()};
  options.options = DecodeProperties(message.options());
  return options;
}

SaveMode ModeOf(const proto::WriteOperation& message) {
  switch (message.mode()) {
    case proto::WriteOperation::SAVE_MODE_APPEND: return SaveMode::kAppend;
    case proto::WriteOperation::SAVE_MODE_OVERWRITE: return SaveMode::kOverwrite;
    case proto::WriteOperation::SAVE_MODE_IGNORE: return SaveMode::kIgnore;
    default: return SaveMode::kErrorIfExists;
  }
}

// DataFrame.write.
ConnectCommand DecodeWrite(const proto::WriteOperation& message) {
  using Save = proto::WriteOperation::SaveTable;
  if (message.sort_column_names_size() > 0 || message.has_bucket_by() ||
      message.clustering_columns_size() > 0)
    return UnsupportedCommand{"DataFrame.write.bucketBy, sortBy and clusterBy"};
  if (!message.has_table()) {
    WriteFiles write{ModeOf(message), OptionsOf(message), DecodeRelation(message.input())};
    if (message.has_path()) write.options.location = message.path();
    return write;
  }
  std::vector<std::string> name = ParseIdentifier(message.table().table_name());
  RelationPtr query = DecodeRelation(message.input());
  if (message.table().save_method() == Save::TABLE_SAVE_METHOD_INSERT_INTO) {
    if (message.partitioning_columns_size() > 0) {
      throw Error(ExceptionKind::kAnalysis, "PARTITION_BY_NOT_ALLOWED_WITH_INSERT_INTO",
                  {{"tableName", message.table().table_name()}});
    }
    if (!message.options().empty()) return UnsupportedCommand{"DataFrame.write.insertInto with options"};
    InsertInto insert;
    insert.table = MakeRelation(NamedTable{std::move(name), {}});
    insert.query = std::move(query);
    insert.overwrite = message.mode() == proto::WriteOperation::SAVE_MODE_OVERWRITE;
    return insert;
  }
  if (message.table().save_method() != Save::TABLE_SAVE_METHOD_SAVE_AS_TABLE)
    return UnsupportedCommand{"this way of DataFrame.write"};
  return SaveAsTable{std::move(name), ModeOf(message), OptionsOf(message), std::move(query)};
}

// DataFrame.writeTo(..).create(), createOrReplace() and replace(). The session catalog has no other tables
// than Spark's V1, which take nothing else.
ConnectCommand DecodeWriteTo(const proto::WriteOperationV2& message) {
  using Mode = proto::WriteOperationV2;
  const bool replaces =
      message.mode() == Mode::MODE_REPLACE || message.mode() == Mode::MODE_CREATE_OR_REPLACE;
  const bool is_plain = message.partitioning_columns().empty() && message.clustering_columns().empty();
  if ((message.mode() != Mode::MODE_CREATE && !replaces) || !is_plain)
    return UnsupportedCommand{"DataFrame.writeTo"};
  CreateTable create;
  create.name = ParseIdentifier(message.table_name());
  create.replace = replaces;
  create.query = DecodeRelation(message.input());
  if (!message.provider().empty()) create.options.provider = message.provider();
  create.options.options = DecodeProperties(message.options());
  create.options.properties = DecodeProperties(message.table_properties());
  return create;
}

}  // namespace

RelationPtr DecodeRelation(const proto::Relation& message) { return Decoder().DecodeRelation(message); }

std::optional<CheckpointCommand> DecodeCheckpoint(const proto::Command& message) {
  if (message.has_checkpoint_command()) {
    const auto& checkpoint = message.checkpoint_command();
    return Checkpoint{DecodeRelation(checkpoint.relation()), checkpoint.local(), checkpoint.eager()};
  }
  if (message.has_remove_cached_remote_relation_command()) {
    return RemoveCachedRemoteRelation{
        message.remove_cached_remote_relation_command().relation().relation_id()};
  }
  return std::nullopt;
}

ConnectCommand DecodeCommand(const proto::Command& message) {
  using Message = proto::Command;
  switch (message.command_type_case()) {
    case Message::kSqlCommand: return DecodeSqlCommand(message.sql_command());
    case Message::kCreateDataframeView: return DecodeCreateView(message.create_dataframe_view());
    case Message::kRegisterFunction: return UnsupportedCommand{"user-defined functions"};
    case Message::kWriteOperation: return DecodeWrite(message.write_operation());
    case Message::kWriteOperationV2: return DecodeWriteTo(message.write_operation_v2());
    case Message::kWriteStreamOperationStart: return UnsupportedCommand{"streaming queries"};
    case Message::kStreamingQueryCommand: return UnsupportedCommand{"streaming queries"};
    case Message::kGetResourcesCommand: return UnsupportedCommand{"SparkContext.resources"};
    case Message::kStreamingQueryManagerCommand: return UnsupportedCommand{"streaming queries"};
    case Message::kRegisterTableFunction: return UnsupportedCommand{"user-defined table functions"};
    case Message::kStreamingQueryListenerBusCommand: return UnsupportedCommand{"streaming query listeners"};
    case Message::kRegisterDataSource: return UnsupportedCommand{"user-defined data sources"};
    case Message::kCreateResourceProfileCommand: return UnsupportedCommand{"resource profiles"};
    case Message::kCheckpointCommand: return UnsupportedCommand{"DataFrame.checkpoint"};
    case Message::kRemoveCachedRemoteRelationCommand: return UnsupportedCommand{"checkpointed DataFrames"};
    case Message::kMergeIntoTableCommand: return UnsupportedCommand{"MERGE INTO"};
    case Message::kMlCommand: return UnsupportedCommand{"machine learning"};
    case Message::kExecuteExternalCommand: return UnsupportedCommand{"external commands"};
    case Message::kPipelineCommand: return UnsupportedCommand{"declarative pipelines"};
    case Message::kExtension:
      throw InvalidPlan("NO_HANDLER_FOR_EXTENSION", {{"extensionTypeUrl", message.extension().type_url()}});
    case Message::COMMAND_TYPE_NOT_SET: break;
  }
  throw OneOfNotSet("spark.connect.Command", "COMMANDTYPE_NOT_SET");
}

std::variant<RelationPtr, ConnectCommand> DecodePlan(const proto::Plan& message) {
  switch (message.op_type_case()) {
    case proto::Plan::kRoot: return DecodeRelation(message.root());
    case proto::Plan::kCommand: return DecodeCommand(message.command());
    case proto::Plan::kCompressedOperation:
      HEARTH_CHECK(false) << "a compressed plan reached the decoder";
      break;
    case proto::Plan::OP_TYPE_NOT_SET: break;
  }
  throw OneOfNotSet("spark.connect.Plan", "OPTYPE_NOT_SET");
}

LocalRelation DecodeLocalRelation(std::string_view encoded) {
  proto::LocalRelation message;
  if (!message.ParseFromArray(encoded.data(), static_cast<int>(encoded.size()))) {
    throw Error(ExceptionKind::kInvalidPlanInput, "CONNECT_INVALID_PLAN.CANNOT_PARSE",
                {{"errorMsg", "a cached local relation is no spark.connect.LocalRelation"}});
  }
  LocalRelation local;
  if (!message.data().empty()) {
    local.blocks.push_back(std::make_shared<const std::string>(std::move(*message.mutable_data())));
  } else if (message.schema().empty()) {
    throw InvalidPlan("SCHEMA_REQUIRED_FOR_LOCAL_RELATION");
  }
  local.schema_text = message.schema();
  if (!message.schema().empty()) local.schema = ParseLocalSchema(message.schema());
  return local;
}

}  // namespace hearth::spark
