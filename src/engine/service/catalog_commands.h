// SQL about what a session has: SHOW, DESCRIBE, USE, DROP TABLE. There is one catalog with one database, and
// no tables but temporary views.
#pragma once

#include "engine/service/engine_runtime.h"
#include "engine/service/text_result.h"
#include "spark/plan/command.h"
#include "wire/session.h"

namespace hearth::engine {

// Each gives the rows that Spark answers. They throw spark::Error and decline other catalogs.
TextResult Show(const spark::ShowCommand& show, wire::Session& session, EngineRuntime& runtime);
TextResult Describe(const spark::DescribeCommand& describe, wire::Session& session, EngineRuntime& runtime);
TextResult Use(const spark::UseCommand& use);
// Drops nothing, if it may be that there is nothing; a view that is named so is declined.
TextResult DropNoTable(const spark::DropTable& drop, wire::Session& session, EngineRuntime& runtime);

}  // namespace hearth::engine
