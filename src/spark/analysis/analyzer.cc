#include "spark/analysis/analyzer.h"

#include "spark/analysis/analysis.h"
#include "spark/analysis/resolve_relation.h"
#include "spark/error.h"

namespace hearth::spark {

TypedPlanPtr Analyze(const RelationPtr& relation, Environment& environment) {
  Analysis analysis(environment);
  if (!analysis.Setting("spark.sql.ansi.enabled")) throw Error::Decline("spark.sql.ansi.enabled=false");
  return VisiblePlan(ResolveRelation(relation, analysis));
}

DataType SchemaOf(const TypedPlan& plan) {
  std::vector<StructField> fields;
  fields.reserve(plan.output.size());
  for (const Column& column : plan.output)
    fields.push_back({column.name, column.type, column.nullable, column.metadata});
  return DataType::Struct(std::move(fields));
}

}  // namespace hearth::spark
