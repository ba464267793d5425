#include "spark/analysis/scope.h"

#include <algorithm>
#include <iterator>

namespace hearth::spark {

std::string LowerCase(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool SameName(std::string_view l, std::string_view r) { return l == r || LowerCase(l) == LowerCase(r); }

Scope::Scope(std::vector<ScopeColumn> columns, std::vector<ScopeColumn> hidden)
    : columns_(std::move(columns)), hidden_(std::move(hidden)) {}

void Scope::BuildIndex() const {
  if (indexed_) return;
  for (size_t i = 0; i < columns_.size(); ++i) {
    column_index_.emplace(LowerCase(columns_[i].column.name), i);
    by_id_.emplace(columns_[i].column.id, &columns_[i]);
  }
  for (size_t i = 0; i < hidden_.size(); ++i) {
    hidden_index_.emplace(LowerCase(hidden_[i].column.name), i);
    by_id_.emplace(hidden_[i].column.id, &hidden_[i]);
  }
  indexed_ = true;
}

// Spark prefers the longest qualifier: with parts a.b.c it first takes c of table a.b, then b of table a
// (with field c), then column a (with fields b.c). The given qualifier matches the end of the column's own.
std::vector<NameMatch> Scope::FindIn(const std::vector<ScopeColumn>& columns, const Index& index,
                                     const std::vector<std::string>& parts, bool needs_qualifier) const {
  const size_t longest = std::min<size_t>(parts.size() - 1, 3);
  const size_t shortest = needs_qualifier ? 1 : 0;
  for (size_t used = longest + 1; used-- > shortest;) {
    std::vector<size_t> found;
    const auto [begin, end] = index.equal_range(LowerCase(parts[used]));
    for (auto it = begin; it != end; ++it) {
      const Qualifier& qualifier = columns[it->second].qualifier;
      const size_t size = qualifier == nullptr ? 0 : qualifier->size();
      bool same = size >= used;
      for (size_t i = 0; same && i < used; ++i) same = SameName((*qualifier)[size - used + i], parts[i]);
      if (same) found.push_back(it->second);
    }
    if (found.empty()) continue;
    std::sort(found.begin(), found.end());
    std::vector<NameMatch> matches;
    for (const size_t i : found) {
      const auto is_same = [&](const NameMatch& m) { return m.column->identity == columns[i].identity; };
      if (std::any_of(matches.begin(), matches.end(), is_same)) continue;
      matches.push_back(
          {&columns[i], parts[used],
           std::vector<std::string>(parts.begin() + static_cast<std::ptrdiff_t>(used) + 1, parts.end())});
    }
    return matches;
  }
  return {};
}

std::vector<NameMatch> Scope::Find(const std::vector<std::string>& parts) const {
  if (parts.empty()) return {};
  BuildIndex();
  std::vector<NameMatch> matches = FindIn(columns_, column_index_, parts, /*needs_qualifier=*/false);
  if (matches.empty()) matches = FindIn(hidden_, hidden_index_, parts, /*needs_qualifier=*/true);
  return matches;
}

const ScopeColumn* Scope::FindId(ColumnId id) const {
  BuildIndex();
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

bool Scope::IsHidden(ColumnId id) const {
  const ScopeColumn* found = FindId(id);
  return found != nullptr && !hidden_.empty() && found >= hidden_.data() &&
         found < hidden_.data() + hidden_.size();
}

std::vector<const ScopeColumn*> Scope::FindQualified(const std::vector<std::string>& qualifier) const {
  std::vector<const ScopeColumn*> found;
  const auto collect = [&](const std::vector<ScopeColumn>& columns) {
    for (const ScopeColumn& column : columns) {
      const size_t size = column.qualifier == nullptr ? 0 : column.qualifier->size();
      bool same = size >= qualifier.size() && size > 0;
      for (size_t i = 0; same && i < qualifier.size(); ++i) {
        same = SameName((*column.qualifier)[size - qualifier.size() + i], qualifier[i]);
      }
      if (same) found.push_back(&column);
    }
  };
  collect(hidden_);  // the dropped key of a USING join belongs to its table's star as well, and comes first
  collect(columns_);
  return found;
}

TypedExpressionPtr ReferenceTo(const ScopeColumn& column, std::string written, OriginPtr origin) {
  ColumnReference reference;
  reference.id = column.column.id;
  reference.name = written.empty() ? column.column.name : std::move(written);
  if (column.qualifier != nullptr) reference.qualifier = *column.qualifier;
  return MakeTyped(std::move(reference), column.column.type, column.column.nullable, std::move(origin));
}

TypedExpressionPtr ReferenceTo(const Column& column) {
  return MakeTyped(ColumnReference{column.id, column.name, {}, false}, column.type, column.nullable);
}

}  // namespace hearth::spark
