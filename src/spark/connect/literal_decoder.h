// Literals of Spark Connect.
#pragma once

#include "spark/plan/expression.h"

namespace spark::connect {
class Expression_Literal;
}

namespace hearth::spark {

// Throws CONNECT_INVALID_PLAN.* as Spark's converter, or declines a type as DecodeDataType does.
Literal DecodeLiteral(const ::spark::connect::Expression_Literal& message);

}  // namespace hearth::spark
