// Errors about names that are not found or mean several things, with the suggestions that Spark makes.
#pragma once

#include <string>
#include <vector>

#include "spark/analysis/scope.h"
#include "spark/error.h"

namespace hearth::spark {

// The order of suggestions that are equally near.
enum class SuggestionOrder { kByName, kAsGiven };

// UNRESOLVED_COLUMN.* with the columns of `scope` nearest to the name; `scope` may be null.
Error UnresolvedColumn(const std::vector<std::string>& parts, const Scope* scope, const OriginPtr& origin,
                       SuggestionOrder order = SuggestionOrder::kByName);

// Spark's orderSuggestedIdentifiersBySimilarity over qualified names, each quoted, nearest first.
std::vector<std::string> OrderBySimilarity(const std::vector<std::string>& name,
                                           std::vector<std::vector<std::string>> candidates);

Error AmbiguousReference(const std::vector<std::string>& parts, const std::vector<NameMatch>& matches,
                         const OriginPtr& origin);

// TABLE_OR_VIEW_NOT_FOUND with the search path that Spark prints.
Error TableNotFound(const std::vector<std::string>& parts, const std::string& current_database,
                    const OriginPtr& origin);

// The search path in errors about tables and routines.
std::string SearchPath(const std::string& current_database);

// An AnalysisException raised by Spark's check of the whole plan; its class differs from one raised on the
// way.
Error CheckFailure(std::string condition, Error::Parameters parameters, const OriginPtr& origin);

// Spark's UnresolvedAttribute.name: parts joined by dots, those with special characters in back-ticks.
std::string JoinName(const std::vector<std::string>& parts);

}  // namespace hearth::spark
