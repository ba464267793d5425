#include "placement/size/sizing.h"

#include <variant>

#include "spark/error.h"
#include "spark/sql/parser.h"

namespace hearth::placement {

namespace {

using spark::RelationPtr;

/// Names that a query gives to parts of itself; further ones are not known.
constexpr size_t kScopesMax = 1'000;

}  // namespace

Sizing::Frame Sizing::Expand(const spark::SqlText& sql) {
  if (sql.query.size() > kEstimatedTextMax) return Leaf(Unknown());
  try {
    const spark::Statement statement = spark::ParseStatement(sql.query);
    if (const auto* query = std::get_if<RelationPtr>(&statement)) return Through(*query, Same());
    return Through(QueryOf(std::get<spark::Command>(statement)), All());
  } catch (const spark::Error&) {
    return Leaf({.rows = 0, .width = 1});  // it fails before it reads anything
  }
}

Sizing::Frame Sizing::Expand(const spark::With& with) {
  Demand demand = Same();
  for (const spark::CommonTableExpression& table : with.tables) {
    const RelationPtr plan =
        table.column_names.empty()
            ? table.plan
            : spark::MakeRelation(spark::SubqueryAlias{table.plan, table.name, {}, table.column_names});
    // It may name those before it.
    if (!Define(table.name, plan, demand.scope, &demand.scope)) break;
  }
  return Through(with.input, std::move(demand));
}

Sizing::Frame Sizing::Expand(const spark::WithRelations& with) {
  Demand demand = Same();
  for (const RelationPtr& reference : with.references) {
    const auto* alias = reference == nullptr ? nullptr : reference->As<spark::SubqueryAlias>();
    if (alias != nullptr && !Define(alias->alias, alias->input, demand_.scope, &demand.scope)) break;
  }
  return Through(with.root, std::move(demand));
}

bool Sizing::Define(const std::string& name, const RelationPtr& plan, const ScopePtr& scope_of_plan,
                    ScopePtr* scope) {
  if ((*scope)->depth >= kScopesMax || !budget_.Take()) return false;
  auto inner = std::make_shared<Scope>();
  inner->name = LowerCase(name);
  inner->plan = plan;
  inner->scope_of_plan = scope_of_plan;
  inner->outer = *scope;
  inner->depth = (*scope)->depth + 1;
  inner->inputs = (*scope)->inputs;
  *scope = std::move(inner);
  return true;
}

Sizing::Frame Sizing::Expand(const spark::SubqueryAlias& alias) {
  Demand demand = Same();
  // New names hide the old ones, which nobody can ask for then.
  if (!alias.column_names.empty()) demand.all_columns = true;
  Frame frame = Named(LowerCase(alias.alias), Through(alias.input, std::move(demand)));
  if (alias.column_names.empty()) return frame;
  frame.combine = [combine = std::move(frame.combine)](std::vector<Flow> flows) {
    Flow flow = combine(std::move(flows));
    flow.is_open = true;
    return flow;
  };
  return frame;
}

Sizing::Frame Sizing::Renamed(const RelationPtr& input, const std::vector<std::string>& old_names) {
  Name(old_names);
  return Over(input, Same(), [](Flow flow) {
    flow.is_open = true;
    return flow;
  });
}

Sizing::Frame Sizing::Expand(const spark::ToDataFrame& node) {
  Frame frame = Renamed(node.input, {});
  frame.children.back().second.all_columns = true;
  return frame;
}

Sizing::Frame Sizing::Expand(const spark::WithColumnsRenamed& node) {
  std::vector<std::string> names;
  for (const auto& [from, to] : node.renames) names.push_back(from);
  return Renamed(node.input, names);
}

Sizing::Frame Sizing::Expand(const spark::ToSchema& node) { return Renamed(node.input, {}); }

}  // namespace hearth::placement
