// Functions that make arrays and structs.
#include <algorithm>

#include "spark/analysis/function_table_rules.h"

namespace hearth::spark {
namespace {

TypedExpressionPtr MakeArray(Resolution& call) {
  if (call.size() == 0) call.Decline("array() without elements");
  const DataType element = Merge(call, true, false);
  return call.Give(DataType::Array(element, call.AnyNullable()), false);
}

// The name that Spark's CreateStruct takes from an argument; empty when it has none of its own.
std::string FieldName(const TypedExpression& expression) {
  if (const auto* alias = expression.As<TypedAlias>()) return alias->name;
  if (const auto* column = expression.As<ColumnReference>()) return column->name;
  if (const auto* call = expression.As<Call>(); call != nullptr && call->function == "get_struct_field") {
    return call->alias;
  }
  return "";
}

TypedExpressionPtr MakeStruct(Resolution& call) {
  std::vector<StructField> fields;
  for (size_t i = 0; i < call.size(); ++i) {
    std::string name = FieldName(*call.arguments[i]);
    if (name.empty()) name = "col" + std::to_string(i + 1);
    fields.push_back({std::move(name), call.TypeOf(i), call.NullableAt(i), ""});
  }
  if (fields.empty()) call.Decline("structs without fields");
  return call.Give(DataType::Struct(std::move(fields)), false);
}

TypedExpressionPtr MakeNamedStruct(Resolution& call) {
  if (call.size() % 2 != 0) call.Decline("named_struct with an odd number of arguments");
  std::vector<StructField> fields;
  for (size_t i = 0; i < call.size(); i += 2) {
    const Value* name = LiteralValue(*call.arguments[i]);
    if (name == nullptr || !std::holds_alternative<std::string>(name->data)) {
      call.Decline("named_struct with a name that is no literal");
    }
    fields.push_back({name->As<std::string>(), call.TypeOf(i + 1), call.NullableAt(i + 1), ""});
  }
  if (fields.empty()) call.Decline("structs without fields");
  return call.Give(DataType::Struct(std::move(fields)), false);
}

}  // namespace

std::vector<FunctionEntry> NestedFunctions() {
  return {
      ScalarFunction("array", 0, FunctionEntry::kUnlimited, MakeArray),
      ScalarFunction("struct", 0, FunctionEntry::kUnlimited, MakeStruct),
      ScalarFunction("named_struct", 0, FunctionEntry::kUnlimited, MakeNamedStruct),
  };
}

}  // namespace hearth::spark
