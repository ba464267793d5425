// Primary expressions: literals, names, calls, special forms, and what is written behind them.
#include <algorithm>
#include <array>
#include <optional>

#include "spark/sql/grammar.h"
#include "spark/sql/literal.h"
#include "spark/sql/parse_error.h"
#include "spark/sql/string_text.h"

namespace hearth::spark {

using enum Keyword;

namespace {

bool EqualsIgnoringCase(std::string_view l, std::string_view r) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(l.begin(), l.end(), r.begin(), r.end(),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

Literal StringValue(std::string text) { return {spark::Value{std::move(text)}, DataType::String()}; }

// A cast knows no CHAR(n) or VARCHAR(n): in Spark both are STRING there, at every level.
DataType WithoutLengths(const DataType& type) {
  switch (type.id()) {
    case TypeId::kChar:
    case TypeId::kVarchar: return DataType::String();
    case TypeId::kArray: return DataType::Array(WithoutLengths(type.element()), type.contains_null());
    case TypeId::kMap:
      return DataType::Map(WithoutLengths(type.key()), WithoutLengths(type.value()), type.contains_null());
    case TypeId::kStruct: {
      std::vector<StructField> fields = type.fields();
      for (StructField& field : fields) field.type = WithoutLengths(field.type);
      return DataType::Struct(std::move(fields));
    }
    default: return type;
  }
}

bool IsDatetimeUnit(Keyword keyword) {
  constexpr std::array kUnits = {kYear, kQuarter, kMonth,  kWeek,        kDay,        kDayofyear,
                                 kHour, kMinute,  kSecond, kMillisecond, kMicrosecond};
  return std::find(kUnits.begin(), kUnits.end(), keyword) != kUnits.end();
}

}  // namespace

// Every expression inside another one comes through here or through Predicate; these two count the levels.
ExpressionPtr Grammar::Primary() {
  const Level level(this);
  const size_t first = in_.position();
  return Postfix(PrimaryHead(), first);
}

// Everything behind a primary expression leans left: a.b[1]::int COLLATE x.
ExpressionPtr Grammar::Postfix(ExpressionPtr operand, size_t first) {
  while (true) {
    if (in_.IsSymbol("[")) {
      in_.Take();
      ExpressionPtr index = Value(1);
      if (!in_.IsSymbol("]")) in_.Fail(in_.IsEnd() ? ": missing ']'" : "");
      in_.Take();
      operand = Make(ExtractValue{std::move(operand), std::move(index)}, first);
    } else if (in_.IsSymbol(".") && in_.IsIdentifier(1)) {
      in_.Take();
      operand = Dereference(std::move(operand), first);
    } else if (in_.IsSymbol("::")) {
      in_.Take();
      DataType type = WithoutLengths(Type());
      operand = Make(CastExpression{std::move(operand), std::move(type), CastMode::kAnsi}, first);
    } else if (in_.Is(kCollate) && in_.IsIdentifier(1)) {
      in_.Take();
      std::vector<std::string> name = MultipartIdentifier();
      ExpressionPtr collation = Make(StringValue(name.back()), first);
      operand = MakeCallFrom(first, "collate", {std::move(operand), std::move(collation)});
    } else if (in_.IsSymbol(":") && in_.IsIdentifier(1)) {
      in_.Take();
      Identifier();
      operand = Make(UnsupportedExpression{"semi-structured extraction: " + in_.TextFrom(first)}, first);
    } else {
      return operand;
    }
  }
}

// A further part of a column's name, or a field of a value.
ExpressionPtr Grammar::Dereference(ExpressionPtr operand, size_t first) {
  std::string field = Identifier();
  if (const auto* column = operand->As<UnresolvedAttribute>()) {
    std::vector<std::string> parts = column->parts;
    parts.push_back(std::move(field));
    return Make(UnresolvedAttribute{std::move(parts), std::nullopt, false}, first);
  }
  if (const auto* variable = operand->As<LambdaVariable>()) {
    std::vector<std::string> parts = variable->parts;
    parts.push_back(std::move(field));
    return Make(LambdaVariable{std::move(parts)}, first);
  }
  ExpressionPtr name = Make(StringValue(std::move(field)), first);
  return Make(ExtractValue{std::move(operand), std::move(name)}, first);
}

ExpressionPtr Grammar::PrimaryHead() {
  const size_t first = in_.position();
  switch (in_.Peek().kind) {
    case TokenKind::kInteger:
    case TokenKind::kDecimal:
    case TokenKind::kExponent:
    case TokenKind::kSuffixed: return Number(first);
    case TokenKind::kString: return Strings();
    case TokenKind::kDoubleQuoted: return in_.IsString() ? Strings() : NameOrCall();
    case TokenKind::kBackQuoted: return NameOrCall();
    case TokenKind::kWord: {
      ExpressionPtr special = SpecialForm();
      return special != nullptr ? special : NameOrCall();
    }
    default: break;
  }
  if (in_.IsSymbol("(")) return Parenthesized();
  if (in_.IsSymbol("-")) return Number(first);
  if (in_.IsSymbol("*")) return Star(first, {});
  if (in_.IsSymbol("?") || in_.IsSymbol(":")) return ParameterMarker();
  in_.Fail();
}

ExpressionPtr Grammar::Number(size_t first) {
  const std::string sign = in_.AcceptSymbol("-") ? "-" : "";
  const std::string text = sign + std::string(in_.Take().text);
  const OriginPtr origin = in_.OriginFrom(first);
  return MakeExpression(NumberLiteral(text, origin), origin);
}

// Strings that stand side by side are one.
ExpressionPtr Grammar::Strings() {
  const size_t first = in_.position();
  std::string value;
  while (in_.IsString()) value += UnquoteString(in_.Take().text);
  return Make(StringValue(std::move(value)), first);
}

ExpressionPtr Grammar::ParameterMarker() {
  const size_t first = in_.position();
  if (in_.AcceptSymbol("?")) return Make(Parameter{"", parameter_count_++}, first);
  in_.Take();
  std::string name = Identifier();
  return Make(Parameter{std::move(name), 0}, first);
}

// At the asterisk, the target before it being read.
ExpressionPtr Grammar::Star(size_t first, std::vector<std::string> target) {
  in_.Take();
  UnresolvedStar star;
  star.target = std::move(target);
  if (in_.Is(kExcept) && in_.IsSymbol("(", 1) && !StartsQuery(in_.position() + 2) && !in_.IsSymbol("(", 2)) {
    in_.Take();
    in_.Take();
    star.except = CommaList([this] {
      const size_t name = in_.position();
      return Make(UnresolvedAttribute{MultipartIdentifier(), std::nullopt, false}, name);
    });
    if (!in_.IsSymbol(")")) in_.FailInList(star.except.size() > 1, ")");
    in_.Take();
  }
  return Make(std::move(star), first);
}

// (query), (a, b) -> e, (a, b AS c), (a).
ExpressionPtr Grammar::Parenthesized() {
  const size_t first = in_.position();
  if (IsQueryInParentheses(first)) {
    in_.Take();
    SubqueryExpression subquery;
    subquery.plan = Query();
    if (!in_.IsSymbol(")")) in_.Fail(in_.IsEnd() ? ": missing ')'" : "");
    in_.Take();
    return Make(std::move(subquery), first);
  }
  const size_t close = in_.MatchingParenthesis(first);
  if (close < in_.end() && in_.At(close + 1).text == "->") {
    in_.Take();
    std::vector<std::string> parameters = CommaList([this] { return Identifier(); });
    in_.ExpectSymbol(")");
    return Lambda(first, std::move(parameters));
  }
  in_.Take();
  ExpressionList items = {NamedExpression()};
  while (in_.AcceptSymbol(",")) items.push_back(NamedExpression());
  // Only a row names its parts.
  if (!in_.IsSymbol(")") || (items.size() == 1 && items[0]->As<Alias>() != nullptr)) in_.Fail();
  in_.Take();
  return items.size() == 1 ? items[0] : MakeCallFrom(first, "struct", std::move(items));
}

// At the arrow.
ExpressionPtr Grammar::Lambda(size_t first, std::vector<std::string> parameters) {
  in_.ExpectSymbol("->");
  const size_t outer = lambda_parameters_.size();
  lambda_parameters_.insert(lambda_parameters_.end(), parameters.begin(), parameters.end());
  ExpressionPtr body = ExpressionNode();
  lambda_parameters_.resize(outer);
  return Make(LambdaFunction{std::move(body), std::move(parameters)}, first);
}

bool Grammar::IsLambdaParameter(const std::string& name) const {
  return std::any_of(lambda_parameters_.begin(), lambda_parameters_.end(),
                     [&](const std::string& parameter) { return EqualsIgnoringCase(parameter, name); });
}

ExpressionPtr Grammar::ColumnName(size_t first, std::vector<std::string> parts) {
  if (IsLambdaParameter(parts[0])) return Make(LambdaVariable{std::move(parts)}, first);
  return Make(UnresolvedAttribute{std::move(parts), std::nullopt, false}, first);
}

// The forms with words of their own inside. Null when the word here is a plain name.
ExpressionPtr Grammar::SpecialForm() {
  const bool is_call = in_.IsSymbol("(", 1);
  // Whether `keyword` stands in the call's parentheses, not deeper.
  const auto holds = [&](Keyword keyword) {
    size_t i = in_.position() + 2;
    const size_t close = in_.MatchingParenthesis(in_.position() + 1);
    for (; i < close; ++i) {
      if (in_.At(i).keyword == keyword) return true;
      if (in_.At(i).text == "(") i = in_.MatchingParenthesis(i);
    }
    return false;
  };
  const bool next_is_value =
      in_.Peek(1).kind != TokenKind::kEnd &&
      (in_.Peek(1).kind != TokenKind::kSymbol || is_call || in_.IsSymbol("-", 1) || in_.IsSymbol("+", 1) ||
       in_.IsSymbol("~", 1) || in_.IsSymbol("?", 1) || in_.IsSymbol(":", 1) || in_.IsSymbol("!", 1));
  switch (in_.Peek().keyword) {
    case kNull:
      if (is_call || in_.IsSymbol(".", 1)) return nullptr;
      in_.Take();
      return Make(Literal{{}, DataType::Null()}, in_.position() - 1);
    case kTrue:
    case kFalse: {
      if (is_call || in_.IsSymbol(".", 1)) return nullptr;
      const bool value = in_.Take().keyword == kTrue;
      return Make(Literal{spark::Value{value}, DataType::Boolean()}, in_.position() - 1);
    }
    case kInterval:
      if (StartsInterval()) return Interval();
      // INTERVAL 1 can only go on with a unit.
      if (in_.Peek(1).kind == TokenKind::kInteger || in_.Peek(1).kind == TokenKind::kDecimal) {
        throw SyntaxError(in_.Peek(2), in_.text());
      }
      return nullptr;
    case kCase: return next_is_value && CaseEnds() ? Case() : nullptr;
    case kCast:
    case kTryCast: {
      // CAST(1 INT) lacks its AS and is no call either.
      const bool lacks_as = !in_.IsIdentifier(2) && in_.Peek(3).kind == TokenKind::kWord;
      return is_call && (holds(kAs) || lacks_as) ? Cast() : nullptr;
    }
    case kExtract: return is_call && in_.IsIdentifier(2) && in_.Is(kFrom, 3) ? Extract() : nullptr;
    case kSubstr:
    case kSubstring: return is_call && holds(kFrom) ? Substring() : nullptr;
    case kTrim: return is_call && holds(kFrom) ? Trim() : nullptr;
    case kPosition: return is_call && holds(kIn) ? Position() : nullptr;
    case kOverlay: return is_call && holds(kPlacing) ? Overlay() : nullptr;
    case kStruct: return is_call ? StructCall() : nullptr;
    case kTimestampadd:
    case kDateadd:
    case kDateAdd: return is_call ? TimestampArithmetic("timestampadd") : nullptr;
    case kTimestampdiff:
    case kDatediff:
    case kDateDiff:
    case kTimediff: return is_call ? TimestampArithmetic("timestampdiff") : nullptr;
    default: return nullptr;
  }
}

// Whether THEN and END stand behind this CASE, inside the same parentheses; without them CASE is a name.
bool Grammar::CaseEnds() const {
  bool has_then = false;
  for (size_t i = in_.position() + 1; i < in_.end(); ++i) {
    if (in_.At(i).keyword == kThen) has_then = true;
    if (in_.At(i).keyword == kEnd) return has_then;
    if (in_.At(i).kind != TokenKind::kSymbol) continue;
    if (in_.At(i).text == ")") return false;
    if (in_.At(i).text == "(") i = in_.MatchingParenthesis(i);
  }
  return false;
}

ExpressionPtr Grammar::Case() {
  const size_t first = in_.position();
  in_.Take();
  ExpressionPtr value;
  if (!in_.Is(kWhen)) value = ExpressionNode();
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> branches;
  do {
    in_.Expect(kWhen);
    ExpressionPtr condition = ExpressionNode();
    in_.Expect(kThen);
    branches.emplace_back(std::move(condition), ExpressionNode());
  } while (in_.Is(kWhen));
  ExpressionPtr otherwise;
  if (in_.Accept(kElse)) otherwise = ExpressionNode();
  in_.Expect(kEnd);
  ExpressionList arguments;
  for (auto& [condition, result] : branches) {
    // CASE a WHEN b compares; Spark gives the comparison the whole CASE as its origin.
    arguments.push_back(value == nullptr ? condition : MakeCallFrom(first, "==", {value, condition}));
    arguments.push_back(result);
  }
  if (otherwise != nullptr) arguments.push_back(std::move(otherwise));
  return MakeCallFrom(first, "when", std::move(arguments));
}

ExpressionPtr Grammar::Cast() {
  const size_t first = in_.position();
  const bool is_try = in_.Take().keyword == kTryCast;
  in_.Take();
  ExpressionPtr child = ExpressionNode();
  // Behind a lone name the text could still go on as an alias, `cast (a, b)`; ANTLR's hint shows it.
  if (!in_.Is(kAs) && child->As<UnresolvedAttribute>() != nullptr) in_.FailInList(false, ")");
  in_.Expect(kAs);
  DataType type = WithoutLengths(Type());
  if (!in_.IsSymbol(")")) in_.Fail(in_.IsEnd() ? ": missing ')'" : "");
  in_.Take();
  return Make(CastExpression{std::move(child), std::move(type), is_try ? CastMode::kTry : CastMode::kAnsi},
              first);
}

ExpressionPtr Grammar::Extract() {
  const size_t first = in_.position();
  in_.Take();
  in_.Take();
  const std::string field = Identifier();
  in_.Expect(kFrom);
  ExpressionPtr source = Value(1);
  in_.ExpectSymbol(")");
  return MakeCallFrom(first, "extract", {Make(StringValue(field), first), std::move(source)});
}

ExpressionPtr Grammar::Substring() {
  const size_t first = in_.position();
  in_.Take();
  in_.Take();
  ExpressionList arguments = {Value(1)};
  if (!in_.Accept(kFrom)) in_.ExpectSymbol(",");
  arguments.push_back(Value(1));
  if (in_.Accept(kFor) || in_.AcceptSymbol(",")) arguments.push_back(Value(1));
  in_.ExpectSymbol(")");
  return MakeCallFrom(first, "substring", std::move(arguments));
}

// TRIM([BOTH|LEADING|TRAILING] [characters] FROM text) is trim(characters, text).
ExpressionPtr Grammar::Trim() {
  const size_t first = in_.position();
  in_.Take();
  in_.Take();
  std::string name = "trim";
  if (in_.IsAny({kBoth, kLeading, kTrailing})) {
    const Keyword side = in_.Take().keyword;
    if (side == kLeading) name = "ltrim";
    if (side == kTrailing) name = "rtrim";
  }
  ExpressionList arguments;
  if (!in_.Is(kFrom)) arguments.push_back(Value(1));
  in_.Expect(kFrom);
  arguments.push_back(Value(1));
  in_.ExpectSymbol(")");
  return MakeCallFrom(first, name, std::move(arguments));
}

ExpressionPtr Grammar::Position() {
  const size_t first = in_.position();
  in_.Take();
  in_.Take();
  ExpressionPtr part = Value(1);
  in_.Expect(kIn);
  ExpressionPtr text = Value(1);
  in_.ExpectSymbol(")");
  return MakeCallFrom(first, "locate", {std::move(part), std::move(text)});
}

ExpressionPtr Grammar::Overlay() {
  const size_t first = in_.position();
  in_.Take();
  in_.Take();
  ExpressionList arguments = {Value(1)};
  in_.Expect(kPlacing);
  arguments.push_back(Value(1));
  in_.Expect(kFrom);
  arguments.push_back(Value(1));
  if (in_.Accept(kFor)) arguments.push_back(Value(1));
  in_.ExpectSymbol(")");
  return MakeCallFrom(first, "overlay", std::move(arguments));
}

// dateadd(DAY, 1, d); null for the functions of two arguments, dateadd(d, 1).
ExpressionPtr Grammar::TimestampArithmetic(const char* name) {
  const size_t first = in_.position();
  size_t commas = 0;
  const size_t close = in_.MatchingParenthesis(first + 1);
  for (size_t i = first + 2; i < close; ++i) {
    if (in_.At(i).text == ",") ++commas;
    if (in_.At(i).text == "(") i = in_.MatchingParenthesis(i);
  }
  const bool is_unit = IsDatetimeUnit(in_.Peek(2).keyword) || in_.IsString(2);
  if (commas != 2 || !is_unit || !in_.IsSymbol(",", 3)) return nullptr;
  const std::string function(in_.Take().text);
  in_.Take();
  const bool is_quoted = in_.IsString();
  const size_t unit_position = in_.position();
  const std::string unit(in_.Take().text);
  ExpressionPtr unit_literal = Make(StringValue(unit), unit_position);
  in_.ExpectSymbol(",");
  ExpressionPtr left = Value(1);
  in_.ExpectSymbol(",");
  ExpressionPtr right = Value(1);
  in_.ExpectSymbol(")");
  if (is_quoted) {
    throw ErrorOver(in_.OriginFrom(first), "INVALID_PARAMETER_VALUE.DATETIME_UNIT",
                    {{"functionName", QuoteIdentifier(function)},
                     {"parameter", QuoteIdentifier("unit")},
                     {"invalidValue", unit}});
  }
  return MakeCallFrom(first, name, {std::move(unit_literal), std::move(left), std::move(right)});
}

ExpressionPtr Grammar::StructCall() {
  const size_t first = in_.position();
  in_.Take();
  in_.Take();
  ExpressionList arguments;
  if (!in_.IsSymbol(")")) arguments = NamedExpressions();
  if (!in_.IsSymbol(")")) in_.FailInList(arguments.size() > 1, ")");
  in_.Take();
  return MakeCallFrom(first, "struct", std::move(arguments));
}

// A name, a call, a typed literal (DATE '...'), a star with a target, or a lambda of one parameter.
ExpressionPtr Grammar::NameOrCall() {
  const size_t first = in_.position();
  if (in_.Peek().kind == TokenKind::kWord && in_.IsString(1)) {
    const std::string type = in_.Word();
    in_.Take();
    const std::string value = StringLiteral();
    return TypedLiteral(type, value, in_.options(), in_.OriginFrom(first));
  }
  std::vector<std::string> parts;
  if (in_.Is(kIdentifier) && in_.IsSymbol("(", 1)) {
    parts = IdentifierReference();
  } else {
    parts.push_back(Identifier());
  }
  if (in_.IsSymbol("->")) return Lambda(first, std::move(parts));
  while (in_.IsSymbol(".")) {
    if (in_.IsSymbol("*", 1)) {
      in_.Take();
      return Star(first, std::move(parts));
    }
    if (!in_.IsIdentifier(1)) break;
    in_.Take();
    parts.push_back(Identifier());
  }
  return in_.IsSymbol("(") ? Call(first, std::move(parts)) : ColumnName(first, std::move(parts));
}

ExpressionPtr Grammar::Argument() {
  if (!in_.IsIdentifier() || !in_.IsSymbol("=>", 1)) return ExpressionNode();
  const size_t first = in_.position();
  std::string name = Identifier();
  in_.Take();
  ExpressionPtr value = ExpressionNode();
  return Make(NamedArgument{std::move(name), std::move(value)}, first);
}

// At the parenthesis behind a function's name.
ExpressionPtr Grammar::Call(size_t first, std::vector<std::string> name) {
  const size_t open = in_.position();
  in_.Take();
  FunctionCall call;
  call.name = std::move(name);
  const bool has_quantifier =
      in_.IsAny({kDistinct, kAll}) && !in_.IsSymbol(")", 1) && !in_.IsSymbol(",", 1) && !in_.IsSymbol(".", 1);
  if (has_quantifier) call.is_distinct = in_.Take().keyword == kDistinct;
  if (!in_.IsSymbol(")") || has_quantifier) {
    call.arguments = CommaList([this] { return Argument(); });
    if (in_.Accept(kIgnore, kNulls)) call.ignore_nulls = true;
  }
  if (!in_.IsSymbol(")")) {
    // `WHERE a = ANY (SELECT b ...)`: directly in a condition ANTLR gives up at the parenthesis already.
    const bool is_lone_name =
        call.arguments.size() == 1 && call.arguments[0]->As<UnresolvedAttribute>() != nullptr;
    if (depth_ == condition_depth_ && is_lone_name) throw SyntaxError(in_.At(open), in_.text());
    in_.FailInList(call.arguments.size() > 1, ")");
  }
  in_.Take();
  if (in_.Is(kWithin) && in_.Is(kGroup, 1) && in_.IsSymbol("(", 2)) {
    in_.Accept(kWithin, kGroup);
    in_.Take();
    in_.Expect(kOrder);
    in_.Expect(kBy);
    call.within_group = SortItems();
    in_.ExpectSymbol(")");
  }
  if (in_.Is(kFilter) && in_.IsSymbol("(", 1) && in_.Is(kWhere, 2)) {
    in_.Take();
    in_.Take();
    in_.Take();
    call.filter = ExpressionNode();
    in_.ExpectSymbol(")");
  }
  if (in_.Accept(kIgnore, kNulls)) call.ignore_nulls = true;
  if (in_.Accept(kRespect, kNulls)) call.ignore_nulls = false;
  const bool has_window = in_.Is(kOver) && (in_.IsSymbol("(", 1) || in_.IsIdentifier(1));
  if (!has_window) return Make(std::move(call), first);
  in_.Take();
  WindowExpression window = WindowSpec();
  // In Spark the function carries the origin of the whole expression.
  window.function = Make(std::move(call), first);
  return Make(std::move(window), first);
}

}  // namespace hearth::spark
