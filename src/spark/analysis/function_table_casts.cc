// Types as functions: INT(x) is a cast whose generated name is that of x.
#include "spark/analysis/cast_rules.h"
#include "spark/analysis/function_table_rules.h"

namespace hearth::spark {
namespace {

FunctionEntry TypeFunction(std::string_view name, DataType type) {
  return ScalarFunction(name, 1, 1, [type = std::move(type)](Resolution& call) {
    if (!CanCast(call.TypeOf(0), type)) {
      // The refusal reads as that of a written cast.
      return ExplicitCast(call.arguments[0], type, CastMode::kAnsi, call.request.origin, *call.environment);
    }
    call.Cast(0, type);
    return call.arguments[0];
  });
}

}  // namespace

std::vector<FunctionEntry> CastFunctions() {
  return {
      TypeFunction("boolean", DataType::Boolean()), TypeFunction("tinyint", DataType::Byte()),
      TypeFunction("smallint", DataType::Short()),  TypeFunction("int", DataType::Integer()),
      TypeFunction("bigint", DataType::Long()),     TypeFunction("float", DataType::Float()),
      TypeFunction("double", DataType::Double()),   TypeFunction("decimal", DataType::Decimal(10, 0)),
      TypeFunction("string", DataType::String()),   TypeFunction("binary", DataType::Binary()),
      TypeFunction("date", DataType::Date()),       TypeFunction("timestamp", DataType::Timestamp()),
  };
}

}  // namespace hearth::spark
