#include "placement/size/join_group.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "placement/size/estimate.h"
#include "placement/size/selectivity.h"

namespace hearth::placement {

namespace {

using spark::ExpressionList;
using spark::ExpressionPtr;

/// Inputs whose order is looked for; more are joined as they are written, and of still more nobody can tell.
constexpr size_t kOrderedMax = 24;
constexpr size_t kJoinedMax = 200;
constexpr double kRowOverhead = 24;
constexpr double kVarianceOfAJoin = 0.04;
constexpr double kVarianceOfAFilter = 0.04;
constexpr double kVarianceOfASubquery = 0.16;
constexpr double kOfSubquery = 0.5;
constexpr double kOfScalarEquality = 0.01;
constexpr double kOfScalarComparison = 0.33;

/// `a = b` of two inputs.
struct Edge {
  size_t left;
  size_t right;
  /// Values that either side may have; the rows of a pair are their product, divided by that.
  double domain;
};

/// nullptr unless the expression is a column, or a cast of one.
const spark::UnresolvedAttribute* NameOf(const ExpressionPtr& expression) {
  if (expression == nullptr) return nullptr;
  if (const auto* cast = expression->As<spark::CastExpression>())
    return cast->child == nullptr ? nullptr : cast->child->As<spark::UnresolvedAttribute>();
  return expression->As<spark::UnresolvedAttribute>();
}

/// The input that has the column; as many as there are: none.
size_t OwnerOf(const spark::UnresolvedAttribute& name, const std::vector<Flow>& inputs) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].Find(name) != nullptr) return i;
  }
  return inputs.size();
}

/// Both sides of a key: one of them has each value once, most likely the one that has fewer.
double DomainOf(const Column* left, const Column* right) {
  const double a = left == nullptr ? 0 : left->Domain();
  const double b = right == nullptr ? 0 : right->Domain();
  if (a > 0 && b > 0) return std::min(a, b);
  return std::max({a, b, 1.0});
}

bool IsEquality(const spark::Expression& expression) {
  const std::string name = CallOf(expression);
  return name == "==" || name == "=" || name == "<=>";
}

/// `a = b` of two different inputs.
std::optional<Edge> EdgeOf(const ExpressionPtr& condition, const std::vector<Flow>& inputs) {
  if (!IsEquality(*condition)) return std::nullopt;
  const auto& arguments = condition->As<spark::FunctionCall>()->arguments;
  if (arguments.size() != 2) return std::nullopt;
  const auto* left = NameOf(arguments[0]);
  const auto* right = NameOf(arguments[1]);
  if (left == nullptr || right == nullptr) return std::nullopt;
  const size_t a = OwnerOf(*left, inputs);
  const size_t b = OwnerOf(*right, inputs);
  if (a == b || a == inputs.size() || b == inputs.size()) return std::nullopt;
  return Edge{a, b, DomainOf(inputs[a].Find(*left), inputs[b].Find(*right))};
}

void Filter(Flow& flow, double share) {
  flow.rows *= share;
  if (share < 1) flow.variance += kVarianceOfAFilter;
}

/// Conditions by the inputs that they are about.
class Sorting {
 public:
  Sorting(std::vector<Flow>& inputs, NodeBudget& budget, Totals& totals)
      : inputs_(inputs), local_(inputs.size()), early_(inputs.size(), 1), budget_(budget), totals_(totals) {}

  void Take(const ExpressionPtr& condition) {
    if (const auto edge = EdgeOf(condition, inputs_)) {
      AddEdge(*edge);
      return;
    }
    ExpressionFacts facts;
    AddFacts(condition, budget_, &facts);
    if (!facts.subqueries.empty()) return;  // decided by FilterBySubquery
    size_t owner = inputs_.size();
    bool is_of_several = false;
    const Column* outer = nullptr;
    bool is_outer = false;
    for (const auto* name : facts.columns) {
      const size_t one = OwnerOf(*name, inputs_);
      if (one == inputs_.size()) {
        is_outer |= !AnyOpen();
      } else {
        is_of_several |= owner != inputs_.size() && owner != one;
        owner = one;
        outer = inputs_[one].Find(*name);
      }
    }
    if (is_outer && owner != inputs_.size()) {
      // Compared with the query around: the join with that is counted there.
      if (IsEquality(*condition) && outer != nullptr) {
        Flow& flow = inputs_[owner];
        flow.outer_keys = std::max(flow.outer_keys, 1.0) * std::max(outer->Domain(), 1.0);
      }
      return;
    }
    if (is_of_several) {
      TakeResidual(condition);
    } else if (owner != inputs_.size()) {
      totals_.Add(Effort::kComputedValues, inputs_[owner].rows * std::max(facts.calls, 1.0));
      totals_.Add(Effort::kTextMatches, inputs_[owner].rows * facts.text_matches);
      local_[owner].push_back(condition);
    } else if (AnyOpen() && !facts.columns.empty()) {
      residual *= SelectivityOf(condition, Flow{}, budget_);
    }
  }

  void FilterInputs() {
    for (size_t i = 0; i < inputs_.size(); ++i) {
      if (early_[i] < 1) Filter(inputs_[i], early_[i]);
      if (local_[i].empty()) continue;
      PrunePartitions(inputs_[i], local_[i]);
      Filter(inputs_[i], SelectivityOf(local_[i], inputs_[i], budget_));
    }
  }

  /// One for each pair of inputs, whatever many keys they share.
  std::vector<Edge> edges;
  void AddEdge(const Edge& edge) {
    for (Edge& known : edges) {
      const bool is_same = (known.left == edge.left && known.right == edge.right) ||
                           (known.left == edge.right && known.right == edge.left);
      if (!is_same) continue;
      known.domain = std::min(known.domain * std::max(edge.domain, 1.0), Amount::kMedianMax);
      return;
    }
    edges.push_back(edge);
  }
  /// Of what can be decided only after joins.
  double residual = 1;

 private:
  bool AnyOpen() const {
    return std::any_of(inputs_.begin(), inputs_.end(), [](const Flow& flow) { return flow.is_open; });
  }

  /// An OR: keys that are equal in every branch are a join, and an input of which every branch says something
  /// is filtered by that before it is joined.
  void TakeResidual(const ExpressionPtr& condition) {
    const ExpressionList branches = OperandsOf(condition, "or", budget_);
    Flow all;
    for (const Flow& flow : inputs_) all.parts.insert(all.parts.end(), flow.parts.begin(), flow.parts.end());
    if (branches.size() < 2) {
      residual *= SelectivityOf(condition, all, budget_);
      return;
    }
    double none = 1;
    std::vector<Edge> common;
    std::vector<double> local(inputs_.size(), 0);
    for (size_t i = 0; i < branches.size(); ++i) {
      std::vector<Edge> found;
      std::vector<double> of_branch(inputs_.size(), 1);
      double rest = 1;
      for (const ExpressionPtr& one : OperandsOf(branches[i], "and", budget_)) {
        if (const auto edge = EdgeOf(one, inputs_)) {
          found.push_back(*edge);
          continue;
        }
        const double share = SelectivityOf(one, all, budget_);
        const size_t owner = OnlyOwnerOf(one);
        (owner == inputs_.size() ? rest : of_branch[owner]) *= share;
      }
      double every = rest;
      for (size_t input = 0; input < inputs_.size(); ++input) {
        every *= of_branch[input];
        local[input] = std::min(1.0, local[input] + of_branch[input]);
      }
      none *= 1 - every;
      if (i == 0) common = found;
      std::erase_if(common, [&found](const Edge& edge) { return !Has(found, edge); });
    }
    for (const Edge& edge : common) AddEdge(edge);
    double before = 1;
    for (size_t input = 0; input < inputs_.size(); ++input) {
      if (local[input] >= 1) continue;
      before *= local[input];
      early_[input] *= local[input];
    }
    residual *= std::clamp((1 - none) / before, 1e-9, 1.0);
  }
  static bool Has(const std::vector<Edge>& found, const Edge& edge) {
    return std::any_of(found.begin(), found.end(), [&edge](const Edge& other) {
      return edge.left == other.left && edge.right == other.right && edge.domain == other.domain;
    });
  }
  /// The one input that all columns of a condition are of.
  size_t OnlyOwnerOf(const ExpressionPtr& condition) {
    ExpressionFacts facts;
    AddFacts(condition, budget_, &facts);
    size_t owner = inputs_.size();
    for (const auto* name : facts.columns) {
      const size_t one = OwnerOf(*name, inputs_);
      if (one == inputs_.size() || (owner != inputs_.size() && owner != one)) return inputs_.size();
      owner = one;
    }
    return owner;
  }

  /// What folders say is not even read.
  void PrunePartitions(Flow& flow, const ExpressionList& conditions) {
    for (const ExpressionPtr& condition : conditions) {
      ExpressionFacts facts;
      AddFacts(condition, budget_, &facts);
      const bool is_of_folders =
          !facts.columns.empty() &&
          std::all_of(facts.columns.begin(), facts.columns.end(), [&flow](const auto* name) {
            const Column* column = flow.Find(*name);
            return column != nullptr && column->partition != nullptr;
          });
      if (!is_of_folders) continue;
      const double share = SelectivityOf(condition, flow, budget_);
      flow.scan.stored_bytes *= share;
      flow.scan.raw_bytes *= share;
      flow.scan.values *= share;
      flow.scan.rows *= share;
      flow.scan.parsed_bytes *= share;
    }
  }

  std::vector<Flow>& inputs_;
  std::vector<ExpressionList> local_;
  /// Shares of inputs that ORs leave.
  std::vector<double> early_;
  NodeBudget& budget_;
  Totals& totals_;
};

/// What is joined already, with the inputs in it.
struct Joined {
  Flow flow;
  std::vector<size_t> inputs;
  double origin;  ///< rows of its largest table before any filter
};

double OriginOf(const Flow& flow) {
  double origin = flow.rows;
  for (const Part& part : flow.parts) {
    if (part.columns == nullptr) continue;
    for (const auto& [name, column] : *part.columns) origin = std::max(origin, column.origin);
  }
  return origin;
}

bool Holds(const Joined& joined, size_t input) {
  return std::find(joined.inputs.begin(), joined.inputs.end(), input) != joined.inputs.end();
}

/// Rows of so many inputs: as many as the largest has, and anything but sure.
Flow JoinTooMany(std::vector<Flow> inputs, Totals& totals) {
  Flow all{.variance = Amount::kSpreadOfIgnorance * Amount::kSpreadOfIgnorance, .is_open = true};
  for (Flow& flow : inputs) {
    totals.Charge(flow);
    totals.Add(Effort::kBuiltRows, flow.rows);
    totals.Hold(flow.rows, flow.width);
    all.rows = std::max(all.rows, flow.rows);
    all.width += flow.width;
  }
  totals.joins += inputs.size() - 1;
  return all;
}

/// Rows of a join, and whether anything but all pairs.
std::pair<double, bool> RowsOf(const Joined& a, const Joined& b, const std::vector<Edge>& edges) {
  double domain = 1;
  bool any = false;
  for (const Edge& edge : edges) {
    const bool is_between =
        (Holds(a, edge.left) && Holds(b, edge.right)) || (Holds(a, edge.right) && Holds(b, edge.left));
    if (!is_between) continue;
    any = true;
    domain *= std::max(edge.domain, 1.0);
  }
  // Several columns that are a key together have no more values than the table has rows.
  if (any) domain = std::min(domain, std::max(1.0, std::min(a.origin, b.origin)));
  return {a.flow.rows * b.flow.rows / domain, any};
}

void Append(Flow& flow, Flow&& other) {
  flow.parts.insert(flow.parts.end(), std::make_move_iterator(other.parts.begin()),
                    std::make_move_iterator(other.parts.end()));
  flow.width += other.width;
  flow.variance += other.variance;
  flow.outer_keys = std::max(flow.outer_keys, other.outer_keys);
  flow.is_open |= other.is_open;
}

/// Counts a hash join, or a comparison of all pairs.
void CountJoin(const Flow& a, const Flow& b, double rows, bool has_keys, Totals& totals) {
  const Flow& built = a.rows * a.width <= b.rows * b.width ? a : b;
  const Flow& probed = &built == &a ? b : a;
  ++totals.joins;
  totals.Hold(built.rows, built.width);
  if (has_keys) {
    totals.Add(Effort::kBuiltRows, built.rows);
    totals.Add(Effort::kProbedRows, probed.rows);
  } else {
    totals.Add(Effort::kPairs, a.rows * b.rows);
  }
  totals.Add(Effort::kJoinedRows, rows);
}

void Merge(Joined& a, Joined&& b, const std::vector<Edge>& edges, Totals& totals) {
  const auto [rows, has_keys] = RowsOf(a, b, edges);
  CountJoin(a.flow, b.flow, rows, has_keys, totals);
  Append(a.flow, std::move(b.flow));
  a.flow.rows = rows;
  a.flow.variance += kVarianceOfAJoin;
  a.inputs.insert(a.inputs.end(), b.inputs.begin(), b.inputs.end());
  a.origin = std::max(a.origin, b.origin);
}

}  // namespace

void Totals::Charge(Flow& flow) {
  Scan& scan = flow.scan;
  if (scan.rows > 0 || scan.stored_bytes > 0) {
    Add(Effort::kScannedBytes, scan.raw_bytes);
    Add(Effort::kScannedValues, scan.values);
    Add(Effort::kParsedBytes, scan.parsed_bytes);
    input_bytes += scan.stored_bytes;
    input_rows += scan.rows;
  }
  scan = {};
}

void Totals::Hold(double rows, double width) { held_bytes += rows * (width + kRowOverhead); }

Flow JoinInputs(std::vector<Flow> inputs, const ExpressionList& conditions, NodeBudget& budget,
                Totals& totals) {
  if (inputs.size() > kJoinedMax) return JoinTooMany(std::move(inputs), totals);
  Sorting sorting(inputs, budget, totals);
  for (const ExpressionPtr& condition : conditions) {
    if (condition != nullptr) sorting.Take(condition);
  }
  std::vector<double> origins;
  for (const Flow& flow : inputs) origins.push_back(OriginOf(flow));
  sorting.FilterInputs();
  std::vector<Joined> joined;
  for (size_t i = 0; i < inputs.size(); ++i) {
    totals.Charge(inputs[i]);
    joined.push_back({std::move(inputs[i]), {i}, origins[i]});
  }
  while (joined.size() > 1) {
    size_t best_a = 0;
    size_t best_b = 1;
    double least = std::numeric_limits<double>::infinity();
    const size_t looked_at = joined.size() <= kOrderedMax ? joined.size() : 2;
    for (size_t a = 0; a < looked_at; ++a) {
      for (size_t b = a + 1; b < looked_at; ++b) {
        const auto [rows, has_keys] = RowsOf(joined[a], joined[b], sorting.edges);
        // All pairs only where nothing else is left.
        const double cost = has_keys ? rows : rows * 1e12;
        if (cost < least) {
          least = cost;
          best_a = a;
          best_b = b;
        }
      }
    }
    Merge(joined[best_a], std::move(joined[best_b]), sorting.edges, totals);
    joined.erase(joined.begin() + static_cast<std::ptrdiff_t>(best_b));
  }
  Flow flow = std::move(joined.front().flow);
  Filter(flow, sorting.residual);
  return flow;
}

Flow JoinTwo(Flow left, Flow right, const ExpressionList& conditions,
             const std::vector<std::string>& using_columns, KeptRows kept, NodeBudget& budget,
             Totals& totals) {
  std::vector<Flow> inputs;
  inputs.push_back(std::move(left));
  inputs.push_back(std::move(right));
  Sorting sorting(inputs, budget, totals);
  for (const ExpressionPtr& condition : conditions) {
    if (condition != nullptr) sorting.Take(condition);
  }
  for (const std::string& name : using_columns) {
    const spark::UnresolvedAttribute column{{name}, {}, false};
    sorting.AddEdge({0, 1, DomainOf(inputs[0].Find(column), inputs[1].Find(column))});
  }
  const double all_left = inputs[0].rows;
  const double all_right = inputs[1].rows;
  const double origins[] = {OriginOf(inputs[0]), OriginOf(inputs[1])};
  sorting.FilterInputs();
  for (Flow& flow : inputs) totals.Charge(flow);
  Joined a{std::move(inputs[0]), {0}, origins[0]};
  Joined b{std::move(inputs[1]), {1}, origins[1]};
  const auto [pairs, has_keys] = RowsOf(a, b, sorting.edges);
  const double matched = pairs * sorting.residual;
  const bool is_half = kept == KeptRows::kLeftMatched || kept == KeptRows::kLeftUnmatched;
  CountJoin(a.flow, b.flow, is_half ? all_left : matched, has_keys, totals);
  Flow flow = std::move(a.flow);
  if (is_half) {
    flow.variance += b.flow.variance;
  } else {
    Append(flow, std::move(b.flow));
  }
  switch (kept) {
    case KeptRows::kMatched: flow.rows = matched; break;
    case KeptRows::kLeft: flow.rows = std::max(matched, all_left); break;
    case KeptRows::kRight: flow.rows = std::max(matched, all_right); break;
    case KeptRows::kBoth: flow.rows = std::max({matched, all_left, all_right}); break;
    case KeptRows::kLeftMatched: flow.rows = std::min(matched, all_left); break;
    case KeptRows::kLeftUnmatched: flow.rows = std::max(all_left * kOfSubquery, all_left - matched); break;
  }
  flow.variance += kVarianceOfAJoin;
  return flow;
}

Flow FilterBySubquery(Flow flow, const SubqueryCondition& condition, Totals& totals) {
  const Flow& rows = condition.rows;
  const bool is_looked_up =
      condition.subquery->kind != spark::SubqueryExpression::Kind::kScalar || rows.outer_keys > 0;
  if (is_looked_up) CountJoin(flow, rows, flow.rows, true, totals);
  double share = kOfSubquery;
  if (condition.subquery->kind == spark::SubqueryExpression::Kind::kIn &&
      !condition.subquery->values.empty()) {
    const auto* name = NameOf(condition.subquery->values[0]);
    const Column* column = name == nullptr ? nullptr : flow.Find(*name);
    const double domain = column == nullptr ? 0 : column->Domain();
    if (domain > 0) share = std::min(1.0, rows.rows / domain);
    if (condition.is_negated) share = 1 - share;
  } else if (condition.is_comparison) {
    share = condition.is_equality ? kOfScalarEquality : kOfScalarComparison;
  }
  flow.rows *= std::max(share, 1e-6);
  flow.variance += kVarianceOfASubquery;
  return flow;
}

}  // namespace hearth::placement
