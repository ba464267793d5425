// spark.catalog: the calls that concern temporary views and the names of catalogs and databases.
#pragma once

#include "engine/service/engine_runtime.h"
#include "engine/service/text_result.h"
#include "wire/session.h"

namespace spark::connect {
class Catalog;
}

namespace hearth::engine {

// Does what the call says and gives the rows that Spark answers. Declines the calls that need a persistent
// catalog.
TextResult AnswerCatalog(const ::spark::connect::Catalog& message, wire::Session& session,
                         EngineRuntime& runtime);

}  // namespace hearth::engine
