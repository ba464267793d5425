#include "spark/analysis/resolve_relation.h"

#include "spark/analysis/resolve_aggregate.h"
#include "spark/analysis/resolve_expression.h"
#include "spark/error.h"
#include "spark/nesting.h"

namespace hearth::spark {
namespace {

Resolved ResolveSample(const Sample& sample, const Relation& relation, Analysis& analysis) {
  Resolved input = ResolveRelation(sample.input, analysis);
  const bool is_whole = sample.lower_bound <= 0 && sample.upper_bound >= 1 && !sample.with_replacement;
  // Which rows a sample holds depends on Spark's partitions and random numbers.
  if (!is_whole) throw Error::Decline("a sample", relation.origin);
  return input;
}

Resolved ResolveRepartition(const Repartition& repartition, Analysis& analysis) {
  Resolved input = ResolveRelation(repartition.input, analysis);
  ExpressionResolver resolver(analysis, input);
  resolver.AllowMissing();
  for (const ExpressionPtr& expression : repartition.by) resolver.ResolveSortKey(expression);
  return input;
}

Resolved ResolveNamedWindow(const NamedWindow& node, Analysis& analysis) {
  const Restore restore(analysis.named_windows, &node.windows);
  return ResolveRelation(node.input, analysis);
}

struct RelationVisitor {
  const Relation& relation;
  Analysis& analysis;

  Resolved operator()(const NamedTable& node) const { return ResolveNamedTable(node, relation, analysis); }
  Resolved operator()(const DataSourceRead& node) const { return ResolveRead(node, analysis); }
  Resolved operator()(const Project& node) const { return ResolveProject(node, relation, analysis); }
  Resolved operator()(const Filter& node) const { return ResolveFilter(node, relation, analysis); }
  Resolved operator()(const Join& node) const { return ResolveJoin(node, relation, analysis); }
  Resolved operator()(const SetOperation& node) const {
    return ResolveSetOperation(node, relation, analysis);
  }
  Resolved operator()(const Sort& node) const { return ResolveSort(node, relation, analysis); }
  Resolved operator()(const Limit& node) const { return ResolveLimit(node, relation, analysis); }
  Resolved operator()(const Offset& node) const { return ResolveOffset(node, relation, analysis); }
  Resolved operator()(const Tail& node) const { return ResolveTail(node, relation, analysis); }
  Resolved operator()(const Aggregate& node) const { return ResolveAggregate(node, relation, analysis); }
  Resolved operator()(const LocalRelation& node) const { return ResolveLocal(node, analysis); }
  Resolved operator()(const CachedLocalRelation& node) const { return ResolveCached(node, analysis); }
  Resolved operator()(const InlineTable& node) const { return ResolveInlineTable(node, relation, analysis); }
  Resolved operator()(const Sample& node) const { return ResolveSample(node, relation, analysis); }
  Resolved operator()(const Deduplicate& node) const { return ResolveDeduplicate(node, relation, analysis); }
  Resolved operator()(const Range& node) const { return ResolveRange(node, analysis); }
  Resolved operator()(const SubqueryAlias& node) const {
    return ResolveSubqueryAlias(node, relation, analysis);
  }
  Resolved operator()(const Repartition& node) const { return ResolveRepartition(node, analysis); }
  Resolved operator()(const ToDataFrame& node) const { return ResolveToDataFrame(node, relation, analysis); }
  Resolved operator()(const WithColumnsRenamed& node) const {
    return ResolveWithColumnsRenamed(node, relation, analysis);
  }
  Resolved operator()(const WithColumns& node) const { return ResolveWithColumns(node, relation, analysis); }
  Resolved operator()(const DropColumns& node) const { return ResolveDropColumns(node, relation, analysis); }
  // Hints steer Spark's planner; they change no answer, known or not.
  Resolved operator()(const Hint& node) const { return ResolveRelation(node.input, analysis); }
  Resolved operator()(const ShowString&) const {
    throw Error::Decline("show() inside a plan", relation.origin);
  }
  Resolved operator()(const HtmlString&) const {
    throw Error::Decline("HTML inside a plan", relation.origin);
  }
  Resolved operator()(const ToSchema& node) const { return ResolveToSchema(node, relation, analysis); }
  Resolved operator()(const SqlText& node) const { return ResolveSqlText(node, analysis); }
  Resolved operator()(const With& node) const { return ResolveWith(node, relation, analysis); }
  Resolved operator()(const WithRelations& node) const { return ResolveWithRelations(node, analysis); }
  Resolved operator()(const NamedWindow& node) const { return ResolveNamedWindow(node, analysis); }
  Resolved operator()(const TableFunction& node) const {
    return ResolveTableFunction(node, relation, analysis);
  }
  Resolved operator()(const FillNa& node) const { return ResolveFillNa(node, relation, analysis); }
  Resolved operator()(const DropNa& node) const { return ResolveDropNa(node, relation, analysis); }
  Resolved operator()(const ReplaceNa& node) const { return ResolveReplaceNa(node, relation, analysis); }
  Resolved operator()(const Summary& node) const { return ResolveSummary(node, relation, analysis); }
  Resolved operator()(const DescribeColumns& node) const { return ResolveDescribe(node, relation, analysis); }
  Resolved operator()(const CollectMetrics& node) const {
    return ResolveCollectMetrics(node, relation, analysis);
  }
  Resolved operator()(const CachedRemoteRelation& node) const { return ResolveStored(node, analysis); }
  Resolved operator()(const UnsupportedRelation& node) const {
    throw Error::Decline(node.what, relation.origin);
  }
};

}  // namespace

Resolved ResolveRelation(const RelationPtr& relation, Analysis& analysis) {
  CheckNesting();
  if (relation == nullptr) return OneRowRelation(analysis);  // a query without FROM
  Resolved resolved = std::visit(RelationVisitor{*relation, analysis}, relation->node);
  if (relation->plan_id.has_value() || resolved.trees.size() != 1) {
    auto tree = std::make_shared<const PlanTree>(
        PlanTree{relation->plan_id, resolved.scope, std::move(resolved.trees)});
    resolved.trees.clear();
    resolved.trees.push_back(std::move(tree));
  }
  return resolved;
}

}  // namespace hearth::spark
