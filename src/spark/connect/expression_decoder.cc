#include <utility>

#include "spark/connect/attribute_name.h"
#include "spark/connect/data_type_proto.h"
#include "spark/connect/decoder.h"
#include "spark/connect/expressions.pb.h"
#include "spark/connect/invalid_plan.h"
#include "spark/connect/literal_decoder.h"
#include "spark/sql/parser.h"

namespace hearth::spark {
namespace {

namespace proto = ::spark::connect;
using Message = proto::Expression;

template <typename Named>
std::optional<int64_t> PlanIdOf(const Named& message) {
  return message.has_plan_id() ? std::optional<int64_t>(message.plan_id()) : std::nullopt;
}

UnresolvedAttribute DecodeAttribute(const Message::UnresolvedAttribute& message) {
  return {ParseAttributeName(message.unparsed_identifier()), PlanIdOf(message), message.is_metadata_column()};
}

UnresolvedStar DecodeStar(const Message::UnresolvedStar& message) {
  UnresolvedStar star;
  star.plan_id = PlanIdOf(message);
  if (!message.has_unparsed_target()) return star;
  if (message.has_plan_id()) throw InvalidPlan("UNRESOLVED_STAR_WITH_BOTH_TARGET_AND_PLAN_ID");
  std::string_view target = message.unparsed_target();
  if (!target.ends_with(".*")) {
    throw InvalidPlan("UNRESOLVED_STAR_TARGET_INVALID", {{"target", message.unparsed_target()}});
  }
  target.remove_suffix(2);
  star.target = ParseAttributeName(target);
  return star;
}

// colRegex("`...`") or colRegex("t.`...`"); without quotes it is an ordinary name.
Expression::Node DecodeRegex(const Message::UnresolvedRegex& message) {
  const std::string_view name = message.col_name();
  if (name.size() > 2 && name.back() == '`') {
    if (name.front() == '`') {
      return UnresolvedRegex{std::string(name.substr(1, name.size() - 2)), {}, PlanIdOf(message)};
    }
    // Spark's pattern is greedy: the qualifier reaches up to the last ".`".
    const size_t split = name.rfind(".`", name.size() - 2);
    if (split != std::string_view::npos && split > 0 && split + 3 < name.size()) {
      return UnresolvedRegex{std::string(name.substr(split + 2, name.size() - split - 3)),
                             {std::string(name.substr(0, split))},
                             PlanIdOf(message)};
    }
  }
  return UnresolvedAttribute{ParseAttributeName(name), PlanIdOf(message), false};
}

LambdaVariable DecodeLambdaVariable(const Message::UnresolvedNamedLambdaVariable& message) {
  if (message.name_parts().empty()) throw InvalidPlan("UNRESOLVED_NAMED_LAMBDA_VARIABLE_REQUIRES_NAME_PART");
  return {{message.name_parts().begin(), message.name_parts().end()}};
}

CastMode DecodeCastMode(Message::Cast::EvalMode mode) {
  switch (mode) {
    case Message::Cast::EVAL_MODE_LEGACY: return CastMode::kLegacy;
    case Message::Cast::EVAL_MODE_TRY: return CastMode::kTry;
    default: return CastMode::kAnsi;
  }
}

}  // namespace

ExpressionPtr Decoder::DecodeExpression(const Message& message) {
  OriginPtr origin = origin_;
  if (message.has_common() && message.common().has_origin()) {
    if (OriginPtr own = DecodeOrigin(message.common().origin())) origin = std::move(own);
  }
  OriginPtr outer = std::exchange(origin_, origin);
  Expression::Node node = DecodeExpressionNode(message);
  origin_ = std::move(outer);
  return MakeExpression(std::move(node), std::move(origin));
}

Expression::Node Decoder::DecodeExpressionNode(const Message& message) {
  switch (message.expr_type_case()) {
    case Message::kLiteral: return DecodeLiteral(message.literal());
    case Message::kUnresolvedAttribute: return DecodeAttribute(message.unresolved_attribute());
    case Message::kUnresolvedFunction: return DecodeFunction(message.unresolved_function());
    case Message::kExpressionString: return ExpressionString{message.expression_string().expression()};
    case Message::kUnresolvedStar: return DecodeStar(message.unresolved_star());
    case Message::kAlias: return DecodeAlias(message.alias());
    case Message::kCast: return DecodeCast(message.cast());
    case Message::kUnresolvedRegex: return DecodeRegex(message.unresolved_regex());
    case Message::kSortOrder: return DecodeSortOrder(message.sort_order());
    case Message::kLambdaFunction: return DecodeLambda(message.lambda_function());
    case Message::kWindow: return DecodeWindow(message.window());
    case Message::kUnresolvedExtractValue:
      return ExtractValue{DecodeExpression(message.unresolved_extract_value().child()),
                          DecodeExpression(message.unresolved_extract_value().extraction())};
    case Message::kUnresolvedNamedLambdaVariable:
      return DecodeLambdaVariable(message.unresolved_named_lambda_variable());
    case Message::kCallFunction:
      return FunctionCall{.name = ParseIdentifier(message.call_function().function_name()),
                          .arguments = DecodeExpressions(message.call_function().arguments())};
    case Message::kNamedArgumentExpression:
      return NamedArgument{message.named_argument_expression().key(),
                           DecodeExpression(message.named_argument_expression().value())};
    case Message::kSubqueryExpression: return DecodeSubquery(message.subquery_expression());
    case Message::kUpdateFields: return UnsupportedExpression{"Column.withField and Column.dropFields"};
    case Message::kCommonInlineUserDefinedFunction: return UnsupportedExpression{"user-defined functions"};
    case Message::kTypedAggregateExpression: return UnsupportedExpression{"typed aggregators"};
    case Message::kMergeAction: return UnsupportedExpression{"MERGE INTO"};
    case Message::kDirectShufflePartitionId: return UnsupportedExpression{"repartitionById"};
    case Message::kExtension: return UnsupportedExpression{"expression plugins"};
    case Message::EXPR_TYPE_NOT_SET: break;
  }
  throw OneOfNotSet("spark.connect.Expression", "EXPRTYPE_NOT_SET");
}

Expression::Node Decoder::DecodeFunction(const Message::UnresolvedFunction& message) {
  FunctionCall call;
  // Only a function that a user registered may be named with its catalog and schema here.
  call.name = message.is_user_defined_function() ? ParseIdentifier(message.function_name())
                                                 : std::vector<std::string>{message.function_name()};
  call.arguments = DecodeExpressions(message.arguments());
  call.is_distinct = message.is_distinct();
  // Clients until 4.0 do not tell, but have this one function that SQL has not.
  call.is_internal = message.has_is_internal() ? message.is_internal() : message.function_name() == "product";
  return call;
}

Expression::Node Decoder::DecodeAlias(const Message::Alias& message) {
  if (message.name_size() != 1 && message.has_metadata()) {
    throw InvalidPlan("ALIAS_WITH_MULTIPLE_IDENTIFIERS_AND_METADATA");
  }
  const std::string metadata = message.metadata() == "{}" ? std::string() : message.metadata();
  return Alias{DecodeExpression(message.expr()), {message.name().begin(), message.name().end()}, metadata};
}

Expression::Node Decoder::DecodeCast(const Message::Cast& message) {
  DataType type = message.has_type() ? DecodeDataType(message.type()) : ParseDataType(message.type_str());
  return CastExpression{DecodeExpression(message.expr()), std::move(type),
                        DecodeCastMode(message.eval_mode())};
}

SortOrder Decoder::DecodeSortOrder(const Message::SortOrder& message) {
  // What a client leaves unspecified is descending and nulls last: Spark's planner reads it so.
  return {DecodeExpression(message.child()),
          message.direction() == Message::SortOrder::SORT_DIRECTION_ASCENDING,
          message.null_ordering() == Message::SortOrder::SORT_NULLS_FIRST};
}

Expression::Node Decoder::DecodeLambda(const Message::LambdaFunction& message) {
  const int count = message.arguments_size();
  if (count < 1 || count > 3) {
    throw InvalidPlan("LAMBDA_FUNCTION_ARGUMENT_COUNT_INVALID", {{"got", std::to_string(count)}});
  }
  LambdaFunction lambda;
  for (const auto& argument : message.arguments())
    lambda.parameters.push_back(DecodeLambdaVariable(argument).parts.front());
  lambda.body = DecodeExpression(message.function());
  return lambda;
}

FrameBound Decoder::DecodeFrameBound(const Message::Window::WindowFrame::FrameBoundary& message) {
  using Boundary = Message::Window::WindowFrame::FrameBoundary;
  switch (message.boundary_case()) {
    case Boundary::kCurrentRow: return {FrameBound::Kind::kCurrentRow, nullptr};
    // The caller knows which side it is.
    case Boundary::kUnbounded: return {FrameBound::Kind::kUnboundedPreceding, nullptr};
    case Boundary::kValue: return {FrameBound::Kind::kValue, DecodeExpression(message.value())};
    case Boundary::BOUNDARY_NOT_SET: break;
  }
  throw OneOfNotSet("spark.connect.Expression.Window.WindowFrame.FrameBoundary", "BOUNDARY_NOT_SET");
}

Expression::Node Decoder::DecodeWindow(const Message::Window& message) {
  if (!message.has_window_function()) throw InvalidPlan("WINDOW_FUNCTION_REQUIRED");
  WindowExpression window;
  window.function = DecodeExpression(message.window_function());
  window.partition_by = DecodeExpressions(message.partition_spec());
  for (const auto& order : message.order_spec()) window.order_by.push_back(DecodeSortOrder(order));
  if (!message.has_frame_spec()) return window;

  const auto& spec = message.frame_spec();
  using FrameMessage = Message::Window::WindowFrame;
  if (spec.frame_type() == FrameMessage::FRAME_TYPE_UNDEFINED) {
    throw InvalidEnum("spark.connect.Expression.Window.WindowFrame.FrameType", "FRAME_TYPE_UNDEFINED", 0);
  }
  if (!spec.has_lower()) throw InvalidPlan("LOWER_BOUND_REQUIRED_IN_WINDOW_FRAME");
  if (!spec.has_upper()) throw InvalidPlan("UPPER_BOUND_REQUIRED_IN_WINDOW_FRAME");
  WindowFrame frame;
  frame.rows = spec.frame_type() == FrameMessage::FRAME_TYPE_ROW;
  frame.lower = DecodeFrameBound(spec.lower());
  frame.upper = DecodeFrameBound(spec.upper());
  if (frame.upper.kind == FrameBound::Kind::kUnboundedPreceding)
    frame.upper.kind = FrameBound::Kind::kUnboundedFollowing;
  window.frame = std::move(frame);
  return window;
}

ExpressionList Decoder::DecodeExpressions(const ::google::protobuf::RepeatedPtrField<Message>& messages) {
  ExpressionList list;
  list.reserve(static_cast<size_t>(messages.size()));
  for (const Message& message : messages) list.push_back(DecodeExpression(message));
  return list;
}

ExpressionList Decoder::DecodeSortOrders(
    const ::google::protobuf::RepeatedPtrField<Message::SortOrder>& messages) {
  ExpressionList list;
  list.reserve(static_cast<size_t>(messages.size()));
  for (const auto& message : messages) list.push_back(MakeExpression(DecodeSortOrder(message), origin_));
  return list;
}

}  // namespace hearth::spark
