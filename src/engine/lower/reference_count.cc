#include "engine/lower/reference_count.h"

#include "spark/nesting.h"

namespace hearth::engine {
namespace {

using spark::TypedExpression;
using spark::TypedExpressionPtr;

class Counter {
 public:
  void Visit(const TypedExpressionPtr& expression) {
    spark::CheckNesting();
    if (expression != nullptr) std::visit([this](const auto& node) { VisitNode(node); }, expression->node);
  }
  void VisitAll(const spark::TypedExpressionList& list) {
    for (const auto& expression : list) Visit(expression);
  }

  std::map<spark::ColumnId, int> counts;

 private:
  void VisitNode(const spark::Constant&) {}
  void VisitNode(const spark::ColumnReference& node) { ++counts[node.id]; }
  void VisitNode(const spark::Call& node) { VisitAll(node.arguments); }
  void VisitNode(const spark::CastTo& node) { Visit(node.child); }
  void VisitNode(const spark::CaseWhen& node) {
    for (const auto& [condition, value] : node.branches) {
      Visit(condition);
      Visit(value);
    }
    Visit(node.otherwise);
  }
  void VisitNode(const spark::AggregateCall& node) {
    VisitAll(node.arguments);
    Visit(node.filter);
    for (const spark::SortKey& key : node.order_by) Visit(key.expression);
  }
  void VisitNode(const spark::WindowCall& node) {
    VisitNode(node.function);
    VisitAll(node.partition_by);
    for (const spark::SortKey& key : node.order_by) Visit(key.expression);
    Visit(node.lower.offset);
    Visit(node.upper.offset);
  }
  void VisitNode(const spark::TypedSubquery& node) { VisitAll(node.values); }
  void VisitNode(const spark::TypedLambda& node) { Visit(node.body); }
  void VisitNode(const spark::TypedAlias& node) { Visit(node.child); }
};

}  // namespace

std::map<spark::ColumnId, int> CountReferences(const spark::TypedExpressionList& expressions) {
  Counter counter;
  counter.VisitAll(expressions);
  return std::move(counter.counts);
}

}  // namespace hearth::engine
