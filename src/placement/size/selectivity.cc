#include "placement/size/selectivity.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace hearth::placement {

namespace {

using spark::Expression;
using spark::ExpressionList;
using spark::ExpressionPtr;

/// Of conditions of which nothing is known, by their kind.
constexpr double kOfEquality = 0.05;
constexpr double kOfComparison = 0.33;
constexpr double kOfPattern = 0.1;
constexpr double kOfAnything = 0.33;
constexpr double kOfColumnsCompared = 0.5;
constexpr double kLeast = 1e-9;
constexpr int kDepthMax = 40;
constexpr double kMicrosecondsOfADay = 86'400e6;
constexpr double kDaysOfAMonth = 30.44;

double Clamped(double share) { return share > kLeast ? std::min(share, 1.0) : kLeast; }

/// Days since 1970-01-01 of "1998-09-02", with or without what follows.
std::optional<double> DaysOf(std::string_view text) {
  int parts[3] = {};
  const char* at = text.data();
  const char* end = text.data() + text.size();
  for (int i = 0; i < 3; ++i) {
    const auto [next, error] = std::from_chars(at, end, parts[i]);
    if (error != std::errc() || (i < 2 && (next == end || *next != '-'))) return std::nullopt;
    at = i < 2 ? next + 1 : next;
  }
  if (parts[0] < 0 || parts[0] > 9999 || parts[1] < 1 || parts[1] > 12) return std::nullopt;
  // Of the proleptic Gregorian calendar, years beginning in March.
  const int year = parts[0] - (parts[1] <= 2 ? 1 : 0);
  const int month = parts[1] + (parts[1] > 2 ? -3 : 9);
  const int era_year = year + 400;
  return 365.0 * era_year + era_year / 4 - era_year / 100 + era_year / 400 + (153 * month + 2) / 5 +
         parts[2] - 1 - 719'468 - 146'097;
}

std::optional<double> OnAxis(const spark::Literal& literal) {
  return std::visit(
      [&literal](const auto& value) -> std::optional<double> {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, spark::Decimal>) {
          return static_cast<double>(value.unscaled) * std::pow(10.0, -literal.type.scale());
        } else if constexpr (std::is_same_v<T, std::string>) {
          return AxisOfText(value);
        } else if constexpr (std::is_arithmetic_v<T>) {
          return static_cast<double>(value);
        } else {
          return std::nullopt;
        }
      },
      literal.value.data);
}

/// How far a literal moves a day: an interval, or a number of days.
std::optional<double> DaysOfInterval(const Expression& expression) {
  const auto* literal = expression.As<spark::Literal>();
  if (literal == nullptr) return std::nullopt;
  if (const auto* interval = std::get_if<spark::CalendarIntervalValue>(&literal->value.data))
    return interval->months * kDaysOfAMonth + interval->days;
  const auto value = OnAxis(*literal);
  if (!value) return std::nullopt;
  if (literal->type.Is(spark::TypeId::kDayTimeInterval)) return *value / kMicrosecondsOfADay;
  if (literal->type.Is(spark::TypeId::kYearMonthInterval)) return *value * kDaysOfAMonth;
  return std::nullopt;
}

std::optional<double> Constant(const ExpressionPtr& expression, int depth) {
  if (expression == nullptr || depth > kDepthMax) return std::nullopt;
  if (const auto* literal = expression->As<spark::Literal>()) return OnAxis(*literal);
  if (const auto* cast = expression->As<spark::CastExpression>()) {
    const auto* literal = cast->child == nullptr ? nullptr : cast->child->As<spark::Literal>();
    const auto* text = literal == nullptr ? nullptr : std::get_if<std::string>(&literal->value.data);
    if (text == nullptr) return Constant(cast->child, depth + 1);
    if (!cast->type.IsDateTime()) return OnAxis(*literal);
    const auto days = DaysOf(*text);
    if (!days || cast->type.Is(spark::TypeId::kDate)) return days;
    return *days * kMicrosecondsOfADay;
  }
  const auto* call = expression->As<spark::FunctionCall>();
  const std::string name = CallOf(*expression);
  if (call == nullptr || call->arguments.empty()) return std::nullopt;
  const auto first = Constant(call->arguments[0], depth + 1);
  if (!first) return std::nullopt;
  if (call->arguments.size() == 1) {
    if (name == "negative" || name == "-") return -*first;
    // date('1998-09-02') and the like.
    if (name == "date" || name == "to_date") {
      const auto* literal = call->arguments[0]->As<spark::Literal>();
      const auto* text = literal == nullptr ? nullptr : std::get_if<std::string>(&literal->value.data);
      return text == nullptr ? first : DaysOf(*text);
    }
    return std::nullopt;
  }
  if (call->arguments.size() != 2 || call->arguments[1] == nullptr) return std::nullopt;
  auto second = DaysOfInterval(*call->arguments[1]);
  if (!second) second = Constant(call->arguments[1], depth + 1);
  if (!second) return std::nullopt;
  if (name == "+" || name == "date_add") return *first + *second;
  if (name == "-" || name == "date_sub") return *first - *second;
  if (name == "*") return *first * *second;
  if (name == "/" && *second != 0) return *first / *second;
  return std::nullopt;
}

/// The column that an expression is, or is nothing but a cast of.
const Column* ColumnOf(const ExpressionPtr& expression, const Flow& flow) {
  const Expression* at = expression.get();
  for (int depth = 0; at != nullptr && depth < kDepthMax; ++depth) {
    if (const auto* name = at->As<spark::UnresolvedAttribute>()) return flow.Find(*name);
    const auto* cast = at->As<spark::CastExpression>();
    if (cast == nullptr) return nullptr;
    at = cast->child.get();
  }
  return nullptr;
}

/// A literal as a folder's name has it; "" if it has none.
std::string FolderText(const ExpressionPtr& expression) {
  const Expression* at = expression.get();
  if (const auto* cast = at == nullptr ? nullptr : at->As<spark::CastExpression>()) at = cast->child.get();
  const auto* literal = at == nullptr ? nullptr : at->As<spark::Literal>();
  if (literal == nullptr) return "";
  if (const auto* text = std::get_if<std::string>(&literal->value.data)) return *text;
  if (const auto* number = std::get_if<int64_t>(&literal->value.data)) {
    return literal->type.Is(spark::TypeId::kDate) ? spark::DateText(*number) : std::to_string(*number);
  }
  return "";
}

/// -1, 0 or 1, as numbers if both are.
int Compare(const std::string& a, const std::string& b) {
  double number_a = 0;
  double number_b = 0;
  const auto is_number = [](const std::string& text, double* number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
    return error == std::errc() && end == text.data() + text.size();
  };
  if (is_number(a, &number_a) && is_number(b, &number_b))
    return number_a < number_b ? -1 : number_a > number_b;
  return a < b ? -1 : a > b;
}

bool Holds(const std::string& name, int order) {
  if (name == "<") return order < 0;
  if (name == "<=") return order <= 0;
  if (name == ">") return order > 0;
  if (name == ">=") return order >= 0;
  return order == 0;
}

/// Of rows in partitions whose folder compares so with a literal; exact.
double ShareOfPartitions(const ColumnFacts& column, const std::string& name, const std::string& value) {
  double share = 0;
  for (const auto& [folder, rows] : column.partitions)
    share += Holds(name, Compare(folder, value)) ? rows : 0;
  return share;
}

double ShareEqual(const Column& column, std::optional<double> value) {
  if (value && column.range && (*value < column.range->first || *value > column.range->second)) return kLeast;
  const double domain = column.Domain();
  return column.distinct > 0 ? 1 / std::max(1.0, domain) : kOfEquality;
}

double ShareBelow(const Column& column, double value) {
  const auto& [low, high] = *column.range;
  if (high <= low) return value >= low ? 1 : 0;
  return std::clamp((value - low) / (high - low), 0.0, 1.0);
}

std::string Mirrored(const std::string& name) {
  if (name == "<") return ">";
  if (name == "<=") return ">=";
  if (name == ">") return "<";
  if (name == ">=") return "<=";
  return name;
}

double OfComparison(std::string name, ExpressionPtr left, ExpressionPtr right, const Flow& flow) {
  const Column* column = ColumnOf(left, flow);
  if (column == nullptr || ColumnOf(right, flow) != nullptr) {
    if (column != nullptr) return name == "==" ? kOfEquality : kOfColumnsCompared;
    std::swap(left, right);
    name = Mirrored(name);
    column = ColumnOf(left, flow);
  }
  const bool is_equality = name == "==" || name == "<=>";
  const auto value = ConstantOf(right);
  if (column == nullptr) return is_equality ? kOfEquality : kOfComparison;
  if (const std::string folder = FolderText(right); column->partition != nullptr && !folder.empty())
    return ShareOfPartitions(*column->partition, is_equality ? "==" : name, folder);
  if (is_equality) return ShareEqual(*column, value);
  if (!value || !column->range) return kOfComparison;
  // One value more or less on the edge, where they are few.
  const double edge = column->distinct > 0 ? 0.5 / std::max(1.0, column->Domain()) : 0;
  const double below = ShareBelow(*column, *value);
  if (name == "<") return below - (below < 1 ? 0 : edge);
  if (name == "<=") return below + edge;
  if (name == ">") return 1 - below - (below > 0 ? 0 : edge);
  return 1 - below + edge;
}

double Of(const ExpressionPtr& condition, const Flow& flow, NodeBudget& budget, int depth);

/// Of a comparison the column that it bounds on one side, else nullptr.
const Column* BoundColumn(const ExpressionPtr& condition, const Flow& flow) {
  if (condition == nullptr) return nullptr;
  const std::string name = CallOf(*condition);
  if (name != "<" && name != "<=" && name != ">" && name != ">=") return nullptr;
  const auto& arguments = condition->As<spark::FunctionCall>()->arguments;
  if (arguments.size() != 2) return nullptr;
  const Column* left = ColumnOf(arguments[0], flow);
  const Column* right = ColumnOf(arguments[1], flow);
  if ((left == nullptr) == (right == nullptr)) return nullptr;
  return left != nullptr ? left : right;
}

double OfAll(const ExpressionList& conditions, const Flow& flow, NodeBudget& budget, int depth) {
  double share = 1;
  // Of what is cut off on both sides the rest is between, while two conditions that know nothing of each
  // other would multiply.
  std::unordered_map<const Column*, double> cut_off;
  for (const ExpressionPtr& one : conditions) {
    const double part = Of(one, flow, budget, depth);
    const Column* column = BoundColumn(one, flow);
    if (column != nullptr && column->range) {
      cut_off[column] += 1 - part;
    } else {
      share *= part;
    }
  }
  for (const auto& [column, cut] : cut_off) share *= Clamped(1 - cut);
  return Clamped(share);
}

double OfIn(const ExpressionList& arguments, const Flow& flow, NodeBudget& budget) {
  double share = 0;
  const Column* column = ColumnOf(arguments[0], flow);
  const size_t folders =
      column == nullptr || column->partition == nullptr ? 0 : column->partition->partitions.size();
  for (size_t i = 1; i < arguments.size() && budget.Take(1 + folders / 16); ++i)
    share += Clamped(OfComparison("==", arguments[0], arguments[i], flow));
  return share;
}

double OfCall(const ExpressionPtr& condition, const Flow& flow, NodeBudget& budget, int depth) {
  const auto& arguments = condition->As<spark::FunctionCall>()->arguments;
  const std::string name = CallOf(*condition);
  if (name == "and") {
    return OfAll(OperandsOf(condition, "and", budget), flow, budget, depth + 1);
  }
  if (name == "or") {
    double none = 1;
    for (const ExpressionPtr& one : OperandsOf(condition, "or", budget))
      none *= 1 - Of(one, flow, budget, depth + 1);
    return 1 - none;
  }
  if (arguments.empty()) return kOfAnything;
  if (name == "not" || name == "!") return 1 - Of(arguments[0], flow, budget, depth + 1);
  if (name == "in") return OfIn(arguments, flow, budget);
  if (name == "isnull" || name == "isnotnull") {
    const Column* column = ColumnOf(arguments[0], flow);
    const double nulls = column == nullptr ? 0.1 : column->null_share;
    return name == "isnull" ? nulls : 1 - nulls;
  }
  if (name == "like" || name == "ilike" || name == "rlike" || name == "contains" || name == "startswith" ||
      name == "endswith" || name == "regexp" || name == "regexp_like")
    return kOfPattern;
  if (name == "between" && arguments.size() == 3) {
    const double from = Clamped(OfComparison(">=", arguments[0], arguments[1], flow));
    const double to = Clamped(OfComparison("<=", arguments[0], arguments[2], flow));
    return from == kOfComparison && to == kOfComparison ? kOfComparison / 2 : from + to - 1;
  }
  if (arguments.size() != 2) return kOfAnything;
  if (name == "!=" || name == "<>") return 1 - OfComparison("==", arguments[0], arguments[1], flow);
  if (name == "==" || name == "=") return OfComparison("==", arguments[0], arguments[1], flow);
  if (name == "<=>" || name == "<" || name == "<=" || name == ">" || name == ">=")
    return OfComparison(name, arguments[0], arguments[1], flow);
  return kOfAnything;
}

double Of(const ExpressionPtr& condition, const Flow& flow, NodeBudget& budget, int depth) {
  if (condition == nullptr || depth > kDepthMax || !budget.Take()) return kOfAnything;
  if (const auto* literal = condition->As<spark::Literal>()) {
    const auto* truth = std::get_if<bool>(&literal->value.data);
    return Clamped(truth != nullptr && *truth ? 1 : 0);
  }
  return condition->As<spark::FunctionCall>() == nullptr ? kOfAnything
                                                         : Clamped(OfCall(condition, flow, budget, depth));
}

}  // namespace

double SelectivityOf(const ExpressionPtr& condition, const Flow& flow, NodeBudget& budget) {
  return Of(condition, flow, budget, 0);
}

double SelectivityOf(const ExpressionList& conditions, const Flow& flow, NodeBudget& budget) {
  return OfAll(conditions, flow, budget, 0);
}

std::optional<double> ConstantOf(const ExpressionPtr& expression) {
  const auto constant = Constant(expression, 0);
  return constant && std::isfinite(*constant) ? constant : std::nullopt;
}

}  // namespace hearth::placement
