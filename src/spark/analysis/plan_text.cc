// The tree that EXPLAIN prints.
#include <string>
#include <string_view>

#include "spark/analysis/analyzer.h"
#include "spark/analysis/pretty_name.h"

namespace hearth::spark {
namespace {

// Names in EXPLAIN need no session: instants in them are written in UTC.
class NoSession : public Environment {
 public:
  std::string Configuration(std::string_view) const override { return "UTC"; }
  std::shared_ptr<const ViewDefinition> FindView(const std::vector<std::string>&) const override {
    return nullptr;
  }
  std::shared_ptr<const FileRelation> ReadFiles(const DataSourceRead&) override { return nullptr; }
  std::shared_ptr<const LocalTable> ReadLocal(const LocalRelation&) override { return nullptr; }
  std::shared_ptr<const LocalTable> ReadCached(const CachedLocalRelation&) override { return nullptr; }
  std::shared_ptr<const StoredRows> FindStored(const std::string&) const override { return nullptr; }
  int64_t QueryTimeMicros() const override { return 0; }
};

std::string Text(const TypedExpressionPtr& expression) { return PrettyName(*expression, NoSession()); }

std::string ListText(const TypedExpressionList& expressions) {
  std::string out;
  for (const TypedExpressionPtr& e : expressions) out += (out.empty() ? "" : ", ") + Text(e);
  return "[" + out + "]";
}

std::string ColumnsText(const std::vector<Column>& columns) {
  std::string out;
  for (const Column& column : columns)
    out += (out.empty() ? "" : ", ") + column.name + "#" + std::to_string(column.id);
  return "[" + out + "]";
}

const char* JoinName(JoinType type) {
  switch (type) {
    case JoinType::kInner: return "Inner";
    case JoinType::kCross: return "Cross";
    case JoinType::kLeftOuter: return "LeftOuter";
    case JoinType::kRightOuter: return "RightOuter";
    case JoinType::kFullOuter: return "FullOuter";
    case JoinType::kLeftSemi: return "LeftSemi";
    case JoinType::kLeftAnti: return "LeftAnti";
  }
  return "";
}

const char* SetName(SetOperationType type) {
  switch (type) {
    case SetOperationType::kUnion: return "Union";
    case SetOperationType::kIntersect: return "Intersect";
    case SetOperationType::kExcept: return "Except";
  }
  return "";
}

// One line for a node, and its inputs.
struct Line {
  std::string text;
  std::vector<const TypedPlan*> inputs;
};

struct LineOf {
  const TypedPlan& plan;

  Line operator()(const OneRow&) const { return {"OneRowRelation", {}}; }
  Line operator()(const FileScan& node) const {
    return {"Relation " + ColumnsText(plan.output) + " " + node.relation->format + " (" +
                std::to_string(node.relation->files.size()) + " files)",
            {}};
  }
  Line operator()(const LocalScan&) const { return {"LocalRelation " + ColumnsText(plan.output), {}}; }
  Line operator()(const ValuesScan& node) const {
    return {"LocalRelation " + ColumnsText(plan.output) + " (" + std::to_string(node.rows.size()) + " rows)",
            {}};
  }
  Line operator()(const RangeScan& node) const {
    return {"Range (" + std::to_string(node.start) + ", " + std::to_string(node.end) +
                ", step=" + std::to_string(node.step) + ")",
            {}};
  }
  Line operator()(const TypedProject& node) const {
    return {"Project " + ListText(node.expressions), {node.input.get()}};
  }
  Line operator()(const TypedFilter& node) const {
    return {"Filter " + Text(node.condition), {node.input.get()}};
  }
  Line operator()(const TypedJoin& node) const {
    return {std::string(node.is_lateral ? "LateralJoin " : "Join ") + JoinName(node.type) +
                (node.condition == nullptr ? "" : ", " + Text(node.condition)),
            {node.left.get(), node.right.get()}};
  }
  Line operator()(const TypedAggregate& node) const {
    return {"Aggregate " + ListText(node.grouping) + ", " + ListText(node.aggregates) +
                (node.grouping_sets.empty()
                     ? ""
                     : ", " + std::to_string(node.grouping_sets.size()) + " grouping sets"),
            {node.input.get()}};
  }
  Line operator()(const TypedWindow& node) const {
    return {"Window " + ListText(node.windows), {node.input.get()}};
  }
  Line operator()(const TypedSort& node) const {
    std::string keys;
    for (const SortKey& key : node.keys) {
      keys += (keys.empty() ? "" : ", ") + Text(key.expression) + (key.ascending ? " ASC" : " DESC") +
              (key.nulls_first ? " NULLS FIRST" : " NULLS LAST");
    }
    return {"Sort [" + keys + "]", {node.input.get()}};
  }
  Line operator()(const TypedLimit& node) const {
    std::string text = node.limit.has_value() ? "Limit " + std::to_string(*node.limit) : "Offset";
    if (node.offset > 0) text += (node.limit.has_value() ? ", offset " : " ") + std::to_string(node.offset);
    return {std::move(text), {node.input.get()}};
  }
  Line operator()(const TypedTail& node) const {
    return {"Tail " + std::to_string(node.count), {node.input.get()}};
  }
  Line operator()(const TypedSetOperation& node) const {
    return {std::string(SetName(node.type)) + (node.all ? " All" : ""), {node.left.get(), node.right.get()}};
  }
  Line operator()(const TypedDistinct& node) const { return {"Distinct", {node.input.get()}}; }
  Line operator()(const TypedSample& node) const {
    return {"Sample " + std::to_string(node.lower_bound) + ", " + std::to_string(node.upper_bound),
            {node.input.get()}};
  }
  Line operator()(const TypedObserve& node) const {
    return {"CollectMetrics " + node.observation->name, {node.input.get()}};
  }
  Line operator()(const StoredScan& node) const {
    return {"Scan ExistingRDD " + node.rows->name + " " + ColumnsText(plan.output), {}};
  }
  Line operator()(const TypedWith& node) const {
    Line line{"WithCTE", {}};
    for (const CommonTable& table : node.tables) {
      line.text += " " + table.name + "#" + std::to_string(table.id);
      line.inputs.push_back(table.plan.get());
    }
    line.inputs.push_back(node.input.get());
    return line;
  }
  Line operator()(const CommonTableScan& node) const {
    return {"CTERelationRef #" + std::to_string(node.table_id), {}};
  }
};

void Append(const TypedPlan& plan, const std::string& first, const std::string& rest, std::string* out) {
  const Line line = std::visit(LineOf{plan}, plan.node);
  *out += first + line.text + "\n";
  for (size_t i = 0; i < line.inputs.size(); ++i) {
    const bool is_last = i + 1 == line.inputs.size();
    Append(*line.inputs[i], rest + (is_last ? "+- " : ":- "), rest + (is_last ? "   " : ":  "), out);
  }
}

}  // namespace

std::string PlanText(const TypedPlan& plan) {
  std::string out;
  Append(plan, "", "", &out);
  return out;
}

}  // namespace hearth::spark
