#include "engine/service/analyze_call.h"

#include <utility>
#include <variant>

#include "engine/service/explain.h"
#include "engine/service/plan_inspection.h"
#include "engine/service/schema_ddl.h"
#include "engine/service/session_environment.h"
#include "engine/service/shown_relation.h"
#include "spark/connect/base.pb.h"
#include "spark/connect/data_type_proto.h"
#include "spark/connect/invalid_plan.h"
#include "spark/connect/plan_decoder.h"
#include "spark/error.h"
#include "wire/connect_server.h"
#include "wire/protocol_error.h"
#include "wire/request.h"

namespace hearth::engine {
namespace {

namespace proto = ::spark::connect;
using Request = proto::AnalyzePlanRequest;
using Response = proto::AnalyzePlanResponse;

spark::ExplainCommand::Mode ModeOf(Request::Explain::ExplainMode mode) {
  using Mode = spark::ExplainCommand::Mode;
  switch (mode) {
    case Request::Explain::EXPLAIN_MODE_SIMPLE: return Mode::kSimple;
    case Request::Explain::EXPLAIN_MODE_EXTENDED: return Mode::kExtended;
    case Request::Explain::EXPLAIN_MODE_CODEGEN: return Mode::kCodegen;
    case Request::Explain::EXPLAIN_MODE_COST: return Mode::kCost;
    case Request::Explain::EXPLAIN_MODE_FORMATTED: return Mode::kFormatted;
    default: break;
  }
  const std::string& name = Request::Explain::ExplainMode_Name(mode);
  throw wire::JavaError(spark::ExceptionKind::kJavaUnsupportedOperation,
                        "Unknown Explain Mode " + (name.empty() ? "UNRECOGNIZED" : name) + "!");
}

StorageLevel DecodeLevel(const proto::StorageLevel& level) {
  return {level.use_disk(), level.use_memory(), level.use_off_heap(), level.deserialized(),
          level.replication()};
}

class Analyst {
 public:
  Analyst(wire::Session& session, EngineRuntime& runtime, const wire::Limits& limits)
      : session_(session), limits_(limits), environment_(session, runtime) {}

  Response Answer(const Request& request) {
    Response response;
    switch (request.analyze_case()) {
      case Request::kSchema:
        spark::EncodeDataType(SchemaOf(request.schema().plan()), response.mutable_schema()->mutable_schema());
        break;
      case Request::kExplain:
        response.mutable_explain()->set_explain_string(Explain(*Plan(request.explain().plan()),
                                                               ModeOf(request.explain().explain_mode()),
                                                               environment_.TimeZone()));
        break;
      case Request::kTreeString:
        response.mutable_tree_string()->set_tree_string(
            spark::TreeString(SchemaOf(request.tree_string().plan()),
                              request.tree_string().has_level() ? request.tree_string().level() : INT32_MAX));
        break;
      case Request::kIsLocal:
        response.mutable_is_local()->set_is_local(IsLocal(request.is_local().plan()));
        break;
      case Request::kIsStreaming:
        Plan(request.is_streaming().plan());
        response.mutable_is_streaming()->set_is_streaming(false);
        break;
      case Request::kInputFiles:
        response.mutable_input_files();
        for (std::string& file : InputFiles(*Plan(request.input_files().plan()))) {
          response.mutable_input_files()->add_files(std::move(file));
        }
        break;
      case Request::kSparkVersion: response.mutable_spark_version()->set_version(wire::kSparkVersion); break;
      case Request::kDdlParse:
        spark::EncodeDataType(spark::ParseDdl(request.ddl_parse().ddl_string(), environment_.ParserOptions()),
                              response.mutable_ddl_parse()->mutable_parsed());
        break;
      case Request::kJsonToDdl:
        response.mutable_json_to_ddl()->set_ddl_string(JsonToDdl(request.json_to_ddl().json_string()));
        break;
      case Request::kSameSemantics:
        response.mutable_same_semantics()->set_result(
            SemanticKey(*Plan(request.same_semantics().target_plan())) ==
            SemanticKey(*Plan(request.same_semantics().other_plan())));
        break;
      case Request::kSemanticHash:
        response.mutable_semantic_hash()->set_result(
            SemanticHash(SemanticKey(*Plan(request.semantic_hash().plan()))));
        break;
      case Request::kPersist:
        Persist(request.persist());
        response.mutable_persist();
        break;
      case Request::kUnpersist:
        levels().Unset(SemanticKey(*Plan(request.unpersist().relation())));
        response.mutable_unpersist();
        break;
      case Request::kGetStorageLevel: GetStorageLevel(request.get_storage_level(), &response); break;
      case Request::ANALYZE_NOT_SET:
        throw spark::InvalidPlan("UNKNOWN_ANALYZE_METHOD", {{"other", "ANALYZE_NOT_SET"}});
    }
    return response;
  }

 private:
  spark::RelationPtr Decode(const proto::Plan& plan) {
    if (plan.has_compressed_operation()) {
      const grpc::Slice unwrapped =
          wire::UnwrapPlan(grpc::Slice(plan.SerializeAsString()), limits_.plan_bytes_max);
      proto::Plan inner;
      wire::DecodeMessage(unwrapped, &inner, limits_.nesting_max);
      return Decode(inner);
    }
    const auto decoded = spark::DecodePlan(plan);
    if (const auto* relation = std::get_if<spark::RelationPtr>(&decoded)) return *relation;
    throw spark::OneOfNotSet("spark.connect.Relation", "RELTYPE_NOT_SET");
  }

  spark::TypedPlanPtr Plan(const proto::Plan& plan) { return environment_.Analyze(Decode(plan)); }
  spark::TypedPlanPtr Plan(const proto::Relation& relation) {
    return environment_.Analyze(spark::DecodeRelation(relation));
  }

  spark::DataType SchemaOf(const proto::Plan& plan) {
    const spark::RelationPtr relation = Decode(plan);
    const auto shown = AsShown(*relation);
    spark::DataType schema = environment_.AnalyzeSchema(shown ? shown->input : relation);
    return shown ? shown->Schema() : std::move(schema);
  }

  // Spark calls a plan local if it is nothing but rows of the client.
  bool IsLocal(const proto::Plan& plan) {
    const spark::RelationPtr relation = Decode(plan);
    environment_.Analyze(relation);
    return relation->As<spark::LocalRelation>() != nullptr ||
           relation->As<spark::CachedLocalRelation>() != nullptr;
  }

  static std::string JsonToDdl(const std::string& json) {
    const spark::DataType type = spark::DataType::FromJson(json);
    if (!type.Is(spark::TypeId::kStruct)) throw spark::Error::Decline("the DDL of a type that is no struct");
    return SchemaDdl(type);
  }

  StorageLevels& levels() { return session_.state<EngineSession>().storage_levels; }

  void Persist(const Request::Persist& request) {
    // DataFrame.persist without a level means memory and disk, deserialized.
    const StorageLevel fallback{true, true, false, true, 1};
    levels().Set(SemanticKey(*Plan(request.relation())),
                 request.has_storage_level() ? DecodeLevel(request.storage_level()) : fallback);
  }

  void GetStorageLevel(const Request::GetStorageLevel& request, Response* response) {
    const StorageLevel level = levels().Find(SemanticKey(*Plan(request.relation()))).value_or(StorageLevel());
    auto* message = response->mutable_get_storage_level()->mutable_storage_level();
    message->set_use_disk(level.use_disk);
    message->set_use_memory(level.use_memory);
    message->set_use_off_heap(level.use_off_heap);
    message->set_deserialized(level.deserialized);
    message->set_replication(level.replication);
  }

  wire::Session& session_;
  const wire::Limits& limits_;
  SessionEnvironment environment_;
};

}  // namespace

std::string AnswerAnalyze(const grpc::Slice& request, wire::Session& session, EngineRuntime& runtime,
                          const wire::Limits& limits) {
  Request message;
  wire::DecodeMessage(request, &message, limits.nesting_max);
  return Analyst(session, runtime, limits).Answer(message).SerializeAsString();
}

}  // namespace hearth::engine
