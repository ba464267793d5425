#include "spark/analysis/function_table_rules.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "spark/analysis/analyzer.h"

namespace hearth::spark {
namespace {

// Spark's ExpectsInputTypes names the first parameters by word.
std::string Ordinal(size_t i) {
  static constexpr std::array kWords = {"first", "second",  "third",  "fourth", "fifth",
                                        "sixth", "seventh", "eighth", "ninth",  "tenth"};
  return i < kWords.size() ? kWords[i] : std::to_string(i + 1) + "th";
}

// The last expectation holds for all further arguments.
const InputType& InputAt(const std::vector<InputType>& inputs, size_t i) {
  return inputs[std::min(i, inputs.size() - 1)];
}

}  // namespace

Resolution::Resolution(const FunctionEntry& table_entry, const FunctionRequest& function_request,
                       const Environment* analysis_environment)
    : entry(table_entry),
      request(function_request),
      environment(analysis_environment),
      arguments(function_request.arguments) {}

bool Resolution::AnyNullable() const {
  return std::any_of(arguments.begin(), arguments.end(),
                     [](const auto& argument) { return argument->nullable; });
}

void Resolution::Cast(size_t i, const DataType& type) {
  if (SameType(TypeOf(i), type)) return;
  // When the cast raises, Spark points at the whole call.
  TypedExpression cast = *ImplicitCast(arguments[i], type);
  cast.origin = request.origin;
  arguments[i] = std::make_shared<const TypedExpression>(std::move(cast));
}

void Resolution::CastAll(const DataType& type) {
  for (size_t i = 0; i < arguments.size(); ++i) Cast(i, type);
}

void Resolution::Default(size_t count, TypedExpressionPtr literal) {
  while (arguments.size() < count) arguments.push_back(literal);
}

void Resolution::Expect(const std::vector<InputType>& inputs) {
  HEARTH_CHECK(!inputs.empty());
  // Spark casts all that it can before it complains about the first that it cannot.
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (const auto type = InputAt(inputs, i).Convert(TypeOf(i))) Cast(i, *type);
  }
  CheckInputs(inputs);
}

void Resolution::Require(const std::vector<InputType>& inputs) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!TypeOf(i).Is(TypeId::kNull)) continue;
    if (const auto type = InputAt(inputs, i).Convert(TypeOf(i))) Cast(i, *type);
  }
  CheckInputs(inputs);
}

void Resolution::CheckInputs(const std::vector<InputType>& inputs) const {
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!InputAt(inputs, i).Accepts(TypeOf(i))) FailInput(i, InputAt(inputs, i).Text());
  }
}

TypedExpressionPtr Resolution::Shown() const {
  if (entry.name != "when") return Give(DataType::Null(), true);
  CaseWhen node;
  for (size_t i = 0; i + 1 < arguments.size(); i += 2)
    node.branches.emplace_back(arguments[i], arguments[i + 1]);
  if (arguments.size() % 2 == 1) node.otherwise = arguments.back();
  return MakeTyped(std::move(node), DataType::Null(), true, request.origin);
}

std::string Resolution::shown_name() const {
  std::string name = request.name;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (entry.has_symbol) return request.is_named ? name : "";
  if (name == entry.name) return std::string(entry.shown_as);
  for (const FunctionAlias& alias : entry.aliases) {
    if (alias.name == name && alias.keeps_name) return name;
  }
  return std::string(entry.shown_as);
}

TypedExpressionPtr Resolution::Give(DataType type, bool nullable) const {
  if (entry.function_class == FunctionClass::kScalar) {
    return MakeTyped(Call{std::string(entry.name), arguments, shown_name()}, std::move(type), nullable,
                     request.origin);
  }
  return MakeTyped(AggregateCall{std::string(entry.name), arguments, request.is_distinct, request.filter,
                                 request.order_by, request.ignore_nulls, shown_name()},
                   std::move(type), nullable, request.origin);
}

TypedExpressionPtr Resolution::Resolve(std::string name, TypedExpressionList given) const {
  const FunctionEntry* other = FindFunction(name);
  HEARTH_CHECK(other != nullptr) << "no function " << name;
  FunctionRequest inner{std::move(name), std::move(given), false, nullptr, {}, false, request.origin};
  Resolution call(*other, inner, environment);
  TypedExpressionPtr resolved = other->rule(call);
  if (!other->is_replaced) return resolved;
  return Resolution(*other, inner, environment).Give(resolved->type, resolved->nullable);
}

void Resolution::Fail(const std::string& sub_condition, Error::Parameters parameters) const {
  HEARTH_CHECK(environment != nullptr) << "an expanded call has a type error: " << sub_condition;
  parameters.emplace("sqlExpr", QuoteDouble(PrettyName(*Shown(), *environment)));
  throw Error(ExceptionKind::kExtendedAnalysis, "DATATYPE_MISMATCH." + sub_condition, std::move(parameters),
              request.origin);
}

void Resolution::FailInput(size_t i, const std::string& expected, size_t position) const {
  HEARTH_CHECK(environment != nullptr) << "an expanded call has a type error: " << expected;
  Fail("UNEXPECTED_INPUT_TYPE", {{"paramIndex", Ordinal(position)},
                                 {"requiredType", expected},
                                 {"inputSql", QuoteDouble(PrettyName(*arguments[i], *environment))},
                                 {"inputType", QuoteDouble(TypeOf(i).sql())}});
}

void Resolution::FailDifferentTypes(const TypedExpressionList& compared, bool listed) const {
  std::string types;
  for (const auto& argument : compared) {
    if (!types.empty()) types += listed ? ", " : " or ";
    types += QuoteDouble(argument->type.sql());
  }
  Fail("DATA_DIFF_TYPES", {{"functionName", QuoteIdentifier(entry.name)},
                           {"dataType", listed ? "[" + types + "]" : "(" + types + ")"}});
}

void Resolution::FailArgumentCount(const std::string& expected) const {
  std::string name = request.name;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  throw Error(ExceptionKind::kAnalysis, "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
              {{"functionName", QuoteIdentifier(name)},
               {"expectedNum", expected},
               {"actualNum", std::to_string(request.arguments.size())},
               {"docroot", "https://spark.apache.org/docs/latest"}},
              request.origin);
}

void Resolution::Decline(const std::string& what) const { throw Error::Decline(what, request.origin); }

FunctionRule Takes(std::vector<InputType> inputs, DataType result, NullRule null) {
  return [inputs = std::move(inputs), result = std::move(result), null](Resolution& call) {
    if (call.size() > 0) call.Expect(inputs);
    return call.Give(result,
                     null == NullRule::kAlways || (null == NullRule::kAnyArgument && call.AnyNullable()));
  };
}

FunctionRule TakesAndKeeps(std::vector<InputType> inputs, size_t i, NullRule null) {
  return [inputs = std::move(inputs), i, null](Resolution& call) {
    call.Expect(inputs);
    return call.Give(call.TypeOf(i),
                     null == NullRule::kAlways || (null == NullRule::kAnyArgument && call.AnyNullable()));
  };
}

DataType Merge(Resolution& call, bool strings_promote, bool listed, size_t first) {
  DataType merged = DataType::Null();
  const TypedExpressionList compared(call.arguments.begin() + static_cast<std::ptrdiff_t>(first),
                                     call.arguments.end());
  for (const auto& argument : compared) {
    const auto wider =
        strings_promote ? WiderType(merged, argument->type) : WiderTypeWithoutStrings(merged, argument->type);
    if (!wider) {
      // Spark merges structs by position, whatever their fields are called.
      if (merged.Is(TypeId::kStruct) && argument->type.Is(TypeId::kStruct))
        call.Decline("structs of different types");
      call.FailDifferentTypes(compared, listed);
    }
    merged = *wider;
  }
  for (size_t i = first; i < call.size(); ++i) call.Cast(i, merged);
  return merged;
}

TypedExpressionPtr IntegerConstant(int32_t value) {
  return MakeTyped(Constant{Value{int64_t{value}}}, DataType::Integer(), false);
}

TypedExpressionPtr StringConstant(std::string value) {
  return MakeTyped(Constant{Value{std::move(value)}}, DataType::String(), false);
}

TypedExpressionPtr BooleanConstant(bool value) {
  return MakeTyped(Constant{Value{value}}, DataType::Boolean(), false);
}

TypedExpressionPtr NullConstant(DataType type) { return MakeTyped(Constant{}, std::move(type), true); }

const Value* LiteralValue(const TypedExpression& expression) {
  if (const auto* constant = expression.As<Constant>()) return &constant->value;
  return nullptr;
}

std::optional<int64_t> ConstantInteger(const TypedExpression& expression) {
  if (const auto* constant = expression.As<Constant>()) {
    const auto* value = std::get_if<int64_t>(&constant->value.data);
    return value == nullptr ? std::nullopt : std::optional(*value);
  }
  if (const auto* cast = expression.As<CastTo>()) return ConstantInteger(*cast->child);
  if (const auto* call = expression.As<Call>(); call != nullptr && call->function == "negative") {
    const auto value = ConstantInteger(*call->arguments[0]);
    return value ? std::optional(-*value) : std::nullopt;
  }
  return std::nullopt;
}

FunctionEntry ScalarFunction(std::string_view name, int least, int most, FunctionRule rule,
                             std::vector<FunctionAlias> aliases, std::string_view shown_as) {
  FunctionEntry entry;
  entry.name = name;
  entry.aliases = std::move(aliases);
  entry.least_arguments = least;
  entry.most_arguments = most;
  entry.rule = std::move(rule);
  entry.shown_as = shown_as;
  return entry;
}

FunctionEntry ReplacedFunction(std::string_view name, int least, int most, FunctionRule rule,
                               std::vector<FunctionAlias> aliases) {
  FunctionEntry entry = ScalarFunction(name, least, most, std::move(rule), std::move(aliases));
  entry.is_replaced = true;
  return entry;
}

FunctionEntry AggregateFunction(std::string_view name, int least, int most, FunctionRule rule,
                                std::vector<FunctionAlias> aliases) {
  FunctionEntry entry = ScalarFunction(name, least, most, std::move(rule), std::move(aliases));
  entry.function_class = FunctionClass::kAggregate;
  return entry;
}

FunctionEntry WindowFunction(std::string_view name, int least, int most, FunctionRule rule) {
  FunctionEntry entry = ScalarFunction(name, least, most, std::move(rule));
  entry.function_class = FunctionClass::kWindow;
  return entry;
}

}  // namespace hearth::spark
