#include "spark/analysis/name_errors.h"

#include <algorithm>
#include <set>

#include "spark/analysis/pretty_name.h"

namespace hearth::spark {
namespace {

constexpr size_t kMaxSuggestions = 5;  // as Spark

size_t EditDistance(const std::string& l, const std::string& r) {
  std::vector<size_t> row(r.size() + 1);
  for (size_t j = 0; j <= r.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= l.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= r.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (l[i - 1] == r[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[r.size()];
}

// Whether all candidates agree in all but their last `kept` parts.
bool SamePrefix(const std::vector<std::vector<std::string>>& candidates, size_t kept) {
  std::set<std::vector<std::string>> prefixes;
  for (const auto& parts : candidates) {
    const size_t size = parts.size() > kept ? parts.size() - kept : 0;
    prefixes.insert({parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(size)});
  }
  return prefixes.size() == 1;
}

void KeepLast(std::vector<std::vector<std::string>>* candidates, size_t kept) {
  for (auto& parts : *candidates) {
    if (parts.size() > kept) parts.erase(parts.begin(), parts.end() - static_cast<std::ptrdiff_t>(kept));
  }
}

std::string CommaList(const std::vector<std::string>& items, size_t limit) {
  std::string out;
  for (size_t i = 0; i < items.size() && i < limit; ++i) out += (i == 0 ? "" : ", ") + items[i];
  return out;
}

std::vector<std::string> QualifiedName(const ScopeColumn& column) {
  std::vector<std::string> parts;
  if (column.qualifier != nullptr) parts = *column.qualifier;
  parts.push_back(column.column.name);
  return parts;
}

}  // namespace

std::vector<std::string> OrderBySimilarity(const std::vector<std::string>& name,
                                           std::vector<std::vector<std::string>> candidates) {
  if (name.size() == 1 && SamePrefix(candidates, 1)) {
    KeepLast(&candidates, 1);
  } else if (name.size() <= 2 && SamePrefix(candidates, 2)) {
    KeepLast(&candidates, 2);
  }
  // Spark measures from the name as it is written, without needless quotes, to the quoted candidates.
  std::string base;
  for (const std::string& part : name) base += (base.empty() ? "" : ".") + QuoteIfNeeded(part);
  std::vector<std::pair<size_t, std::string>> ranked;
  for (const auto& parts : candidates) {
    std::string quoted = QuoteIdentifier(parts);
    const size_t distance = EditDistance(quoted, base);
    ranked.emplace_back(distance, std::move(quoted));
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& l, const auto& r) { return l.first < r.first; });
  std::vector<std::string> ordered;
  for (auto& [distance, quoted] : ranked) ordered.push_back(std::move(quoted));
  return ordered;
}

Error UnresolvedColumn(const std::vector<std::string>& parts, const Scope* scope, const OriginPtr& origin,
                       SuggestionOrder order) {
  std::vector<const ScopeColumn*> columns;
  if (scope != nullptr) {
    for (const ScopeColumn& column : scope->columns()) columns.push_back(&column);
  }
  // Spark collects the candidates in a set that is ordered by name, then by age.
  if (order == SuggestionOrder::kByName) {
    std::stable_sort(columns.begin(), columns.end(), [](const ScopeColumn* l, const ScopeColumn* r) {
      return std::pair(l->column.name, l->column.id) < std::pair(r->column.name, r->column.id);
    });
  }
  std::vector<std::vector<std::string>> candidates;
  for (const ScopeColumn* column : columns) candidates.push_back(QualifiedName(*column));
  Error::Parameters parameters{{"objectName", QuoteIdentifier(parts)}};
  if (candidates.empty()) {
    return CheckFailure("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", std::move(parameters), origin);
  }
  parameters["proposal"] = CommaList(OrderBySimilarity(parts, std::move(candidates)), kMaxSuggestions);
  return CheckFailure("UNRESOLVED_COLUMN.WITH_SUGGESTION", std::move(parameters), origin);
}

Error AmbiguousReference(const std::vector<std::string>& parts, const std::vector<NameMatch>& matches,
                         const OriginPtr& origin) {
  std::vector<std::string> names;
  for (const NameMatch& match : matches) {
    std::vector<std::string> name = QualifiedName(*match.column);
    name.back() = match.written;
    names.push_back(QuoteIdentifier(name));
  }
  std::sort(names.begin(), names.end());
  return Error(
      ExceptionKind::kAnalysis, "AMBIGUOUS_REFERENCE",
      {{"name", QuoteIdentifier(parts)}, {"referenceNames", "[" + CommaList(names, names.size()) + "]"}},
      origin);
}

std::string SearchPath(const std::string& current_database) {
  return "[`system`.`builtin`, `system`.`session`, `spark_catalog`." + QuoteIdentifier(current_database) +
         "]";
}

Error TableNotFound(const std::vector<std::string>& parts, const std::string& current_database,
                    const OriginPtr& origin) {
  return CheckFailure(
      "TABLE_OR_VIEW_NOT_FOUND",
      {{"relationName", QuoteIdentifier(parts)}, {"searchPath", SearchPath(current_database)}}, origin);
}

Error CheckFailure(std::string condition, Error::Parameters parameters, const OriginPtr& origin) {
  return Error(ExceptionKind::kExtendedAnalysis, std::move(condition), std::move(parameters), origin);
}

std::string JoinName(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += '.';
    out += part.find('.') == std::string::npos ? part : "`" + part + "`";
  }
  return out;
}

}  // namespace hearth::spark
