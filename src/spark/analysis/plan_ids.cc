#include "spark/analysis/plan_ids.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "spark/analysis/name_errors.h"

namespace hearth::spark {
namespace {

struct Candidate {
  NameMatch match;
  int depth = 0;
  bool hidden = false;
};

struct Search {
  int64_t plan_id;
  const std::vector<std::string>& parts;
  const OriginPtr& origin;
  bool matched = false;

  std::vector<Candidate> Walk(const std::vector<PlanTreePtr>& trees, int depth) {
    std::vector<Candidate> found;
    for (const PlanTreePtr& tree : trees) {
      std::vector<Candidate> here = WalkDown(tree.get(), depth);
      std::move(here.begin(), here.end(), std::back_inserter(found));
    }
    return found;
  }

  // Down a chain of relations, which may be a thousand long, without a call for each of them.
  std::vector<Candidate> WalkDown(const PlanTree* tree, int depth) {
    std::vector<const PlanTree*> passed;
    for (; tree->plan_id != plan_id && tree->children.size() == 1; tree = tree->children[0].get(), ++depth) {
      passed.push_back(tree);
    }
    passed.push_back(tree);
    std::vector<Candidate> found =
        tree->plan_id == plan_id ? Match(*tree, depth) : Walk(tree->children, depth + 1);
    std::erase_if(found, [&](Candidate& candidate) { return !ComesThrough(passed, &candidate); });
    return found;
  }

  // A column that a relation on the way has dropped or replaced is not meant. `passed`: from the top.
  static bool ComesThrough(const std::vector<const PlanTree*>& passed, Candidate* candidate) {
    const ColumnId id = candidate->match.column->column.id;
    const Scope* looked_at = nullptr;
    for (size_t i = 0; i < passed.size(); ++i) {
      const Scope* const scope = passed[i]->scope.get();
      // Between two steps of one chain that both have it, all have it.
      const bool is_between = i + 1 < passed.size() && looked_at != nullptr &&
                              scope->IsOfOneChain(*looked_at) && scope->IsOfOneChain(*passed[i + 1]->scope);
      if (is_between) continue;
      if (scope->FindId(id) == nullptr) return false;
      candidate->hidden = candidate->hidden || scope->IsHidden(id);
      looked_at = scope;
    }
    return true;
  }

  std::vector<Candidate> Match(const PlanTree& tree, int depth) {
    matched = true;
    const std::vector<NameMatch> matches = tree.scope->Find(parts);
    if (matches.size() > 1) throw AmbiguousReference(parts, matches, origin);
    if (matches.empty()) return {};
    return {{matches[0], depth, false}};
  }
};

Error CannotResolve(const std::vector<std::string>& parts, const OriginPtr& origin) {
  return Error(ExceptionKind::kAnalysis, "CANNOT_RESOLVE_DATAFRAME_COLUMN",
               {{"name", QuoteDouble(JoinName(parts))}}, origin);
}

Error Ambiguous(const std::vector<std::string>& parts, const OriginPtr& origin) {
  return Error(ExceptionKind::kAnalysis, "AMBIGUOUS_COLUMN_REFERENCE",
               {{"name", QuoteDouble(JoinName(parts))}}, origin);
}

void CollectScopes(int64_t plan_id, const std::vector<PlanTreePtr>& trees,
                   std::vector<const Scope*>* scopes) {
  for (const PlanTreePtr& tree : trees) {
    if (tree->plan_id == plan_id) {
      scopes->push_back(tree->scope.get());
    } else {
      CollectScopes(plan_id, tree->children, scopes);
    }
  }
}

}  // namespace

std::optional<NameMatch> FindPlanColumn(int64_t plan_id, const std::vector<std::string>& parts,
                                        const std::vector<PlanTreePtr>& trees, const OriginPtr& origin) {
  Search search{plan_id, parts, origin};
  std::vector<Candidate> candidates = search.Walk(trees, 0);
  if (!search.matched) throw CannotResolve(parts, origin);
  const auto is_visible = [](const Candidate& c) { return !c.hidden; };
  if (std::any_of(candidates.begin(), candidates.end(), is_visible)) {
    candidates.erase(
        std::remove_if(candidates.begin(), candidates.end(), [](const Candidate& c) { return c.hidden; }),
        candidates.end());
  }
  if (candidates.empty()) return std::nullopt;
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& l, const Candidate& r) { return l.depth < r.depth; });
  const bool first_is_direct = candidates[0].depth == 0;
  for (size_t i = 1; i < candidates.size(); ++i) {
    if (!first_is_direct || candidates[i].depth == 0) throw Ambiguous(parts, origin);
  }
  return candidates[0].match;
}

std::vector<const ScopeColumn*> FindPlanColumns(int64_t plan_id, const std::vector<PlanTreePtr>& trees,
                                                const OriginPtr& origin) {
  std::vector<const Scope*> scopes;
  CollectScopes(plan_id, trees, &scopes);
  if (scopes.empty()) throw CannotResolve({"*"}, origin);
  if (scopes.size() > 1) throw Ambiguous({"*"}, origin);
  std::vector<const ScopeColumn*> columns;
  for (const ScopeColumn& column : scopes[0]->columns()) columns.push_back(&column);
  return columns;
}

}  // namespace hearth::spark
