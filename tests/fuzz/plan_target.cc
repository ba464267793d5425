// Encoded plans: read, decoded, and taken through what the gateway and the engine do with them.
#include <spark/connect/base.pb.h>

#include <optional>
#include <type_traits>

#include "fuzz_target.h"
#include "gateway/plan_facts.h"
#include "golden_sql.h"
#include "journey.h"
#include "proto_mutation.h"
#include "spark/connect/plan_decoder.h"
#include "spark/error.h"
#include "wire/request.h"

namespace hearth::fuzz {
namespace {

namespace proto = ::spark::connect;

constexpr size_t kPlanBytesMax = size_t{1} << 20;

void Decode(std::string_view input) {
  const grpc::Slice plan = wire::UnwrapPlan(grpc::Slice(input.data(), input.size()), kPlanBytesMax);
  proto::Plan message;
  wire::DecodeMessage(plan, &message);
  gateway::FactsOf(message);
  const auto decoded = spark::DecodePlan(message);
  if (const auto* relation = std::get_if<spark::RelationPtr>(&decoded)) return Travel(*relation);
  const auto& command = std::get<spark::ConnectCommand>(decoded);
  if (const auto* sql = std::get_if<spark::SqlCommand>(&command)) return Travel(sql->input);
  std::visit(
      [](const auto& one) {
        if constexpr (std::is_constructible_v<spark::Command, decltype(one)>) Travel(spark::Command(one));
      },
      command);
}

}  // namespace

const char* const kTargetName = "plan";

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  Random random(1);
  const auto add = [&](const proto::Plan& plan) { seeds.push_back(plan.SerializeAsString()); };
  // Every relation, expression and command that there is, a few times.
  const auto* relations = proto::Relation::descriptor()->FindOneofByName("rel_type");
  const auto* expressions = proto::Expression::descriptor()->FindOneofByName("expr_type");
  const auto* commands = proto::Command::descriptor()->FindOneofByName("command_type");
  constexpr int kEach = 4;
  constexpr int kDepth = 5;
  const auto fill_choice = [&](google::protobuf::Message* message, const google::protobuf::FieldDescriptor* choice) {
    FillMessage(message->GetReflection()->MutableMessage(message, choice), kDepth, random);
  };
  for (int i = 0; i < kEach * relations->field_count(); ++i) {
    proto::Plan plan;
    fill_choice(plan.mutable_root(), relations->field(i / kEach));
    add(plan);
  }
  for (int i = 0; i < kEach * expressions->field_count(); ++i) {
    proto::Plan plan;
    auto* project = plan.mutable_root()->mutable_project();
    project->mutable_input()->mutable_sql()->set_query("SELECT * FROM t");
    const auto* choice = expressions->field(i / kEach);
    if (choice->message_type() != nullptr) fill_choice(project->add_expressions(), choice);
    add(plan);
  }
  for (int i = 0; i < kEach * commands->field_count(); ++i) {
    proto::Plan plan;
    fill_choice(plan.mutable_command(), commands->field(i / kEach));
    add(plan);
  }
  const std::vector<std::string> texts = GoldenTexts();
  for (size_t i = 0; i < texts.size(); i += 10) {
    proto::Plan plan;
    plan.mutable_root()->mutable_sql()->set_query(texts[i]);
    add(plan);
  }
  return seeds;
}

void TakeInput(std::string_view input) {
  try {
    Decode(input);
  } catch (const spark::Error&) {
    // No plan, or one that Spark refuses too, or a decline.
  }
}

std::string Mutate(std::string input, Random& random) {
  return MutateMessage(std::move(input), proto::Plan::default_instance(), random);
}

}  // namespace hearth::fuzz
