#include "engine/service/plan_inspection.h"

#include <algorithm>
#include <set>
#include <variant>

#include "engine/lower/lower.h"

namespace hearth::engine {
namespace {

// Walks every plan and expression below one, in no particular order.
class FileCollector {
 public:
  void Visit(const spark::TypedPlanPtr& plan) {
    if (plan != nullptr) Visit(*plan);
  }

  void Visit(const spark::TypedPlan& plan) {
    std::visit([this](const auto& node) { VisitNode(node); }, plan.node);
  }

  std::vector<std::string> Files() const { return {files_.begin(), files_.end()}; }
  // Locations of the tables, also of those without files.
  const std::set<std::string>& tables() const { return tables_; }

 private:
  void VisitNode(const spark::OneRow&) {}
  void VisitNode(const spark::LocalScan&) {}
  void VisitNode(const spark::RangeScan&) {}
  void VisitNode(const spark::CommonTableScan&) {}
  void VisitNode(const spark::StoredScan&) {}
  void VisitNode(const spark::FileScan& scan) {
    for (const std::string& file : scan.relation->files) files_.insert("file://" + file);
    if (!scan.relation->location.empty()) tables_.insert(scan.relation->location);
  }
  void VisitNode(const spark::ValuesScan& values) {
    for (const auto& row : values.rows) Visit(row);
  }
  void VisitNode(const spark::TypedProject& project) {
    Visit(project.input);
    Visit(project.expressions);
  }
  void VisitNode(const spark::TypedFilter& filter) {
    Visit(filter.input);
    Visit(filter.condition);
  }
  void VisitNode(const spark::TypedJoin& join) {
    Visit(join.left);
    Visit(join.right);
    Visit(join.condition);
  }
  void VisitNode(const spark::TypedAggregate& aggregate) {
    Visit(aggregate.input);
    Visit(aggregate.grouping);
    Visit(aggregate.aggregates);
  }
  void VisitNode(const spark::TypedWindow& window) {
    Visit(window.input);
    Visit(window.windows);
  }
  void VisitNode(const spark::TypedSort& sort) {
    Visit(sort.input);
    for (const auto& key : sort.keys) Visit(key.expression);
  }
  void VisitNode(const spark::TypedSetOperation& operation) {
    Visit(operation.left);
    Visit(operation.right);
  }
  void VisitNode(const spark::TypedWith& with) {
    for (const auto& table : with.tables) Visit(table.plan);
    Visit(with.input);
  }
  // Limit, tail, distinct, sample, observation: one input and nothing else.
  template <typename Node>
  void VisitNode(const Node& node) {
    Visit(node.input);
  }

  void Visit(const spark::TypedExpressionList& list) {
    for (const auto& expression : list) Visit(expression);
  }
  void Visit(const spark::TypedExpressionPtr& expression) {
    if (expression != nullptr)
      std::visit([this](const auto& node) { VisitExpression(node); }, expression->node);
  }
  void VisitExpression(const spark::Constant&) {}
  void VisitExpression(const spark::ColumnReference&) {}
  void VisitExpression(const spark::Call& call) { Visit(call.arguments); }
  void VisitExpression(const spark::CastTo& cast) { Visit(cast.child); }
  void VisitExpression(const spark::CaseWhen& choice) {
    for (const auto& [condition, value] : choice.branches) {
      Visit(condition);
      Visit(value);
    }
    Visit(choice.otherwise);
  }
  void VisitExpression(const spark::AggregateCall& call) {
    Visit(call.arguments);
    Visit(call.filter);
    for (const auto& key : call.order_by) Visit(key.expression);
  }
  void VisitExpression(const spark::WindowCall& call) {
    VisitExpression(call.function);
    Visit(call.partition_by);
    for (const auto& key : call.order_by) Visit(key.expression);
  }
  void VisitExpression(const spark::TypedSubquery& subquery) {
    Visit(subquery.plan);
    Visit(subquery.values);
  }
  void VisitExpression(const spark::TypedLambda& lambda) { Visit(lambda.body); }
  void VisitExpression(const spark::TypedAlias& alias) { Visit(alias.child); }

  std::set<std::string> files_;
  std::set<std::string> tables_;
};

}  // namespace

std::vector<std::string> InputFiles(const spark::TypedPlan& plan) {
  FileCollector collector;
  collector.Visit(plan);
  return collector.Files();
}

bool ReadsBelow(const spark::TypedPlan& plan, const std::string& folder) {
  FileCollector collector;
  collector.Visit(plan);
  if (collector.tables().count(folder) != 0) return true;
  const std::vector<std::string> files = collector.Files();
  const std::string uri = "file://" + folder;
  return std::any_of(files.begin(), files.end(),
                     [&](const std::string& file) { return file == uri || file.starts_with(uri + "/"); });
}

std::string SemanticKey(const spark::TypedPlan& plan) {
  // Keys are compared within a session only, whose zone is the same for both plans.
  const LoweredQuery query = Lower(plan, Checking::kFast, "UTC");
  std::string key = query.sql;
  for (const auto& table : query.local_tables) {
    key += '\n';
    for (const auto& block : table->blocks) key += *block;
  }
  return key;
}

int32_t SemanticHash(const std::string& key) {
  // FNV-1a: the same in every process, unlike absl::Hash.
  uint32_t hash = 2166136261U;
  for (const char c : key) hash = (hash ^ static_cast<uint8_t>(c)) * 16777619U;
  return static_cast<int32_t>(hash);
}

}  // namespace hearth::engine
