#include "spark/plan/expression.h"

namespace hearth::spark {

ExpressionPtr MakeCall(std::string name, ExpressionList arguments, OriginPtr origin) {
  FunctionCall call;
  call.name.push_back(std::move(name));
  call.arguments = std::move(arguments);
  return MakeExpression(std::move(call), std::move(origin));
}

}  // namespace hearth::spark
