#include "engine/service/view_creation.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::Error;
using spark::ExceptionKind;

// The name without its database, which only a global view may have.
std::string OnePartName(const spark::CreateView& view) {
  if (view.name.size() == 1) return view.name[0];
  if (view.is_global && view.name.size() == 2 && SameName(view.name[0], kGlobalDatabase)) return view.name[1];
  throw Error(ExceptionKind::kAnalysis, "TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS",
              {{"actualName", spark::QuoteIdentifier(view.name)}});
}

// The plan with the views that its names mean now bound to them.
spark::RelationPtr Freeze(const spark::RelationPtr& plan, const std::map<std::string, ViewPtr>& views) {
  if (views.empty()) return plan;
  spark::WithRelations frozen;
  frozen.root = plan;
  for (const auto& [name, view] : views) {
    frozen.references.push_back(
        spark::MakeRelation(spark::SubqueryAlias{view->plan, name, {}, view->column_names}));
  }
  return spark::MakeRelation(std::move(frozen));
}

}  // namespace

void CheckViewColumns(const spark::CreateView& view, const std::vector<std::string>& name,
                      const spark::TypedPlan& plan) {
  const size_t given = view.column_names.size();
  if (given == 0 || given == plan.output.size()) return;
  const auto join = [](const auto& names) {
    std::string out;
    for (const auto& one : names) out += (out.empty() ? "" : ", ") + spark::QuoteIdentifier(one);
    return out;
  };
  std::vector<std::string> data_columns;
  for (const spark::Column& column : plan.output) data_columns.push_back(column.name);
  throw Error(ExceptionKind::kAnalysis,
              given > plan.output.size() ? "CREATE_VIEW_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS"
                                         : "CREATE_VIEW_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS",
              {{"viewName", spark::QuoteIdentifier(name)},
               {"viewColumns", join(view.column_names)},
               {"dataColumns", join(data_columns)}});
}

spark::TypedPlanPtr CreateTemporaryView(const spark::CreateView& view, ViewOrigin origin,
                                        wire::Session& session, EngineRuntime& runtime) {
  const std::string name = OnePartName(view);
  ViewCatalog& catalog = view.is_global ? runtime.global_views() : session.state<EngineSession>().views;

  SessionEnvironment environment(session, runtime);
  spark::TypedPlanPtr typed = environment.Analyze(view.plan);
  CheckViewColumns(view, view.name, *typed);

  auto definition = std::make_shared<spark::ViewDefinition>();
  definition->name = view.is_global ? std::vector<std::string>{std::string(kGlobalDatabase), name}
                                    : std::vector<std::string>{name};
  definition->column_names = view.column_names;
  definition->database = session.state<EngineSession>().current_database.Get();
  definition->plan =
      origin == ViewOrigin::kDataFrame ? Freeze(view.plan, environment.found_views()) : view.plan;
  if (origin == ViewOrigin::kSql && !view.is_global &&
      environment.found_views().count(absl::AsciiStrToLower(name)) != 0) {
    const std::string quoted = spark::QuoteIdentifier(name);
    throw Error(ExceptionKind::kAnalysis, "RECURSIVE_VIEW",
                {{"viewIdent", quoted}, {"newPath", quoted + " -> " + quoted}});
  }
  if (view.if_not_exists && catalog.Find(name) != nullptr) return typed;
  catalog.Create(name, std::move(definition), view.replace);
  return typed;
}

}  // namespace hearth::engine
