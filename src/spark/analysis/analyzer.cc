#include "spark/analysis/analyzer.h"

#include "spark/analysis/analysis.h"
#include "spark/analysis/resolve_relation.h"
#include "spark/error.h"

namespace hearth::spark {

namespace {

Resolved ResolveRoot(const RelationPtr& relation, Environment& environment) {
  Analysis analysis(environment);
  if (!analysis.Setting("spark.sql.ansi.enabled")) throw Error::Decline("spark.sql.ansi.enabled=false");
  return ResolveRelation(relation, analysis);
}

}  // namespace

TypedPlanPtr Analyze(const RelationPtr& relation, Environment& environment) {
  return VisiblePlan(ResolveRoot(relation, environment));
}

DataType AnalyzeSchema(const RelationPtr& relation, Environment& environment) {
  const Resolved resolved = ResolveRoot(relation, environment);
  if (!resolved.plan.is_deferred()) return SchemaOf(*VisiblePlan(resolved));
  std::vector<StructField> fields;
  fields.reserve(resolved.scope->size());
  for (const ScopeColumn& scoped : resolved.scope->columns()) {
    const Column& column = scoped.column;
    fields.push_back({column.name, column.type, column.nullable, column.metadata});
  }
  return DataType::Struct(std::move(fields));
}

DataType SchemaOf(const TypedPlan& plan) {
  std::vector<StructField> fields;
  fields.reserve(plan.output.size());
  for (const Column& column : plan.output)
    fields.push_back({column.name, column.type, column.nullable, column.metadata});
  return DataType::Struct(std::move(fields));
}

}  // namespace hearth::spark
