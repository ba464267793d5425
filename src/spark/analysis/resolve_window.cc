#include "spark/analysis/resolve_window.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "spark/analysis/analyzer.h"
#include "spark/analysis/expression_tree.h"
#include "spark/analysis/function_resolution.h"
#include "spark/analysis/name_errors.h"
#include "spark/analysis/pretty_name.h"
#include "spark/error.h"

namespace hearth::spark {
namespace {

constexpr std::array<std::string_view, 6> kRankings = {"rank",         "dense_rank", "row_number",
                                                       "percent_rank", "ntile",      "cume_dist"};

bool IsOffsetFunction(const std::string& function) { return function == "lag" || function == "lead"; }

bool IsRanking(const std::string& function) {
  return std::find(kRankings.begin(), kRankings.end(), function) != kRankings.end();
}

// A bound with a value, its sign taken apart.
TypedFrameBound ValueBound(const TypedExpressionPtr& value, const Analysis& analysis) {
  TypedFrameBound bound;
  bound.kind = FrameBound::Kind::kValue;
  if (const auto* call = value->As<Call>(); call != nullptr && call->function == "negative") {
    bound.offset = call->arguments[0];
    bound.preceding = true;
    bound.text = PrettyName(*bound.offset, analysis.environment) + " PRECEDING";
  } else {
    bound.offset = value;
    bound.text = PrettyName(*value, analysis.environment) + " FOLLOWING";
  }
  const auto* constant = bound.offset->As<Constant>();
  const auto* number = constant == nullptr ? nullptr : std::get_if<int64_t>(&constant->value.data);
  if (number == nullptr) throw Error::Decline("a window frame whose bound is not a literal", value->origin);
  if (*number < 0) {
    bound.offset = MakeTyped(Constant{Value{-*number}}, value->type, false, value->origin);
    bound.preceding = !bound.preceding;
  }
  return bound;
}

TypedFrameBound ResolveBound(const FrameBound& bound, const TypedExpressionPtr& value,
                             const Analysis& analysis) {
  if (bound.kind == FrameBound::Kind::kValue) return ValueBound(value, analysis);
  TypedFrameBound resolved;
  resolved.kind = bound.kind;
  return resolved;
}

// RANGE with an offset needs one key to add the offset to.
void CheckRangeOffset(const WindowCall& window, TypedFrameBound* bound, const OriginPtr& origin,
                      const Analysis& analysis) {
  if (bound->kind != FrameBound::Kind::kValue) return;
  if (window.order_by.size() != 1) {
    throw CheckFailure(
        window.order_by.empty() ? "DATATYPE_MISMATCH.RANGE_FRAME_WITHOUT_ORDER"
                                : "DATATYPE_MISMATCH.RANGE_FRAME_MULTI_ORDER",
        {{"sqlExpr", QuoteDouble(WindowSpecSql(window, analysis.environment))}, {"orderSpec", ""}}, origin);
  }
  const DataType& key = window.order_by[0].expression->type;
  if (!key.IsNumeric() || !bound->offset->type.IsNumeric()) {
    throw Error::Decline("a RANGE frame over keys that are no numbers", origin);
  }
  bound->offset = ImplicitCast(bound->offset, key);
}

// How far a bound is from the current row, as far as that is written in literals.
std::optional<int64_t> Distance(const TypedFrameBound& bound) {
  if (bound.kind == FrameBound::Kind::kCurrentRow) return 0;
  if (bound.kind != FrameBound::Kind::kValue) return std::nullopt;
  const int64_t distance = bound.offset->As<Constant>()->value.As<int64_t>();
  return bound.preceding ? -distance : distance;
}

void CheckBoundOrder(const WindowCall& window, const OriginPtr& origin, const Analysis& analysis) {
  const std::optional<int64_t> lower = Distance(window.lower);
  const std::optional<int64_t> upper = Distance(window.upper);
  if (!lower.has_value() || !upper.has_value() || *lower <= *upper) return;
  using Kind = FrameBound::Kind;
  if (window.lower.kind != Kind::kValue || window.upper.kind != Kind::kValue) {
    throw Error::Decline("a window frame that ends before it begins", origin);
  }
  throw CheckFailure("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON",
                     {{"sqlExpr", QuoteDouble(WindowSpecSql(window, analysis.environment))},
                      {"comparison", "less than or equal"}},
                     origin);
}

void SetFrame(const WindowParts& parts, WindowCall* window, const OriginPtr& origin,
              const Analysis& analysis) {
  const std::string& function = window->function.function;
  const bool needs_order = IsOffsetFunction(function) || IsRanking(function);
  if (needs_order && window->order_by.empty()) {
    throw Error(ExceptionKind::kAnalysis, "WINDOW_FUNCTION_FRAME_NOT_ORDERED",
                {{"wf_name", function}, {"wf_expr", ExpressionSql(*parts.function, analysis.environment)}});
  }
  using Kind = FrameBound::Kind;
  if (needs_order && parts.frame.has_value()) {
    const bool is_running = parts.frame->rows && parts.frame->lower.kind == Kind::kUnboundedPreceding &&
                            parts.frame->upper.kind == Kind::kCurrentRow;
    if (IsOffsetFunction(function) || function == "cume_dist" || !is_running) {
      throw Error::Decline("a window frame for " + function, origin);
    }
  }
  if (parts.frame.has_value()) {
    window->rows = parts.frame->rows;
    window->lower = ResolveBound(parts.frame->lower, parts.lower, analysis);
    window->upper = ResolveBound(parts.frame->upper, parts.upper, analysis);
    CheckBoundOrder(*window, origin, analysis);
    if (!window->rows) {
      CheckRangeOffset(*window, &window->lower, origin, analysis);
      CheckRangeOffset(*window, &window->upper, origin, analysis);
    }
    return;
  }
  window->rows = window->order_by.empty() || (needs_order && function != "cume_dist");
  window->lower.kind = Kind::kUnboundedPreceding;
  window->upper.kind = window->order_by.empty() ? Kind::kUnboundedFollowing : Kind::kCurrentRow;
}

}  // namespace

TypedExpressionPtr MakeWindow(WindowParts parts, const OriginPtr& origin, const Analysis& analysis) {
  const auto* function = parts.function->As<AggregateCall>();
  if (function == nullptr) {
    throw CheckFailure("UNSUPPORTED_EXPR_FOR_WINDOW",
                       {{"sqlExpr", QuoteDouble(PrettyName(*parts.function, analysis.environment))}}, origin);
  }
  WindowCall window;
  window.function = *function;
  window.is_aggregate = ClassifyFunction(function->function) != FunctionClass::kWindow;
  window.partition_by = std::move(parts.partition_by);
  window.order_by = std::move(parts.order_by);
  SetFrame(parts, &window, origin, analysis);
  if (ContainsWindow(parts.function)) throw Error::Decline("a window function inside another", origin);
  const bool is_distinct = window.function.is_distinct;
  TypedExpressionPtr call =
      MakeTyped(std::move(window), parts.function->type, parts.function->nullable, origin);
  if (is_distinct) {
    throw CheckFailure("DISTINCT_WINDOW_FUNCTION_UNSUPPORTED",
                       {{"windowExpr", QuoteDouble(PrettyName(*call, analysis.environment))}}, origin);
  }
  return call;
}

const WindowExpression& FindNamedWindow(const std::string& name, const Analysis& analysis) {
  if (analysis.named_windows != nullptr) {
    for (const auto& [known, window] : *analysis.named_windows) {
      if (SameName(known, name)) {
        return window.window_name.empty() ? window : FindNamedWindow(window.window_name, analysis);
      }
    }
  }
  throw CheckFailure("MISSING_WINDOW_SPECIFICATION",
                     {{"windowName", name}, {"docroot", "https://spark.apache.org/docs/latest"}}, nullptr);
}

}  // namespace hearth::spark
