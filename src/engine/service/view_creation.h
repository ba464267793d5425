// CREATE TEMPORARY VIEW and createOrReplaceTempView.
#pragma once

#include "engine/service/engine_runtime.h"
#include "engine/service/session_environment.h"
#include "spark/plan/command.h"
#include "wire/session.h"

namespace hearth::engine {

// From where a view comes decides what the names inside it mean later.
enum class ViewOrigin {
  kSql,        // its text: names are looked up at each use
  kDataFrame,  // a resolved DataFrame: names mean what they meant now
};

// Analyzes and registers the view, and gives its plan. Throws what analysis throws,
// TEMP_TABLE_OR_VIEW_ALREADY_EXISTS or RECURSIVE_VIEW.
// REQUIRES: a view that is temporary.
spark::TypedPlanPtr CreateTemporaryView(const spark::CreateView& view, ViewOrigin origin,
                                        wire::Session& session, EngineRuntime& runtime);

// Throws CREATE_VIEW_COLUMN_ARITY_MISMATCH if the view, which is told by this name, lists more or fewer
// columns than its query has.
void CheckViewColumns(const spark::CreateView& view, const std::vector<std::string>& name,
                      const spark::TypedPlan& plan);

}  // namespace hearth::engine
