#include "placement/size/sizing.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "absl/strings/str_cat.h"
#include "placement/size/amount_text.h"

namespace hearth::placement {

namespace {

using spark::ExpressionList;
using spark::ExpressionPtr;
using spark::RelationPtr;

}  // namespace

void Sizing::Run(const RelationPtr& plan) {
  auto scope = std::make_shared<Scope>();
  scope->inputs = &inputs_;
  std::vector<Frame> stack;
  stack.push_back(Open(plan, {.scope = std::move(scope), .all_columns = true}));
  while (true) {
    Frame& top = stack.back();
    if (top.done.size() < top.children.size()) {
      auto [child, demand] = std::move(top.children[top.done.size()]);
      stack.push_back(Open(child, demand));
      continue;
    }
    Flow flow = top.combine(std::move(top.done));
    stack.pop_back();
    flow.rows = flow.rows >= 0 ? std::min(flow.rows, Amount::kMedianMax) : 0;
    if (stack.empty()) {
      totals_.Charge(flow);
      totals_.Add(Effort::kResultBytes, flow.rows * flow.width);
      variance_ = flow.variance;
      return;
    }
    stack.back().done.push_back(std::move(flow));
  }
}

PlanSize Sizing::Conclude() const {
  const double of_inputs = std::sqrt(std::min(totals_.input_variance, kUnknownVariance));
  const double of_rows = std::sqrt(std::min(std::max(variance_, totals_.input_variance), kUnknownVariance));
  return {.input_bytes = Tamed(Amount{totals_.input_bytes, of_inputs, InputSource()}),
          .input_rows = Tamed(Amount{totals_.input_rows, of_inputs, InputSource()}),
          .efforts = totals_.efforts,
          .held_bytes = totals_.held_bytes,
          .spread = of_rows,
          .source = PlanSource()};
}

Sizing::Frame Sizing::Open(const RelationPtr& relation, const Demand& demand) {
  if (relation == nullptr) return Leaf({.rows = 1, .width = 1});
  if (!budget_.Take()) return Leaf(Unknown());
  demand_ = demand;
  inputs_of_walk_ = demand.scope->inputs;
  keep_.push_back(relation);
  all_needed_ = demand.all_columns || is_cut_;
  return std::visit([this](const auto& node) { return Expand(node); }, relation->node);
}

ExpressionFacts Sizing::Note(const ExpressionList& expressions) {
  ExpressionFacts facts;
  for (const ExpressionPtr& expression : expressions) AddFacts(expression, budget_, &facts);
  for (const auto* column : facts.columns) {
    for (const std::string& part : column->parts) named_.insert(LowerCase(part));
  }
  is_cut_ |= facts.is_cut;
  kept_expressions_.insert(kept_expressions_.end(), facts.parsed.begin(), facts.parsed.end());
  return facts;
}

void Sizing::Name(const std::vector<std::string>& columns) {
  for (const std::string& column : columns) named_.insert(LowerCase(column));
}

Demand Sizing::Same() const { return demand_; }

Demand Sizing::Some() const { return {demand_.scope, false, 0}; }

Demand Sizing::All() const { return {demand_.scope, true, 0}; }

Demand Sizing::AllRows() const { return {demand_.scope, demand_.all_columns, 0}; }

Sizing::Frame Sizing::Over(const RelationPtr& input, Demand demand, const ExpressionFacts& facts,
                           std::function<Flow(Flow)> then) {
  Frame frame;
  for (const auto* subquery : facts.subqueries) frame.children.emplace_back(subquery->plan, All());
  frame.children.emplace_back(input, std::move(demand));
  frame.combine = [this, then = std::move(then), subqueries = facts.subqueries](std::vector<Flow> flows) {
    Flow flow = std::move(flows.back());
    flows.pop_back();
    for (size_t i = 0; i < flows.size(); ++i) {
      totals_.Charge(flows[i]);
      // It adds a column, whatever it says.
      const double rows = flow.rows;
      flow = FilterBySubquery(std::move(flow), {.subquery = subqueries[i], .rows = flows[i]}, totals_);
      flow.rows = rows;
    }
    return then(std::move(flow));
  };
  return frame;
}

Sizing::Frame Sizing::Over(const RelationPtr& input, Demand demand, std::function<Flow(Flow)> then) {
  return Over(input, std::move(demand), ExpressionFacts{}, std::move(then));
}

Sizing::Frame Sizing::Through(const RelationPtr& input, Demand demand) {
  return {{{input, std::move(demand)}}, {}, [](std::vector<Flow> flows) { return std::move(flows[0]); }};
}

std::string Sizing::InputSource() const {
  if (unknown_ > 0 && files_ == 0 && local_ == 0) return "nothing is known";
  std::string source;
  if (files_ == 1 && unknown_ == 0) {
    source = "files: " + description_;
  } else if (files_ > 0) {
    source = absl::StrCat("files: ", BytesText(totals_.input_bytes), ", ", CountText(totals_.input_rows),
                          " rows of ", files_, " inputs");
  } else if (local_ > 0) {
    source = local_source_;
  } else {
    return "reads nothing";
  }
  if (unknown_ > 0) absl::StrAppend(&source, "; of ", unknown_, " inputs nothing is known");
  return source;
}

std::string Sizing::PlanSource() const {
  std::string operators;
  const auto add = [&operators](size_t count, const char* what) {
    if (count > 0) absl::StrAppend(&operators, operators.empty() ? "" : ", ", count, " ", what);
  };
  add(totals_.joins, "joins");
  add(totals_.aggregations, "aggregations");
  add(totals_.sorts, "sorts");
  add(totals_.windows, "windows");
  return absl::StrCat(
      "plan: ", operators.empty() ? "a scan" : operators, " over ",
      unknown_ > 0 && files_ + local_ == 0 ? "what is not known" : CountText(totals_.input_rows) + " rows");
}

}  // namespace hearth::placement
