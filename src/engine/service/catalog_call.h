// spark.catalog: the calls about databases, tables, views and what is cached.
#pragma once

#include "engine/service/command_context.h"
#include "engine/service/text_result.h"

namespace spark::connect {
class Catalog;
}

namespace hearth::engine {

// Does what the call says and gives the rows that Spark answers. Throws spark::Error.
TextResult AnswerCatalog(const ::spark::connect::Catalog& message, CommandContext& context);

}  // namespace hearth::engine
