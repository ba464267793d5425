#include "spark/connect/plan_decoder.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

#include "spark/connect/base.pb.h"
#include "spark/error.h"

namespace hearth::spark {
namespace {

namespace proto = ::spark::connect;

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

RelationPtr Decode(const std::string& text) { return DecodeRelation(Parse<proto::Relation>(text)); }

// The one expression of a projection without input. It lives as long as the tests, who look into it.
ExpressionPtr DecodeOne(const std::string& expression) {
  static auto& kept = *new std::vector<ExpressionPtr>();
  const RelationPtr relation = Decode("project { expressions { " + expression + " } }");
  const auto* project = relation->As<Project>();
  EXPECT_EQ(project->input, nullptr);
  EXPECT_EQ(project->expressions.size(), 1U);
  kept.push_back(project->expressions.at(0));
  return kept.back();
}

std::string ConditionOf(const std::string& relation) {
  try {
    Decode(relation);
  } catch (const Error& error) {
    return error.condition();
  }
  return "none";
}

constexpr char kRange[] = "range { end: 3 step: 1 }";

TEST(PlanDecoder, RangeKeepsPlanId) {
  const RelationPtr relation =
      Decode("common { plan_id: 7 } range { start: -2 end: 3 step: 1 num_partitions: 4 }");
  const auto* range = relation->As<Range>();
  ASSERT_NE(range, nullptr);
  EXPECT_EQ(range->start, -2);
  EXPECT_EQ(range->end, 3);
  EXPECT_EQ(range->num_partitions, 4);
  EXPECT_EQ(relation->plan_id, 7);
}

TEST(PlanDecoder, AttributeNames) {
  EXPECT_EQ(DecodeOne("unresolved_attribute { unparsed_identifier: 'a.`b.``c`' plan_id: 3 }")
                ->As<UnresolvedAttribute>()
                ->parts,
            (std::vector<std::string>{"a", "b.`c"}));
  EXPECT_EQ(ConditionOf("project { expressions { unresolved_attribute { unparsed_identifier: '`a' } } }"),
            "INVALID_ATTRIBUTE_NAME_SYNTAX");
  EXPECT_EQ(ConditionOf("project { expressions { unresolved_attribute { unparsed_identifier: 'a..b' } } }"),
            "INVALID_ATTRIBUTE_NAME_SYNTAX");
}

TEST(PlanDecoder, StarAndRegex) {
  EXPECT_EQ(DecodeOne("unresolved_star { unparsed_target: 't.*' }")->As<UnresolvedStar>()->target,
            std::vector<std::string>{"t"});
  EXPECT_EQ(ConditionOf("project { expressions { unresolved_star { unparsed_target: 't' } } }"),
            "CONNECT_INVALID_PLAN.UNRESOLVED_STAR_TARGET_INVALID");
  EXPECT_EQ(DecodeOne("unresolved_regex { col_name: '`a.*`' }")->As<UnresolvedRegex>()->pattern, "a.*");
  EXPECT_EQ(DecodeOne("unresolved_regex { col_name: 't.`a.*`' }")->As<UnresolvedRegex>()->table,
            std::vector<std::string>{"t"});
  EXPECT_EQ(DecodeOne("unresolved_regex { col_name: 'a' }")->As<UnresolvedAttribute>()->parts,
            std::vector<std::string>{"a"});
}

TEST(PlanDecoder, DecimalLiteralTakesTheWiderType) {
  const auto* exact = DecodeOne("literal { decimal { value: '-1.50' } }")->As<Literal>();
  EXPECT_EQ(exact->type, DataType::Decimal(3, 2));
  EXPECT_EQ(exact->value.As<Decimal>().unscaled, -150);
  const auto* wide = DecodeOne("literal { decimal { value: '1.5' precision: 10 scale: 3 } }")->As<Literal>();
  EXPECT_EQ(wide->type, DataType::Decimal(10, 3));
  EXPECT_EQ(wide->value.As<Decimal>().unscaled, 1500);
  EXPECT_EQ(DecodeOne("literal { decimal { value: '1E+3' } }")->As<Literal>()->type, DataType::Decimal(4, 0));
  EXPECT_EQ(DecodeOne("literal { decimal { value: '0.001' } }")->As<Literal>()->type,
            DataType::Decimal(3, 3));
}

TEST(PlanDecoder, NestedLiterals) {
  const auto* array = DecodeOne(R"(literal { array { element_type { integer {} } elements { integer: 1 }
                                             elements { null { integer {} } } } })")
                          ->As<Literal>();
  EXPECT_EQ(array->type, DataType::Array(DataType::Integer(), true));
  ASSERT_EQ(array->value.As<ValueList>().items.size(), 2U);
  EXPECT_EQ(array->value.As<ValueList>().items[0].As<int64_t>(), 1);
  EXPECT_TRUE(array->value.As<ValueList>().items[1].IsNull());
  EXPECT_EQ(ConditionOf("project { expressions { literal { array { elements { integer: 1 } } } } }"),
            "CONNECT_INVALID_PLAN.ARRAY_LITERAL_MISSING_DATA_TYPE");
}

TEST(PlanDecoder, OriginsReachExpressionsBelow) {
  const ExpressionPtr divide = DecodeOne(R"(
      common { origin { python_origin { fragment: "divide" call_site: "a.py:3" } } }
      unresolved_function { function_name: "/" arguments { literal { integer: 1 } }
        arguments { common { origin { python_origin { fragment: "col" call_site: "a.py:4" } } }
                    unresolved_attribute { unparsed_identifier: "a" } } })");
  ASSERT_NE(divide->origin, nullptr);
  EXPECT_EQ(divide->origin->fragment, "divide");
  const auto& arguments = divide->As<FunctionCall>()->arguments;
  EXPECT_EQ(arguments.at(0)->origin->fragment, "divide");
  EXPECT_EQ(arguments.at(1)->origin->call_site, "a.py:4");
}

TEST(PlanDecoder, WindowFrame) {
  const auto* window = DecodeOne(R"(window {
      window_function { unresolved_function { function_name: "sum" arguments { literal { integer: 1 } } } }
      order_spec { child { literal { integer: 1 } } direction: SORT_DIRECTION_ASCENDING null_ordering: SORT_NULLS_FIRST }
      frame_spec { frame_type: FRAME_TYPE_ROW lower { unbounded: true } upper { value { literal { integer: 2 } } } } })")
                           ->As<WindowExpression>();
  ASSERT_TRUE(window->frame.has_value());
  EXPECT_TRUE(window->frame->rows);
  EXPECT_EQ(window->frame->lower.kind, FrameBound::Kind::kUnboundedPreceding);
  EXPECT_EQ(window->frame->upper.kind, FrameBound::Kind::kValue);
  EXPECT_TRUE(window->order_by.at(0).nulls_first);
}

TEST(PlanDecoder, SubqueriesFindTheirPlan) {
  const RelationPtr relation = Decode(R"(common { plan_id: 10 } with_relations {
      root { common { plan_id: 9 } project { input { range { end: 1 step: 1 } }
        expressions { subquery_expression { plan_id: 5 subquery_type: SUBQUERY_TYPE_SCALAR } } } }
      references { common { plan_id: 5 } range { end: 42 step: 1 } } })");
  const auto* with = relation->As<WithRelations>();
  ASSERT_NE(with, nullptr);
  const auto* subquery = with->root->As<Project>()->expressions.at(0)->As<SubqueryExpression>();
  ASSERT_NE(subquery, nullptr);
  EXPECT_EQ(subquery->plan->As<Range>()->end, 42);
}

TEST(PlanDecoder, SubqueryOfItselfIsAnError) {
  EXPECT_EQ(ConditionOf(R"(with_relations {
      root { project { expressions { subquery_expression { plan_id: 5 subquery_type: SUBQUERY_TYPE_SCALAR } } } }
      references { common { plan_id: 5 } project { expressions {
        subquery_expression { plan_id: 5 subquery_type: SUBQUERY_TYPE_SCALAR } } } } })"),
            "INTERNAL_ERROR");
}

TEST(PlanDecoder, SqlTextKeepsNamedReferences) {
  const RelationPtr relation = Decode(R"(with_relations {
      root { sql { query: "SELECT * FROM v WHERE id < :n"
                   named_arguments { key: "n" value { literal { integer: 2 } } } } }
      references { subquery_alias { alias: "v" input { range { end: 3 step: 1 } } } } })");
  const auto* with = relation->As<WithRelations>();
  ASSERT_NE(with, nullptr);
  EXPECT_EQ(with->references.at(0)->As<SubqueryAlias>()->alias, "v");
  EXPECT_EQ(with->root->As<SqlText>()->named_arguments.count("n"), 1U);
}

TEST(PlanDecoder, WhatNoClientMaySend) {
  const std::string range = kRange;
  EXPECT_EQ(ConditionOf(""), "CONNECT_INVALID_PLAN.INVALID_ONE_OF_FIELD_NOT_SET");
  EXPECT_EQ(ConditionOf("join { left { " + range + " } right { " + range + " } }"),
            "CONNECT_INVALID_PLAN.INVALID_ENUM");
  EXPECT_EQ(ConditionOf("set_op { left_input { " + range + " } set_op_type: SET_OP_TYPE_UNION }"),
            "CONNECT_INVALID_PLAN.SET_OPERATION_MUST_HAVE_TWO_INPUTS");
  EXPECT_EQ(ConditionOf("sort { input { " + range + " } }"), "CONNECT_INVALID_PLAN.ASSERTION_FAILURE");
  EXPECT_EQ(ConditionOf("deduplicate { input { " + range + " } }"),
            "CONNECT_INVALID_PLAN.DEDUPLICATE_REQUIRES_COLUMNS_OR_ALL");
  EXPECT_EQ(ConditionOf("local_relation { }"), "CONNECT_INVALID_PLAN.SCHEMA_REQUIRED_FOR_LOCAL_RELATION");
  EXPECT_EQ(ConditionOf("project { expressions { literal { } } }"),
            "CONNECT_INVALID_PLAN.UNSUPPORTED_LITERAL_TYPE");
}

TEST(PlanDecoder, WhatIsNotRunHereDecodesToItsName) {
  EXPECT_EQ(Decode("crosstab { col1: 'a' col2: 'b' }")->As<UnsupportedRelation>()->what,
            "DataFrame.crosstab");
  EXPECT_EQ(DecodeOne("common_inline_user_defined_function { }")->As<UnsupportedExpression>()->what,
            "user-defined functions");
}

// Every kind of relation that the protocol has either decodes or is declined by name: none reads as "not
// set".
TEST(PlanDecoder, KnowsEveryKindOfRelation) {
  const auto* oneof = proto::Relation::descriptor()->FindOneofByName("rel_type");
  for (int i = 0; i < oneof->field_count(); ++i) {
    if (oneof->field(i)->name() == "unknown") continue;
    proto::Relation relation;
    relation.GetReflection()->MutableMessage(&relation, oneof->field(i));
    try {
      DecodeRelation(relation);
    } catch (const Error& error) {
      const auto& parameters = error.parameters();
      const auto name = parameters.find("fullName");
      const bool inner =
          relation.ByteSizeLong() > 3 || name == parameters.end() || name->second != "spark.connect.Relation";
      // An empty message lacks its input, which is the error of the relation below it.
      EXPECT_TRUE(inner || oneof->field(i)->message_type()->FindFieldByName("input") ||
                  oneof->field(i)->message_type()->FindFieldByName("root") ||
                  oneof->field(i)->message_type()->FindFieldByName("left"))
          << oneof->field(i)->name() << ": " << error.message();
    }
  }
}

TEST(PlanDecoder, KnowsEveryKindOfExpression) {
  const auto* oneof = proto::Expression::descriptor()->FindOneofByName("expr_type");
  for (int i = 0; i < oneof->field_count(); ++i) {
    proto::Relation relation;
    auto* expression = relation.mutable_project()->add_expressions();
    auto* inner = expression->GetReflection()->MutableMessage(expression, oneof->field(i));
    // Fill what is itself an expression, so that only an unknown outer kind can read as "not set".
    for (int f = 0; f < inner->GetDescriptor()->field_count(); ++f) {
      const auto* field = inner->GetDescriptor()->field(f);
      if (field->is_repeated() || field->message_type() != proto::Expression::descriptor()) continue;
      static_cast<proto::Expression*>(inner->GetReflection()->MutableMessage(inner, field))
          ->mutable_literal()
          ->set_integer(1);
    }
    try {
      DecodeRelation(relation);
    } catch (const Error& error) {
      const auto name = error.parameters().find("fullName");
      EXPECT_TRUE(name == error.parameters().end() || name->second != "spark.connect.Expression")
          << oneof->field(i)->name() << ": " << error.message();
    }
  }
}

TEST(PlanDecoder, KnowsEveryCommand) {
  const auto* oneof = proto::Command::descriptor()->FindOneofByName("command_type");
  for (int i = 0; i < oneof->field_count(); ++i) {
    proto::Command command;
    command.GetReflection()->MutableMessage(&command, oneof->field(i));
    try {
      DecodeCommand(command);
    } catch (const Error& error) {
      const auto name = error.parameters().find("fullName");
      EXPECT_TRUE(name == error.parameters().end() || name->second != "spark.connect.Command")
          << oneof->field(i)->name();
    }
  }
}

TEST(PlanDecoder, DeepPlans) {
  proto::Relation relation;
  relation.mutable_range()->set_end(1);
  for (int i = 0; i < 400; ++i) {
    proto::Relation outer;
    outer.mutable_limit()->mutable_input()->Swap(&relation);
    outer.mutable_limit()->set_limit(i);
    relation.Swap(&outer);
  }
  int depth = 0;
  for (RelationPtr at = DecodeRelation(relation); at->As<Limit>() != nullptr; at = at->As<Limit>()->input)
    ++depth;
  EXPECT_EQ(depth, 400);
}

TEST(PlanDecoder, SqlCommandOfOldAndNewClients) {
  const auto old_form =
      DecodeCommand(Parse<proto::Command>("sql_command { sql: 'SELECT ?' pos_args { integer: 1 } }"));
  const auto* text = std::get<SqlCommand>(old_form).input->As<SqlText>();
  ASSERT_NE(text, nullptr);
  EXPECT_EQ(text->query, "SELECT ?");
  EXPECT_EQ(text->positional_arguments.size(), 1U);
  const auto new_form =
      DecodeCommand(Parse<proto::Command>("sql_command { input { sql { query: 'SELECT 1' } } }"));
  EXPECT_EQ(std::get<SqlCommand>(new_form).input->As<SqlText>()->query, "SELECT 1");
}

}  // namespace
}  // namespace hearth::spark
