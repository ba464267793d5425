// Operators, from OR down to the unary ones, and predicates.
#include <optional>
#include <utility>

#include "spark/sql/grammar.h"
#include "spark/sql/parse_error.h"
#include "spark/sql/string_text.h"

namespace hearth::spark {

using enum Keyword;

namespace {

struct BinaryOperator {
  int precedence = 0;  // a higher one binds tighter
  const char* name = nullptr;
};

BinaryOperator SymbolOperator(std::string_view symbol) {
  if (symbol == "*") return {7, "*"};
  if (symbol == "/") return {7, "/"};
  if (symbol == "%") return {7, "%"};
  if (symbol == "+") return {6, "+"};
  if (symbol == "-") return {6, "-"};
  if (symbol == "||") return {6, "concat"};
  if (symbol == "<<") return {5, "<<"};
  if (symbol == ">>") return {5, ">>"};
  if (symbol == ">>>") return {5, ">>>"};
  if (symbol == "&") return {4, "&"};
  if (symbol == "^") return {3, "^"};
  if (symbol == "|") return {2, "|"};
  if (symbol == "=" || symbol == "==") return {1, "=="};
  if (symbol == "<>" || symbol == "!=") return {1, "!="};
  if (symbol == "<=>") return {1, "<=>"};
  if (symbol == "<") return {1, "<"};
  if (symbol == ">") return {1, ">"};
  if (symbol == "<=" || symbol == "!>") return {1, "<="};
  if (symbol == ">=" || symbol == "!<") return {1, ">="};
  return {};
}

constexpr int kLeastPrecedence = 1;

bool EndsExpression(const TokenCursor& in, size_t ahead) {
  return in.IsEnd(ahead) || in.IsSymbol(")", ahead) || in.IsSymbol(",", ahead) || in.IsSymbol(";", ahead) ||
         in.IsSymbol("]", ahead);
}

ExpressionPtr BooleanLiteral(bool value, const OriginPtr& origin) {
  return MakeExpression(Literal{spark::Value{value}, DataType::Boolean()}, origin);
}

}  // namespace

ExpressionPtr Grammar::NamedExpression() {
  const size_t first = in_.position();
  ExpressionPtr child = ExpressionNode();
  std::vector<std::string> names;
  if (in_.Is(kAs) && (in_.IsIdentifier(1) || in_.IsSymbol("(", 1))) {
    in_.Take();
    names = in_.IsSymbol("(") ? IdentifierList() : std::vector<std::string>{ErrorCapturingIdentifier()};
  } else if (in_.IsIdentifier() && !StartsClause()) {
    names.push_back(ErrorCapturingIdentifier());
  } else if (in_.IsSymbol("(") && in_.IsIdentifier(1) && (in_.IsSymbol(",", 2) || in_.IsSymbol(")", 2))) {
    names = IdentifierList();
  } else {
    return child;
  }
  return Make(Alias{std::move(child), std::move(names), ""}, first);
}

ExpressionList Grammar::NamedExpressions() {
  return CommaList([this] { return NamedExpression(); });
}

ExpressionPtr Grammar::ExpressionNode() { return Or(); }

// The condition of WHERE, HAVING or ON.
ExpressionPtr Grammar::Condition() {
  const int outer = std::exchange(condition_depth_, depth_ + 1);
  ExpressionPtr condition = ExpressionNode();
  condition_depth_ = outer;
  return condition;
}

// Spark builds a balanced tree from a chain of one operator; each node carries the whole chain as its origin.
ExpressionPtr Grammar::Balanced(const char* name, const ExpressionList& operands, size_t first, size_t stop) {
  const OriginPtr origin = in_.OriginOf(first, stop);
  const auto reduce = [&](const auto& self, size_t low, size_t high) -> ExpressionPtr {
    if (low == high) return operands[low];
    const size_t middle = high - low == 1 ? low : low + (high - low) / 2;
    return MakeCall(name, {self(self, low, middle), self(self, middle + 1, high)}, origin);
  };
  return reduce(reduce, 0, operands.size() - 1);
}

ExpressionPtr Grammar::Or() {
  const size_t first = in_.position();
  ExpressionList operands = {And()};
  while (in_.Is(kOr) && !EndsExpression(in_, 1)) {
    in_.Take();
    operands.push_back(And());
  }
  return operands.size() == 1 ? operands[0] : Balanced("or", operands, first, in_.position());
}

ExpressionPtr Grammar::And() {
  const size_t first = in_.position();
  ExpressionList operands = {Not()};
  while (in_.Is(kAnd) && !EndsExpression(in_, 1)) {
    in_.Take();
    operands.push_back(Not());
  }
  return operands.size() == 1 ? operands[0] : Balanced("and", operands, first, in_.position());
}

ExpressionPtr Grammar::Not() {
  const bool is_not = in_.IsSymbol("!") || (in_.Is(kNot) && !EndsExpression(in_, 1) && !in_.IsSymbol(".", 1));
  // not(x) could be a function, but the operator comes first in the grammar.
  if (!is_not) return Predicated();
  const Level level(this);
  const size_t first = in_.position();
  in_.Take();
  ExpressionPtr child = Not();
  return MakeCallFrom(first, "not", {std::move(child)});
}

ExpressionPtr Grammar::Predicated() {
  const size_t first = in_.position();
  if (in_.Is(kExists) && in_.IsSymbol("(", 1) && IsQueryInParentheses(first + 1)) {
    in_.Take();
    in_.Take();
    SubqueryExpression subquery;
    subquery.kind = SubqueryExpression::Kind::kExists;
    subquery.plan = Query();
    if (!in_.IsSymbol(")")) in_.Fail(in_.IsEnd() ? ": missing ')'" : "");
    in_.Take();
    return Make(std::move(subquery), first);
  }
  ExpressionPtr operand = Value(kLeastPrecedence);
  return StartsPredicate() ? Predicate(std::move(operand)) : operand;
}

// Whether the words here begin a predicate; they may be an alias as well (`SELECT a IN`).
bool Grammar::StartsPredicate() const {
  const size_t word = in_.Is(kNot) || in_.IsSymbol("!") ? 1 : 0;
  switch (in_.Peek(word).keyword) {
    case kIn: return in_.IsSymbol("(", word + 1);
    case kBetween:
    case kLike:
    case kIlike:
    case kRlike: return !EndsExpression(in_, word + 1);
    case kIs:
      return word == 0 &&
             (in_.IsAny({kNull, kTrue, kFalse, kUnknown, kDistinct, kNot}, 1) || in_.IsSymbol("!", 1));
    default: return false;
  }
}

// NOT inside a predicate. Spark once took ! for it and now says that it does not.
bool Grammar::AcceptNot() {
  const size_t first = in_.position();
  if (in_.Accept(kNot)) return true;
  if (!in_.AcceptSymbol("!")) return false;
  throw ErrorOver(in_.OriginFrom(first), "SYNTAX_DISCONTINUED.BANG_EQUALS_NOT", {{"clause", "!"}});
}

// The origin of a predicate is the predicate alone, without its operand, as in Spark.
ExpressionPtr Grammar::Predicate(ExpressionPtr operand) {
  const Level level(this);
  const size_t first = in_.position();
  if (in_.Is(kIs)) return IsPredicate(std::move(operand), first);
  const bool negated = AcceptNot();
  ExpressionPtr result;
  if (in_.Accept(kBetween)) {
    ExpressionPtr lower = Value(kLeastPrecedence);
    in_.Expect(kAnd);
    ExpressionPtr upper = Value(kLeastPrecedence);
    result = MakeCallFrom(first, "between", {std::move(operand), std::move(lower), std::move(upper)});
  } else if (in_.Is(kIn)) {
    result = InPredicate(std::move(operand), first);
  } else if (in_.Accept(kRlike)) {
    ExpressionPtr pattern = Value(kLeastPrecedence);
    result = MakeCallFrom(first, "rlike", {std::move(operand), std::move(pattern)});
  } else {
    return LikePredicate(std::move(operand), first, negated);
  }
  return negated ? MakeCallFrom(first, "not", {std::move(result)}) : result;
}

ExpressionPtr Grammar::IsPredicate(ExpressionPtr operand, size_t first) {
  in_.Take();
  const bool negated = AcceptNot();
  ExpressionPtr result;
  switch (in_.Peek().keyword) {
    case kNull:
      in_.Take();
      return MakeCallFrom(first, negated ? "isnotnull" : "isnull", {std::move(operand)});
    case kUnknown:
      in_.Take();
      // Spark's IsUnknown is IsNull, but of a boolean only.
      return MakeCallFrom(first, negated ? "isnotunknown" : "isunknown", {std::move(operand)});
    case kTrue:
    case kFalse: {
      const bool value = in_.Take().keyword == kTrue;
      result = MakeCallFrom(first, "<=>", {std::move(operand), BooleanLiteral(value, in_.OriginFrom(first))});
      break;
    }
    case kDistinct: {
      in_.Take();
      in_.Expect(kFrom);
      ExpressionPtr other = Value(kLeastPrecedence);
      result = MakeCallFrom(first, "<=>", {std::move(operand), std::move(other)});
      // IS DISTINCT is the negation.
      return negated ? result : MakeCallFrom(first, "not", {std::move(result)});
    }
    default: in_.Fail();
  }
  return negated ? MakeCallFrom(first, "not", {std::move(result)}) : result;
}

ExpressionPtr Grammar::InPredicate(ExpressionPtr operand, size_t first) {
  in_.Take();
  if (MustBeQueryInParentheses(in_.position())) {
    SubqueryExpression subquery;
    subquery.kind = SubqueryExpression::Kind::kIn;
    // (a, b) IN (SELECT ...) compares column by column.
    const auto* row = operand->As<FunctionCall>();
    const bool is_row = row != nullptr && row->name.size() == 1 && row->name[0] == "struct";
    subquery.values = is_row ? row->arguments : ExpressionList{operand};
    in_.Take();
    subquery.plan = Query();
    if (!in_.IsSymbol(")")) in_.Fail(in_.IsEnd() ? ": missing ')'" : "");
    in_.Take();
    return Make(std::move(subquery), first);
  }
  in_.ExpectSymbol("(");
  if (in_.AcceptSymbol(")"))
    throw ErrorOver(in_.OriginFrom(first), "INVALID_SQL_SYNTAX.EMPTY_IN_PREDICATE", {});
  ExpressionList arguments = {std::move(operand)};
  do {
    arguments.push_back(ExpressionNode());
  } while (in_.AcceptSymbol(","));
  if (!in_.IsSymbol(")")) in_.FailInList(arguments.size() > 2, ")");
  in_.Take();
  return MakeCallFrom(first, "in", std::move(arguments));
}

ExpressionPtr Grammar::LikePredicate(ExpressionPtr operand, size_t first, bool negated) {
  const bool ignores_case = in_.Take().keyword == kIlike;
  const std::string name = ignores_case ? "ilike" : "like";
  if (in_.IsAny({kAny, kSome, kAll}) && in_.IsSymbol("(", 1)) {
    // A call of its own: Spark names and evaluates LIKE ANY ('a', 'b') as one expression.
    const bool all = in_.Take().keyword == kAll;
    in_.Take();
    ExpressionList arguments = {std::move(operand)};
    if (in_.IsSymbol(")")) {
      in_.Take();
      throw ErrorOver(in_.OriginFrom(first), "_LEGACY_ERROR_TEMP_0064",
                      {{"msg", "Expected something between '(' and ')'."}});
    }
    do {
      arguments.push_back(ExpressionNode());
    } while (in_.AcceptSymbol(","));
    if (!in_.IsSymbol(")")) in_.FailInList(arguments.size() > 2, ")");
    in_.Take();
    return MakeCallFrom(first, (negated ? "not" : "") + name + (all ? "all" : "any"), std::move(arguments));
  }
  ExpressionList arguments = {std::move(operand), Value(kLeastPrecedence)};
  if (in_.Is(kEscape) && in_.IsString(1)) {
    in_.Take();
    const size_t escape = in_.position();
    const std::string text = StringLiteral();
    const bool is_one_character = !text.empty() && [&] {
      size_t count = 0;
      for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
      return count == 1;
    }();
    if (!is_one_character) {
      throw ErrorOver(in_.OriginFrom(first), "INVALID_ESC", {{"invalidEscape", "'" + text + "'"}});
    }
    arguments.push_back(Make(Literal{spark::Value{text}, DataType::String()}, escape));
  }
  ExpressionPtr result = MakeCallFrom(first, name, std::move(arguments));
  return negated ? MakeCallFrom(first, "not", {std::move(result)}) : result;
}

// Binary operators by climbing precedence; all of them lean left.
ExpressionPtr Grammar::Value(int least_precedence) {
  const size_t first = in_.position();
  ExpressionPtr left = Unary();
  while (true) {
    BinaryOperator op;
    if (in_.Peek().kind == TokenKind::kSymbol) {
      op = SymbolOperator(in_.Peek().text);
    } else if (in_.Is(kDiv) && !EndsExpression(in_, 1)) {
      op = {7, "div"};
    }
    if (op.name == nullptr || op.precedence < least_precedence) return left;
    in_.Take();
    ExpressionPtr right = Value(op.precedence + 1);
    left = MakeCallFrom(first, op.name, {std::move(left), std::move(right)});
  }
}

ExpressionPtr Grammar::Unary() {
  const bool is_minus = in_.IsSymbol("-");
  const TokenKind next = in_.Peek(1).kind;
  const bool is_number = is_minus && (next == TokenKind::kInteger || next == TokenKind::kDecimal ||
                                      next == TokenKind::kExponent || next == TokenKind::kSuffixed);
  const bool is_operator = !is_number && (is_minus || in_.IsSymbol("+") || in_.IsSymbol("~"));
  if (!is_operator) return Primary();
  const Level level(this);
  const size_t first = in_.position();
  const std::string_view symbol = in_.Take().text;
  ExpressionPtr child = Unary();
  FunctionCall call;
  call.name = {symbol == "-" ? "negative" : symbol == "+" ? "positive" : "~"};
  call.arguments = {std::move(child)};
  call.is_symbol = true;
  return Make(std::move(call), first);
}

SortOrder Grammar::SortItem() {
  SortOrder order;
  order.child = ExpressionNode();
  order.ascending = !in_.Accept(kDesc);
  if (order.ascending) in_.Accept(kAsc);
  order.nulls_first = order.ascending;
  if (in_.Is(kNulls) && in_.IsAny({kFirst, kLast}, 1)) {
    in_.Take();
    order.nulls_first = in_.Take().keyword == kFirst;
  }
  return order;
}

ExpressionList Grammar::SortItems() {
  return CommaList([this] {
    const size_t first = in_.position();
    SortOrder order = SortItem();
    return Make(std::move(order), first);
  });
}

}  // namespace hearth::spark
