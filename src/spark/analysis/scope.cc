#include "spark/analysis/scope.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <utility>

namespace hearth::spark {

std::string LowerCase(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool SameName(std::string_view l, std::string_view r) { return l == r || LowerCase(l) == LowerCase(r); }

// The columns of scopes that came of each other, with the versions in which each is there.
class Scope::History {
 public:
  explicit History(const std::vector<ScopeColumn>& columns) {
    for (const ScopeColumn& column : columns) Begin(column, current_.size());
  }

  int64_t latest() const { return latest_; }

  // Makes the next version.
  void Apply(std::vector<Change> changes) {
    ++latest_;
    for (Change& change : changes) {
      if (change.place.has_value()) current_[*change.place]->end = latest_;
      Begin(std::move(change.column), change.place.value_or(current_.size()));
    }
  }

  std::vector<Placed> Named(const std::string& lower_name, int64_t version) const {
    std::vector<Placed> found;
    const auto spans = by_name_.find(lower_name);
    if (spans == by_name_.end()) return found;
    for (const Span* span : spans->second) {
      if (span->Holds(version)) found.push_back({span->place, &span->column});
    }
    Sort(&found);
    return found;
  }

  const ScopeColumn* FindId(ColumnId id, int64_t version) const {
    const auto found = by_id_.find(id);
    return found != by_id_.end() && found->second->Holds(version) ? &found->second->column : nullptr;
  }

  std::vector<ScopeColumn> Columns(int64_t version, size_t size) const {
    std::vector<ScopeColumn> columns(size);
    for (const Span& span : spans_) {
      if (span.Holds(version)) columns[span.place] = span.column;
    }
    return columns;
  }

 private:
  // A column and the versions [begin, end) that it is a column of.
  struct Span {
    ScopeColumn column;
    size_t place;
    int64_t begin;
    int64_t end;
    bool Holds(int64_t version) const { return begin <= version && version < end; }
  };

  void Begin(ScopeColumn column, size_t place) {
    spans_.push_back({std::move(column), place, latest_, std::numeric_limits<int64_t>::max()});
    Span* const span = &spans_.back();
    by_name_[LowerCase(span->column.column.name)].push_back(span);
    by_id_.emplace(span->column.column.id, span);
    if (place == current_.size()) current_.push_back(nullptr);
    current_[place] = span;
  }

  int64_t latest_ = 0;
  std::deque<Span> spans_;  // never moved: names point to columns
  std::vector<Span*> current_;
  std::unordered_map<std::string, std::vector<const Span*>> by_name_;
  std::unordered_map<ColumnId, const Span*> by_id_;
};

Scope::Scope(std::vector<ScopeColumn> columns, std::vector<ScopeColumn> hidden)
    : size_(columns.size()), hidden_(std::move(hidden)), columns_(std::move(columns)) {}

Scope::Scope(std::shared_ptr<History> history, int64_t version, size_t size)
    : size_(size), history_(std::move(history)), version_(version) {}

ScopePtr Scope::Changed(const ScopePtr& base, std::vector<Change> changes) {
  size_t size = base->size();
  for (const Change& change : changes) size += change.place.has_value() ? 0 : 1;
  std::shared_ptr<History> history = base->history_;
  // The first step of a chain, or the second one that goes on from the same place.
  if (history == nullptr || history->latest() != base->version_) {
    history = std::make_shared<History>(base->columns());
  }
  history->Apply(std::move(changes));
  const int64_t version = history->latest();
  return std::shared_ptr<const Scope>(new Scope(std::move(history), version, size));
}

const std::vector<ScopeColumn>& Scope::columns() const {
  if (columns_.size() != size_) columns_ = history_->Columns(version_, size_);
  return columns_;
}

void Scope::BuildIndex() const {
  if (indexed_) return;
  const auto add = [this](const std::vector<ScopeColumn>& columns, Index* index) {
    for (size_t i = 0; i < columns.size(); ++i) {
      index->emplace(LowerCase(columns[i].column.name), Placed{i, &columns[i]});
      by_id_.emplace(columns[i].column.id, &columns[i]);
    }
  };
  if (history_ == nullptr) add(columns_, &column_index_);
  add(hidden_, &hidden_index_);
  indexed_ = true;
}

void Scope::Sort(std::vector<Placed>* columns) {
  std::sort(columns->begin(), columns->end(),
            [](const Placed& l, const Placed& r) { return l.place < r.place; });
}

std::vector<Scope::Placed> Scope::Named(const Index& index, std::string_view name) {
  std::vector<Placed> found;
  const auto [begin, end] = index.equal_range(LowerCase(name));
  for (auto it = begin; it != end; ++it) found.push_back(it->second);
  Sort(&found);
  return found;
}

std::vector<Scope::Placed> Scope::Named(std::string_view name) const {
  if (history_ != nullptr) return history_->Named(LowerCase(name), version_);
  BuildIndex();
  return Named(column_index_, name);
}

// Spark prefers the longest qualifier: with parts a.b.c it first takes c of table a.b, then b of table a
// (with field c), then column a (with fields b.c). The given qualifier matches the end of the column's own.
template <typename ByName>
std::vector<NameMatch> Scope::FindIn(const ByName& named, const std::vector<std::string>& parts,
                                     bool needs_qualifier) {
  const size_t longest = std::min<size_t>(parts.size() - 1, 3);
  const size_t shortest = needs_qualifier ? 1 : 0;
  for (size_t used = longest + 1; used-- > shortest;) {
    std::vector<NameMatch> matches;
    for (const Placed& placed : named(parts[used])) {
      const Qualifier& qualifier = placed.column->qualifier;
      const size_t size = qualifier == nullptr ? 0 : qualifier->size();
      bool same = size >= used;
      for (size_t i = 0; same && i < used; ++i) same = SameName((*qualifier)[size - used + i], parts[i]);
      if (!same) continue;
      const auto is_same = [&](const NameMatch& m) { return m.column->identity == placed.column->identity; };
      if (std::any_of(matches.begin(), matches.end(), is_same)) continue;
      matches.push_back(
          {placed.column, parts[used],
           std::vector<std::string>(parts.begin() + static_cast<std::ptrdiff_t>(used) + 1, parts.end())});
    }
    if (!matches.empty()) return matches;
  }
  return {};
}

std::vector<NameMatch> Scope::Find(const std::vector<std::string>& parts) const {
  if (parts.empty()) return {};
  const auto visible = [this](const std::string& name) { return Named(name); };
  std::vector<NameMatch> matches = FindIn(visible, parts, /*needs_qualifier=*/false);
  if (!matches.empty() || hidden_.empty()) return matches;
  BuildIndex();
  const auto hidden = [this](const std::string& name) { return Named(hidden_index_, name); };
  return FindIn(hidden, parts, /*needs_qualifier=*/true);
}

std::vector<size_t> Scope::PlacesOf(std::string_view name) const {
  std::vector<size_t> places;
  for (const Placed& placed : Named(name)) places.push_back(placed.place);
  return places;
}

const ScopeColumn* Scope::FindId(ColumnId id) const {
  if (history_ != nullptr) return history_->FindId(id, version_);
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
  collect(columns());
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
