// df["a"]: columns named by the DataFrame that they belong to, found through the ids of Spark Connect's
// relations.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "spark/analysis/resolved.h"

namespace hearth::spark {

// The column that `parts` means in the relation with the id, if it is still a column of all relations above.
// Nothing when it is not (Spark then takes the name alone). Throws CANNOT_RESOLVE_DATAFRAME_COLUMN when no
// relation has the id, AMBIGUOUS_COLUMN_REFERENCE when several do and no one of them is nearer.
std::optional<NameMatch> FindPlanColumn(int64_t plan_id, const std::vector<std::string>& parts,
                                        const std::vector<PlanTreePtr>& trees, const OriginPtr& origin);

// All columns of the relation with the id (df["*"]).
std::vector<const ScopeColumn*> FindPlanColumns(int64_t plan_id, const std::vector<PlanTreePtr>& trees,
                                                const OriginPtr& origin);

}  // namespace hearth::spark
