// Literals of SQL text, from their tokens' text to values.
#pragma once

#include <string>
#include <string_view>

#include "spark/plan/expression.h"
#include "spark/sql/parser.h"

namespace hearth::spark {

// A number token (with its suffix), `text` perhaps with a minus in front: 1, -1L, 1.5BD, 1e3.
// Throws INVALID_NUMERIC_LITERAL_RANGE or DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION.
Literal NumberLiteral(std::string_view text, const OriginPtr& origin);

// DATE '...', TIMESTAMP '...', X'...' and their like, `type` in capitals. INTERVAL is not one of these.
// Throws INVALID_TYPED_LITERAL or UNSUPPORTED_TYPED_LITERAL.
ExpressionPtr TypedLiteral(const std::string& type, const std::string& value, const ParserOptions& options,
                           const OriginPtr& origin);

}  // namespace hearth::spark
