#include "placement/size/expression_facts.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "spark/error.h"
#include "spark/sql/parser.h"

namespace hearth::placement {

namespace {

using spark::ExpressionList;
using spark::ExpressionPtr;

constexpr size_t kTextMax = size_t{64} << 10;

// clang-format off: word lists, not tables
constexpr std::string_view kAggregates[] = {
    "any", "any_value", "approx_count_distinct", "approx_percentile", "array_agg", "avg", "bit_and", "bit_or",
    "bit_xor", "bool_and", "bool_or", "collect_list", "collect_set", "corr", "count", "count_if", "covar_pop",
    "covar_samp", "every", "first", "first_value", "kurtosis", "last", "last_value", "listagg", "max", "max_by",
    "mean", "median", "min", "min_by", "mode", "percentile", "percentile_approx", "percentile_cont",
    "percentile_disc", "product", "regr_avgx", "regr_avgy", "regr_count", "regr_intercept", "regr_r2",
    "regr_slope", "skewness", "some", "std", "stddev", "stddev_pop", "stddev_samp", "string_agg", "sum",
    "try_avg", "try_sum", "var_pop", "var_samp", "variance"};
constexpr std::string_view kGenerators[] = {"explode", "explode_outer", "inline", "inline_outer", "posexplode",
                                            "posexplode_outer", "stack"};
constexpr std::string_view kMatches[] = {"contains", "endswith", "ilike", "like", "regexp", "regexp_extract",
                                         "regexp_like", "regexp_replace", "rlike"};
// clang-format on

template <typename List>
bool Has(const List& list, std::string_view name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

class Walk {
 public:
  Walk(NodeBudget& budget, ExpressionFacts* facts) : budget_(budget), facts_(*facts) {}

  void Run(const ExpressionPtr& root) {
    Push(root, false);
    while (!waiting_.empty()) {
      const auto [expression, in_window] = waiting_.back();
      waiting_.pop_back();
      if (!budget_.Take()) {
        facts_.is_cut = true;
        return;
      }
      in_window_ = in_window;
      std::visit([this](const auto& node) { Look(node); }, expression->node);
    }
  }

 private:
  void Push(const ExpressionPtr& expression, bool in_window) {
    if (expression != nullptr) waiting_.emplace_back(expression.get(), in_window);
  }
  void Push(const ExpressionPtr& expression) { Push(expression, in_window_); }
  void Push(const ExpressionList& list) {
    for (const ExpressionPtr& expression : list) Push(expression);
  }

  void Look(const spark::Literal&) {}
  void Look(const spark::UnresolvedAttribute& column) { facts_.columns.push_back(&column); }
  void Look(const spark::UnresolvedStar&) { facts_.has_star = true; }
  void Look(const spark::UnresolvedRegex&) { facts_.has_star = true; }
  void Look(const spark::Parameter&) {}
  void Look(const spark::FunctionCall& call) {
    const std::string name = call.name.empty() ? "" : LowerCase(call.name.back());
    ++facts_.calls;
    facts_.text_matches += Has(kMatches, name) ? 1 : 0;
    if (Has(kAggregates, name) && !in_window_) {
      ++facts_.aggregates;
      if (call.is_distinct) ++facts_.distinct_aggregates;
    }
    facts_.has_generator |= Has(kGenerators, name);
    for (const ExpressionPtr& argument : call.arguments) {
      // count(*) needs no column.
      if (name == "count" && argument != nullptr && argument->As<spark::UnresolvedStar>() != nullptr)
        continue;
      Push(argument);
    }
    Push(call.filter);
    Push(call.within_group);
  }
  void Look(const spark::Alias& alias) { Push(alias.child); }
  void Look(const spark::CastExpression& cast) {
    ++facts_.calls;
    Push(cast.child);
  }
  void Look(const spark::SortOrder& order) { Push(order.child); }
  void Look(const spark::LambdaFunction& lambda) { Push(lambda.body); }
  void Look(const spark::LambdaVariable&) {}
  void Look(const spark::WindowExpression& window) {
    ++facts_.windows;
    Push(window.function, true);
    Push(window.partition_by);
    for (const spark::SortOrder& order : window.order_by) Push(order.child);
  }
  void Look(const spark::ExtractValue& extract) {
    Push(extract.child);
    Push(extract.extraction);
  }
  void Look(const spark::SubqueryExpression& subquery) {
    facts_.subqueries.push_back(&subquery);
    Push(subquery.values);
  }
  void Look(const spark::NamedArgument& argument) { Push(argument.value); }
  void Look(const spark::ExpressionString& text) {
    if (text.text.size() > kTextMax) {
      facts_.is_cut = true;
      return;
    }
    try {
      facts_.parsed.push_back(spark::ParseExpression(text.text));
      Push(facts_.parsed.back());
    } catch (const spark::Error&) {
      facts_.is_cut = true;
    }
  }
  void Look(const spark::UnsupportedExpression&) { facts_.is_cut = true; }

  NodeBudget& budget_;
  ExpressionFacts& facts_;
  std::vector<std::pair<const spark::Expression*, bool>> waiting_;
  bool in_window_ = false;
};

}  // namespace

void AddFacts(const ExpressionPtr& expression, NodeBudget& budget, ExpressionFacts* facts) {
  Walk(budget, facts).Run(expression);
}

ExpressionList OperandsOf(const ExpressionPtr& expression, std::string_view name, NodeBudget& budget) {
  ExpressionList operands;
  ExpressionList waiting = {expression};
  while (!waiting.empty() && budget.Take()) {
    const ExpressionPtr next = std::move(waiting.back());
    waiting.pop_back();
    if (next == nullptr) continue;
    if (CallOf(*next) != name) {
      operands.push_back(next);
      continue;
    }
    const ExpressionList& arguments = next->As<spark::FunctionCall>()->arguments;
    waiting.insert(waiting.end(), arguments.rbegin(), arguments.rend());
  }
  return operands;
}

std::string CallOf(const spark::Expression& expression) {
  const auto* call = expression.As<spark::FunctionCall>();
  return call == nullptr || call->name.size() != 1 ? "" : LowerCase(call->name[0]);
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace hearth::placement
