// OVER and WINDOW.
#include "spark/sql/grammar.h"

namespace hearth::spark {

using enum Keyword;

// A window without its function: w, (w), or (PARTITION BY ... ORDER BY ... ROWS ...).
WindowExpression Grammar::WindowSpec() {
  WindowExpression window;
  if (!in_.IsSymbol("(")) {
    window.window_name = ErrorCapturingIdentifier();
    return window;
  }
  in_.Take();
  const bool is_clause = in_.IsAny({kPartition, kDistribute, kCluster, kOrder, kSort}) && in_.Is(kBy, 1);
  if (in_.IsIdentifier() && in_.IsSymbol(")", 1) && !is_clause) {
    window.window_name = ErrorCapturingIdentifier();
    in_.Take();
    return window;
  }
  const auto partitions = [this] { return CommaList([this] { return ExpressionNode(); }); };
  if (in_.Accept(kCluster, kBy)) {
    window.partition_by = partitions();
  } else {
    if (in_.Accept(kPartition, kBy) || in_.Accept(kDistribute, kBy)) window.partition_by = partitions();
    if (in_.Accept(kOrder, kBy) || in_.Accept(kSort, kBy)) {
      window.order_by = CommaList([this] { return SortItem(); });
    }
  }
  if (in_.IsAny({kRange, kRows})) window.frame = Frame();
  if (!in_.IsSymbol(")")) in_.Fail(in_.IsEnd() ? ": missing ')'" : "");
  in_.Take();
  return window;
}

WindowFrame Grammar::Frame() {
  WindowFrame frame;
  frame.rows = in_.Take().keyword == kRows;
  if (in_.Accept(kBetween)) {
    frame.lower = Bound();
    in_.Expect(kAnd);
    frame.upper = Bound();
  } else {
    frame.lower = Bound();
    frame.upper.kind = FrameBound::Kind::kCurrentRow;
  }
  return frame;
}

FrameBound Grammar::Bound() {
  FrameBound bound;
  if (in_.Is(kUnbounded) && in_.IsAny({kPreceding, kFollowing}, 1)) {
    in_.Take();
    bound.kind = in_.Take().keyword == kPreceding ? FrameBound::Kind::kUnboundedPreceding
                                                  : FrameBound::Kind::kUnboundedFollowing;
    return bound;
  }
  if (in_.Accept(kCurrent, kRow)) return bound;
  const size_t first = in_.position();
  bound.kind = FrameBound::Kind::kValue;
  // AND between the bounds is no operator.
  bound.value = Value(1);
  if (!in_.IsAny({kPreceding, kFollowing})) in_.Fail();
  const bool precedes = in_.Take().keyword == kPreceding;
  if (precedes) bound.value = MakeCallFrom(first, "negative", {bound.value});
  return bound;
}

std::vector<std::pair<std::string, WindowExpression>> Grammar::NamedWindows() {
  return CommaList([this] {
    std::string name = ErrorCapturingIdentifier();
    in_.Expect(kAs);
    return std::pair(std::move(name), WindowSpec());
  });
}

}  // namespace hearth::spark
