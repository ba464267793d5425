// Conditions and NULL handling.
#include <algorithm>

#include "spark/analysis/function_table_rules.h"

namespace hearth::spark {
namespace {

// CASE WHEN refuses a bare NULL, which IF takes.
void ExpectCondition(Resolution& call, size_t i, size_t shown_position) {
  if (call.TypeOf(i).Is(TypeId::kBoolean)) return;
  // Spark counts the branches here, not the arguments.
  call.FailInput(i, QuoteDouble("BOOLEAN"), shown_position);
}

// CASE WHEN: condition, value, condition, value, ..., [else].
TypedExpressionPtr When(Resolution& call) {
  const size_t branches = call.size() / 2;
  const bool has_else = call.size() % 2 == 1;
  DataType merged = DataType::Null();
  TypedExpressionList values;
  for (size_t i = 0; i < branches; ++i) values.push_back(call.arguments[2 * i + 1]);
  if (has_else) values.push_back(call.arguments.back());
  for (const auto& value : values) {
    const auto wider = WiderType(merged, value->type);
    if (!wider) {
      call.Fail("DATA_DIFF_TYPES", {{"functionName", "`casewhen`"},
                                    {"dataType", [&] {
                                       std::string types;
                                       for (const auto& v : values) {
                                         types += (types.empty() ? "" : ", ") + QuoteDouble(v->type.sql());
                                       }
                                       return "[" + types + "]";
                                     }()}});
    }
    merged = *wider;
  }
  CaseWhen node;
  bool nullable = !has_else;
  for (size_t i = 0; i < branches; ++i) {
    ExpectCondition(call, 2 * i, i);
    call.Cast(2 * i + 1, merged);
    nullable = nullable || call.NullableAt(2 * i + 1);
    node.branches.emplace_back(call.arguments[2 * i], call.arguments[2 * i + 1]);
  }
  if (has_else) {
    call.Cast(call.size() - 1, merged);
    node.otherwise = call.arguments.back();
    nullable = nullable || node.otherwise->nullable;
  }
  return MakeTyped(std::move(node), merged, nullable, call.request.origin);
}

TypedExpressionPtr If(Resolution& call) {
  const auto merged = WiderType(call.TypeOf(1), call.TypeOf(2));
  if (merged) {
    call.Cast(1, *merged);
    call.Cast(2, *merged);
  }
  if (call.TypeOf(0).Is(TypeId::kNull)) call.Cast(0, DataType::Boolean());
  ExpectCondition(call, 0, 0);
  if (!merged) call.FailDifferentTypes({call.arguments[1], call.arguments[2]}, true);
  return call.Give(*merged, call.NullableAt(1) || call.NullableAt(2));
}

bool AllNullable(const Resolution& call) {
  return std::all_of(call.arguments.begin(), call.arguments.end(), [](const auto& a) { return a->nullable; });
}

TypedExpressionPtr Coalesce(Resolution& call) {
  const DataType merged = Merge(call, true, false);
  return call.Give(merged, AllNullable(call));
}

TypedExpressionPtr Extreme(Resolution& call) {
  const DataType merged = Merge(call, false, true);
  if (merged.IsNested() || merged.Is(TypeId::kCalendarInterval)) {
    call.Decline(std::string(call.entry.name) + " of type " + merged.simple_string());
  }
  return call.Give(merged, AllNullable(call));
}

TypedExpressionPtr NullIf(Resolution& call) {
  const TypedExpressionList& given = call.arguments;
  return call.Resolve("if",
                      {call.Resolve("==", {given[0], given[1]}), NullConstant(given[0]->type), given[0]});
}

TypedExpressionPtr NanVl(Resolution& call) {
  const InputType floating = InputType::OneOf({DataType::Double(), DataType::Float()});
  call.Expect({floating});
  if (call.TypeOf(0) != call.TypeOf(1)) call.CastAll(DataType::Double());
  return call.Give(call.TypeOf(0), call.AnyNullable());
}

}  // namespace

std::vector<FunctionEntry> ConditionalFunctions() {
  const InputType floating = InputType::OneOf({DataType::Double(), DataType::Float()});
  return {
      ScalarFunction("when", 2, FunctionEntry::kUnlimited, When),
      ScalarFunction("if", 3, 3, If),
      ScalarFunction("coalesce", 1, FunctionEntry::kUnlimited, Coalesce),
      ScalarFunction("greatest", 2, FunctionEntry::kUnlimited, Extreme),
      ScalarFunction("least", 2, FunctionEntry::kUnlimited, Extreme),
      ScalarFunction("isnan", 1, 1, Takes({floating}, DataType::Boolean(), NullRule::kNever)),
      ScalarFunction("nanvl", 2, 2, NanVl),
      ScalarFunction("typeof", 1, 1, Takes({InputType::Any()}, DataType::String(), NullRule::kNever)),
      ReplacedFunction("nvl", 2, 2, [](Resolution& call) { return call.Resolve("coalesce", call.arguments); },
                       {{"ifnull"}}),
      ReplacedFunction("nvl2", 3, 3,
                       [](Resolution& call) {
                         return call.Resolve("if", {call.Resolve("isnotnull", {call.arguments[0]}),
                                                    call.arguments[1], call.arguments[2]});
                       }),
      ReplacedFunction("nullif", 2, 2, NullIf),
      ReplacedFunction("nullifzero", 1, 1,
                       [](Resolution& call) {
                         return call.Resolve("if",
                                             {call.Resolve("==", {call.arguments[0], IntegerConstant(0)}),
                                              NullConstant(DataType::Null()), call.arguments[0]});
                       }),
      ReplacedFunction(
          "zeroifnull", 1, 1,
          [](Resolution& call) { return call.Resolve("coalesce", {call.arguments[0], IntegerConstant(0)}); }),
  };
}

}  // namespace hearth::spark
