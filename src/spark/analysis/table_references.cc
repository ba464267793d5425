#include "spark/analysis/table_references.h"

#include "spark/analysis/scope.h"

namespace hearth::spark {
namespace {

// Walks everything that may hold a relation. Each node kind says what it holds; the rest is overloads.
class Counter {
 public:
  explicit Counter(const std::string& name) : name_(name) {}

  int count = 0;

  void Walk(const RelationPtr& relation) {
    if (relation != nullptr) std::visit(*this, relation->node);
  }
  void Walk(const ExpressionPtr& expression) {
    if (expression != nullptr) std::visit(*this, expression->node);
  }
  void Walk(const SortOrder& order) { Walk(order.child); }
  void Walk(const CommonTableExpression& table) { Walk(table.plan); }
  void Walk(const WindowExpression& window) { (*this)(window); }
  template <typename L, typename R>
  void Walk(const std::pair<L, R>& pair) {
    Walk(pair.first);
    Walk(pair.second);
  }
  void Walk(const std::string&) {}
  template <typename T>
  void Walk(const std::vector<T>& list) {
    for (const T& item : list) Walk(item);
  }
  template <typename T>
  void Walk(const std::optional<T>& value) {
    if (value.has_value()) Walk(*value);
  }
  void Walk(const WindowFrame& frame) {
    Walk(frame.lower.value);
    Walk(frame.upper.value);
  }

  // Relations.
  void operator()(const NamedTable& node) {
    if (node.parts.size() == 1 && SameName(node.parts[0], name_)) ++count;
  }
  void operator()(const Project& node) { All(node.input, node.expressions); }
  void operator()(const Filter& node) { All(node.input, node.condition); }
  void operator()(const Join& node) { All(node.left, node.right, node.condition); }
  void operator()(const SetOperation& node) { All(node.left, node.right); }
  void operator()(const Sort& node) { All(node.input, node.orders); }
  void operator()(const Limit& node) { All(node.input, node.count); }
  void operator()(const Offset& node) { All(node.input, node.count); }
  void operator()(const Tail& node) { All(node.input, node.count); }
  void operator()(const Aggregate& node) {
    All(node.input, node.grouping, node.aggregates, node.grouping_sets, node.pivot_column, node.pivot_values);
  }
  void operator()(const InlineTable& node) { All(node.rows); }
  void operator()(const Sample& node) { All(node.input); }
  void operator()(const Deduplicate& node) { All(node.input); }
  void operator()(const SubqueryAlias& node) { All(node.input); }
  void operator()(const Repartition& node) { All(node.input, node.by); }
  void operator()(const ToDataFrame& node) { All(node.input); }
  void operator()(const WithColumnsRenamed& node) { All(node.input); }
  void operator()(const WithColumns& node) { All(node.input, node.aliases); }
  void operator()(const DropColumns& node) { All(node.input, node.columns); }
  void operator()(const Hint& node) { All(node.input, node.parameters); }
  void operator()(const ShowString& node) { All(node.input); }
  void operator()(const HtmlString& node) { All(node.input); }
  void operator()(const ToSchema& node) { All(node.input); }
  void operator()(const With& node) { All(node.input, node.tables); }
  void operator()(const WithRelations& node) { All(node.root, node.references); }
  void operator()(const NamedWindow& node) { All(node.input, node.windows); }
  void operator()(const TableFunction& node) { All(node.arguments); }
  void operator()(const FillNa& node) { All(node.input, node.values); }
  void operator()(const DropNa& node) { All(node.input); }
  void operator()(const ReplaceNa& node) { All(node.input, node.replacements); }

  // Expressions.
  void operator()(const FunctionCall& node) { All(node.arguments, node.filter, node.within_group); }
  void operator()(const Alias& node) { All(node.child); }
  void operator()(const CastExpression& node) { All(node.child); }
  void operator()(const SortOrder& node) { All(node.child); }
  void operator()(const LambdaFunction& node) { All(node.body); }
  void operator()(const WindowExpression& node) {
    All(node.function, node.partition_by, node.order_by, node.frame);
  }
  void operator()(const ExtractValue& node) { All(node.child, node.extraction); }
  void operator()(const SubqueryExpression& node) { All(node.plan, node.values); }
  void operator()(const NamedArgument& node) { All(node.value); }

  // Leaves.
  template <typename T>
  void operator()(const T&) {}

 private:
  template <typename... T>
  void All(const T&... parts) {
    (Walk(parts), ...);
  }

  const std::string& name_;
};

}  // namespace

int CountTableReferences(const RelationPtr& relation, const std::string& name) {
  Counter counter(name);
  counter.Walk(relation);
  return counter.count;
}

}  // namespace hearth::spark
