// Functions of text.
#include <algorithm>
#include <limits>

#include "spark/analysis/function_table_rules.h"

namespace hearth::spark {
namespace {

InputType TextOrBinary() { return InputType::OneOf({InputType::String(), DataType::Binary()}); }

// Functions that take binary in Spark and only text here.
void DeclineBinary(const Resolution& call) {
  for (const auto& argument : call.arguments) {
    if (argument->type.Is(TypeId::kBinary)) call.Decline(std::string(call.entry.name) + " of binary values");
  }
}

TypedExpressionPtr Substring(Resolution& call) {
  call.Default(3, IntegerConstant(std::numeric_limits<int32_t>::max()));
  // Whatever is no binary becomes text.
  call.Expect({TextOrBinary(), DataType::Integer(), DataType::Integer()});
  return call.Give(call.TypeOf(0).Is(TypeId::kBinary) ? DataType::Binary() : DataType::String(),
                   call.AnyNullable());
}

TypedExpressionPtr Concat(Resolution& call) {
  for (const auto& argument : call.arguments) {
    if (argument->type.IsNested()) call.Decline("concat of arrays");
  }
  const bool binary =
      call.size() > 0 && std::all_of(call.arguments.begin(), call.arguments.end(),
                                     [](const auto& a) { return a->type.Is(TypeId::kBinary); });
  if (binary) return call.Give(DataType::Binary(), call.AnyNullable());
  if (call.size() > 0) call.Expect({InputType::String()});
  return call.Give(DataType::String(), call.AnyNullable());
}

TypedExpressionPtr ConcatWithSeparator(Resolution& call) {
  for (const auto& argument : call.arguments) {
    if (argument->type.Is(TypeId::kArray)) call.Decline("concat_ws of arrays");
  }
  call.Expect({InputType::String()});
  return call.Give(DataType::String(), call.NullableAt(0));
}

TypedExpressionPtr Pad(Resolution& call) {
  DeclineBinary(call);
  call.Default(3, StringConstant(" "));
  call.Expect({InputType::String(), DataType::Integer(), InputType::String()});
  return call.Give(DataType::String(), call.AnyNullable());
}

TypedExpressionPtr Replace(Resolution& call) {
  call.Default(3, StringConstant(""));
  call.Expect({InputType::String()});
  return call.Give(DataType::String(), call.AnyNullable());
}

TypedExpressionPtr Locate(Resolution& call) {
  call.Default(3, IntegerConstant(1));
  call.Expect({InputType::String(), InputType::String(), DataType::Integer()});
  return call.Give(DataType::Integer(), call.AnyNullable());
}

TypedExpressionPtr Find(Resolution& call) {
  DeclineBinary(call);
  call.Expect({InputType::String()});
  return call.Give(DataType::Boolean(), call.AnyNullable());
}

TypedExpressionPtr Left(Resolution& call) {
  call.Expect({TextOrBinary(), DataType::Integer()});
  return call.Resolve("substring", {call.arguments[0], IntegerConstant(1), call.arguments[1]});
}

// Nothing for a length that is not positive, else the substring that starts so far from the end.
TypedExpressionPtr Right(Resolution& call) {
  call.Expect({InputType::String(), DataType::Integer()});
  const TypedExpressionPtr& text = call.arguments[0];
  const TypedExpressionPtr& length = call.arguments[1];
  const TypedExpressionPtr tail = call.Resolve("substring", {text, call.Resolve("negative", {length})});
  const TypedExpressionPtr some =
      call.Resolve("if", {call.Resolve("<=", {length, IntegerConstant(0)}), StringConstant(""), tail});
  return call.Resolve("if", {call.Resolve("isnull", {text}), NullConstant(DataType::String()), some});
}

TypedExpressionPtr Sha2(Resolution& call) {
  call.Expect({DataType::Binary(), DataType::Integer()});
  return call.Give(DataType::String(), true);
}

TypedExpressionPtr Hex(Resolution& call) {
  call.Expect({InputType::OneOf({DataType::Long(), DataType::Binary(), InputType::String()})});
  return call.Give(DataType::String(), call.AnyNullable());
}

TypedExpressionPtr LikeInAnyCase(Resolution& call) {
  call.Expect({InputType::String()});
  TypedExpressionList lower = {call.Resolve("lower", {call.arguments[0]}),
                               call.Resolve("lower", {call.arguments[1]})};
  if (call.size() == 3) lower.push_back(call.arguments[2]);
  return call.Resolve("like", std::move(lower));
}

// What a session says of itself stands in the call as a constant.
FunctionRule OfSession(std::function<std::string(const Environment&)> text) {
  return [text = std::move(text)](Resolution& call) {
    if (call.environment != nullptr) call.arguments = {StringConstant(text(*call.environment))};
    return call.Give(DataType::String(), false);
  };
}

}  // namespace

std::vector<FunctionEntry> StringFunctions() {
  const InputType text = InputType::String();
  const DataType string = DataType::String();
  const DataType integer = DataType::Integer();
  return {
      ScalarFunction("upper", 1, 1, Takes({text}, string), {{"ucase"}}),
      ScalarFunction("lower", 1, 1, Takes({text}, string), {{"lcase"}}),
      ScalarFunction("initcap", 1, 1, Takes({text}, string)),
      ScalarFunction("length", 1, 1, Takes({TextOrBinary()}, integer),
                     {{"char_length"}, {"character_length"}, {"len"}}),
      ScalarFunction("octet_length", 1, 1, Takes({TextOrBinary()}, integer)),
      ScalarFunction("bit_length", 1, 1, Takes({TextOrBinary()}, integer)),
      ScalarFunction("trim", 1, 2, Takes({text}, string)),
      ScalarFunction("ltrim", 1, 2, Takes({text}, string)),
      ScalarFunction("rtrim", 1, 2, Takes({text}, string)),
      ScalarFunction("btrim", 1, 2, Takes({text}, string)),
      ScalarFunction("substring", 2, 3, Substring, {{"substr"}}),
      ReplacedFunction("left", 2, 2, Left),
      ReplacedFunction("right", 2, 2, Right),
      ScalarFunction("concat", 0, FunctionEntry::kUnlimited, Concat, {{"||", false}}),
      ScalarFunction("concat_ws", 1, FunctionEntry::kUnlimited, ConcatWithSeparator),
      ScalarFunction("lpad", 2, 3, Pad),
      ScalarFunction("rpad", 2, 3, Pad),
      ScalarFunction("repeat", 2, 2, Takes({text, integer}, string)),
      ScalarFunction("space", 1, 1, Takes({integer}, string)),
      ScalarFunction("replace", 2, 3, Replace),
      ScalarFunction("translate", 3, 3, Takes({text}, string)),
      ScalarFunction("instr", 2, 2, Takes({text}, integer)),
      ScalarFunction("locate", 2, 3, Locate, {{"position"}}),
      ScalarFunction("ascii", 1, 1, Takes({text}, integer)),
      ScalarFunction("chr", 1, 1, Takes({DataType::Long()}, string), {{"char"}}),
      ScalarFunction("startswith", 2, 2, Find),
      ScalarFunction("endswith", 2, 2, Find),
      ScalarFunction("contains", 2, 2, Find),
      ReplacedFunction("ilike", 2, 3, LikeInAnyCase),
      ScalarFunction("md5", 1, 1, Takes({DataType::Binary()}, string)),
      ScalarFunction("sha1", 1, 1, Takes({DataType::Binary()}, string), {{"sha"}}),
      ScalarFunction("sha2", 2, 2, Sha2),
      ScalarFunction("base64", 1, 1, Takes({DataType::Binary()}, string)),
      ScalarFunction("hex", 1, 1, Hex),
      // There is one catalog here.
      ScalarFunction("current_schema", 0, 0,
                     OfSession([](const Environment& environment) { return environment.CurrentDatabase(); }),
                     {{"current_database", false}}),
      ScalarFunction("current_catalog", 0, 0, OfSession([](const Environment&) { return "spark_catalog"; })),
      ScalarFunction("current_timezone", 0, 0, OfSession([](const Environment& environment) {
                       return environment.Configuration("spark.sql.session.timeZone");
                     })),
  };
}

}  // namespace hearth::spark
