// What the rows of the function table are made of: a call being resolved, and rules that cover many
// functions. Private to the table.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "spark/analysis/coercion.h"
#include "spark/analysis/function_table.h"
#include "spark/error.h"

namespace hearth::spark {

// One call being resolved. A rule replaces `arguments` by coerced ones and ends with Give.
class Resolution {
 public:
  // `environment` may be null when the call is known to be free of errors (ExpandCall).
  Resolution(const FunctionEntry& entry, const FunctionRequest& request, const Environment* environment);

  const FunctionEntry& entry;
  const FunctionRequest& request;
  const Environment* environment;
  TypedExpressionList arguments;

  size_t size() const { return arguments.size(); }
  const DataType& TypeOf(size_t i) const { return arguments[i]->type; }
  bool NullableAt(size_t i) const { return arguments[i]->nullable; }
  bool AnyNullable() const;

  void Cast(size_t i, const DataType& type);
  void CastAll(const DataType& type);
  // Appends literals for the trailing arguments that were not given, up to `count` arguments.
  void Default(size_t count, TypedExpressionPtr literal);
  // Casts each argument to what is expected of it and throws UNEXPECTED_INPUT_TYPE where that is impossible.
  // The last expectation holds for all further arguments.
  void Expect(const std::vector<InputType>& inputs);

  // The same for functions that cast nothing but NULL (Spark's ExpectsInputTypes).
  void Require(const std::vector<InputType>& inputs);

  // The result: a Call, or an AggregateCall for aggregates and window functions.
  TypedExpressionPtr Give(DataType type, bool nullable) const;
  // Another function of the same arguments or others, at the same place in the query.
  TypedExpressionPtr Resolve(std::string name, TypedExpressionList arguments) const;

  [[noreturn]] void Fail(const std::string& sub_condition, Error::Parameters parameters) const;
  [[noreturn]] void FailInput(size_t i, const std::string& expected) const { FailInput(i, expected, i); }
  // `position`: the place that the message names, from 0.
  [[noreturn]] void FailInput(size_t i, const std::string& expected, size_t position) const;
  // `listed`: how this function's message joins the types: ["A", "B"] instead of ("A" or "B").
  [[noreturn]] void FailDifferentTypes(const TypedExpressionList& compared, bool listed) const;
  [[noreturn]] void FailArgumentCount(const std::string& expected) const;
  [[noreturn]] void Decline(const std::string& what) const;

 private:
  std::string shown_name() const;
  void CheckInputs(const std::vector<InputType>& inputs) const;
  // The call as it stands in an error's text.
  TypedExpressionPtr Shown() const;
};

enum class NullRule { kAnyArgument, kAlways, kNever };

// Fixed argument types and a fixed result type.
FunctionRule Takes(std::vector<InputType> inputs, DataType result, NullRule null = NullRule::kAnyArgument);
// The result has the type of argument `i` after coercion.
FunctionRule TakesAndKeeps(std::vector<InputType> inputs, size_t i, NullRule null = NullRule::kAnyArgument);
// All arguments meet in one type (for COALESCE, GREATEST, ...), which is given back or thrown about.
DataType Merge(Resolution& call, bool strings_promote, bool listed, size_t first = 0);

TypedExpressionPtr IntegerConstant(int32_t value);
TypedExpressionPtr StringConstant(std::string value);
TypedExpressionPtr BooleanConstant(bool value);
TypedExpressionPtr NullConstant(DataType type);
// The value of a literal argument, through implicit and explicit casts; null if it is none.
const Value* LiteralValue(const TypedExpression& expression);
// The value of a constant integer argument such as round's digits, when it is written as a literal or minus
// one.
std::optional<int64_t> ConstantInteger(const TypedExpression& expression);

FunctionEntry ScalarFunction(std::string_view name, int least, int most, FunctionRule rule,
                             std::vector<FunctionAlias> aliases = {}, std::string_view shown_as = {});
FunctionEntry ReplacedFunction(std::string_view name, int least, int most, FunctionRule rule,
                               std::vector<FunctionAlias> aliases = {});
FunctionEntry AggregateFunction(std::string_view name, int least, int most, FunctionRule rule,
                                std::vector<FunctionAlias> aliases = {});
FunctionEntry WindowFunction(std::string_view name, int least, int most, FunctionRule rule);

// The families.
std::vector<FunctionEntry> OperatorFunctions();
std::vector<FunctionEntry> ConditionalFunctions();
std::vector<FunctionEntry> MathFunctions();
std::vector<FunctionEntry> StringFunctions();
std::vector<FunctionEntry> DateFunctions();
std::vector<FunctionEntry> AggregateFunctions();
std::vector<FunctionEntry> WindowFunctions();
std::vector<FunctionEntry> CastFunctions();
std::vector<FunctionEntry> NestedFunctions();

}  // namespace hearth::spark
