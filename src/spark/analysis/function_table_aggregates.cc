// Aggregate functions. Each name is an entry of its own, because the generated column name keeps the name as
// written.
#include <algorithm>

#include "spark/analysis/function_table_rules.h"

namespace hearth::spark {
namespace {

void ExpectNumber(Resolution& call) {
  if (call.TypeOf(0).Is(TypeId::kTimestamp) || call.TypeOf(0).IsStringLike() ||
      call.TypeOf(0).Is(TypeId::kNull)) {
    call.Cast(0, DataType::Double());
  }
  if (call.TypeOf(0).IsAnsiInterval()) call.Decline(std::string(call.entry.name) + " of intervals");
  if (!call.TypeOf(0).IsNumeric()) call.FailInput(0, "\"NUMERIC\" or \"ANSI INTERVAL\"");
}

DataType BoundedDecimal(int precision, int scale) {
  return DataType::Decimal(std::min(precision, DataType::kMaxPrecision),
                           std::min(scale, DataType::kMaxPrecision));
}

TypedExpressionPtr Sum(Resolution& call) {
  ExpectNumber(call);
  const DataType type = call.TypeOf(0);
  if (type.Is(TypeId::kDecimal)) return call.Give(BoundedDecimal(type.precision() + 10, type.scale()), true);
  return call.Give(type.IsIntegral() ? DataType::Long() : DataType::Double(), true);
}

TypedExpressionPtr Average(Resolution& call) {
  ExpectNumber(call);
  const DataType type = call.TypeOf(0);
  if (type.Is(TypeId::kDecimal))
    return call.Give(BoundedDecimal(type.precision() + 4, type.scale() + 4), true);
  return call.Give(DataType::Double(), true);
}

bool HasOrder(const DataType& type) { return !type.Is(TypeId::kMap) && !type.Is(TypeId::kCalendarInterval); }

void ExpectOrder(const Resolution& call, size_t i) {
  const DataType& type = call.TypeOf(i);
  if (!HasOrder(type)) {
    call.Fail("INVALID_ORDERING_TYPE",
              {{"functionName", QuoteIdentifier(call.entry.name)}, {"dataType", QuoteDouble(type.sql())}});
  }
  if (type.IsNested())
    call.Decline(std::string(call.entry.name) + " over values of type " + type.simple_string());
}

TypedExpressionPtr Extreme(Resolution& call) {
  ExpectOrder(call, 0);
  return call.Give(call.TypeOf(0), true);
}

TypedExpressionPtr ExtremeBy(Resolution& call) {
  ExpectOrder(call, 1);
  return call.Give(call.TypeOf(0), true);
}

// FIRST(x[, ignore nulls]): the second argument is a literal and becomes the call's flag.
TypedExpressionPtr Edge(Resolution& call) {
  bool ignore_nulls = call.request.ignore_nulls;
  if (call.size() == 2) {
    const Value* flag = LiteralValue(*call.arguments[1]);
    if (flag == nullptr || !std::holds_alternative<bool>(flag->data)) {
      call.Decline(std::string(call.entry.name) + " with a second argument that is no boolean literal");
    }
    ignore_nulls = ignore_nulls || flag->As<bool>();
    call.arguments.pop_back();
  }
  std::string name(call.entry.name);
  // Written as IGNORE NULLS instead of an argument, Spark forgets by which name the function was called.
  if (call.request.ignore_nulls && (name == "first_value" || name == "last_value"))
    name.resize(name.find('_'));
  return MakeTyped(
      AggregateCall{
          std::move(name), call.arguments, call.request.is_distinct, call.request.filter, {}, ignore_nulls},
      call.TypeOf(0), true, call.request.origin);
}

TypedExpressionPtr Count(Resolution& call) { return call.Give(DataType::Long(), false); }

void AddNames(std::vector<FunctionEntry>* out, std::initializer_list<std::string_view> names, int least,
              int most, const FunctionRule& rule) {
  for (const std::string_view name : names) out->push_back(AggregateFunction(name, least, most, rule));
}

}  // namespace

std::vector<FunctionEntry> AggregateFunctions() {
  const DataType real = DataType::Double();
  const DataType boolean = DataType::Boolean();
  std::vector<FunctionEntry> out;
  AddNames(&out, {"count"}, 1, FunctionEntry::kUnlimited, Count);
  AddNames(&out, {"sum"}, 1, 1, Sum);
  AddNames(&out, {"avg", "mean"}, 1, 1, Average);
  AddNames(&out, {"min", "max"}, 1, 1, Extreme);
  AddNames(&out, {"min_by", "max_by"}, 2, 2, ExtremeBy);
  AddNames(&out, {"first", "first_value", "last", "last_value", "any_value"}, 1, 2, Edge);
  AddNames(&out, {"stddev", "std", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop"}, 1, 1,
           Takes({real}, real, NullRule::kAlways));
  AddNames(&out, {"corr", "covar_samp", "covar_pop"}, 2, 2, Takes({real}, real, NullRule::kAlways));
  AddNames(&out, {"bool_and", "every", "bool_or", "some", "any"}, 1, 1,
           Takes({boolean}, boolean, NullRule::kAlways));
  AddNames(&out, {"bit_and", "bit_or", "bit_xor"}, 1, 1,
           TakesAndKeeps({InputType::Integral()}, 0, NullRule::kAlways));
  AddNames(&out, {"count_if"}, 1, 1, Takes({boolean}, DataType::Long(), NullRule::kNever));
  return out;
}

}  // namespace hearth::spark
