// Window expressions: frames, and what Spark checks of them.
#pragma once

#include <optional>
#include <string>

#include "spark/analysis/analysis.h"

namespace hearth::spark {

// A window expression whose parts are resolved.
struct WindowParts {
  TypedExpressionPtr function;  // an AggregateCall
  TypedExpressionList partition_by;
  std::vector<SortKey> order_by;
  std::optional<WindowFrame> frame;
  TypedExpressionPtr lower;  // of bounds with a value, else null
  TypedExpressionPtr upper;
};

// A WindowCall with the frame that Spark gives by default, or an error of Spark's about frame and order.
TypedExpressionPtr MakeWindow(WindowParts parts, const OriginPtr& origin, const Analysis& analysis);

// WINDOW name AS (...), case-insensitive; throws MISSING_WINDOW_SPECIFICATION.
const WindowExpression& FindNamedWindow(const std::string& name, const Analysis& analysis);

}  // namespace hearth::spark
