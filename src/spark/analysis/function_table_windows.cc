// Functions that only a window gives a meaning.
#include "spark/analysis/function_table_rules.h"

namespace hearth::spark {
namespace {

// LAG(x[, offset[, default]]) and LEAD.
TypedExpressionPtr Shift(Resolution& call) {
  call.Default(2, IntegerConstant(1));
  call.Default(3, NullConstant(DataType::Null()));
  if (const auto offset = InputType(DataType::Integer()).Convert(call.TypeOf(1))) call.Cast(1, *offset);
  if (!call.TypeOf(1).Is(TypeId::kInteger)) call.FailInput(1, QuoteDouble("INT"));
  if (!ConstantInteger(*call.arguments[1])) {
    call.Decline(std::string(call.entry.name) + " by an offset that is no literal");
  }
  const auto given = InputType(call.TypeOf(0)).Convert(call.TypeOf(2));
  if (!given) call.FailInput(2, QuoteDouble(call.TypeOf(0).sql()));
  const bool nullable = call.NullableAt(0) || call.NullableAt(2);
  call.Cast(2, call.TypeOf(0));
  return call.Give(call.TypeOf(0), nullable);
}

// NTH_VALUE(x, n[, ignore nulls]): clients always send all three.
TypedExpressionPtr NthValue(Resolution& call) {
  if (call.arguments.size() == 3) {
    const Value* const ignores_nulls = LiteralValue(*call.arguments[2]);
    if (ignores_nulls == nullptr || !(*ignores_nulls == Value{false})) {
      call.Decline("nth_value with a third argument that is not false");
    }
    call.arguments.pop_back();
  }
  call.Expect({InputType::Any(), DataType::Integer()});
  const std::optional<int64_t> offset = ConstantInteger(*call.arguments[1]);
  if (!offset || *offset < 1) call.Decline("nth_value by an offset that is no positive literal");
  return call.Give(call.TypeOf(0), true);
}

TypedExpressionPtr Ntile(Resolution& call) {
  call.Default(1, IntegerConstant(1));
  call.Expect({DataType::Integer()});
  if (!ConstantInteger(*call.arguments[0])) call.Decline("ntile of a number that is no literal");
  return call.Give(DataType::Integer(), false);
}

}  // namespace

std::vector<FunctionEntry> WindowFunctions() {
  const auto rank = Takes({}, DataType::Integer(), NullRule::kNever);
  const auto share = Takes({}, DataType::Double(), NullRule::kNever);
  return {
      WindowFunction("row_number", 0, 0, rank),    WindowFunction("rank", 0, 0, rank),
      WindowFunction("dense_rank", 0, 0, rank),    WindowFunction("percent_rank", 0, 0, share),
      WindowFunction("cume_dist", 0, 0, share),    WindowFunction("ntile", 0, 1, Ntile),
      WindowFunction("lag", 1, 3, Shift),          WindowFunction("lead", 1, 3, Shift),
      WindowFunction("nth_value", 2, 3, NthValue),
  };
}

}  // namespace hearth::spark
