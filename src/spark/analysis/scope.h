// The columns that a relation offers to names above it, with their qualifiers: Spark's rules for finding
// `a`, `t.a`, `t.a.field` among them. Immutable after construction; one analysis uses it from one thread
// (the index is built at the first look-up).
//
// A chain of withColumn makes a scope with each step, which differs from the one before by a column. Such
// scopes share one history of their columns and its index, so that a step costs what it changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "spark/analysis/typed_expression.h"

namespace hearth::spark {

// Qualifiers are shared by all columns of a table.
using Qualifier = std::shared_ptr<const std::vector<std::string>>;

struct ScopeColumn {
  Column column;
  Qualifier qualifier;    // null: none
  ColumnId identity = 0;  // equal for copies of one column, which are not ambiguous among themselves
};

// What a name means: a column and the struct fields named after it.
struct NameMatch {
  const ScopeColumn* column = nullptr;
  std::string written;  // the column's name as the user wrote it
  std::vector<std::string> fields;
};

class Scope;
using ScopePtr = std::shared_ptr<const Scope>;

class Scope {
 public:
  Scope() = default;
  // `hidden` columns (the keys that USING drops) are found by name only where no other column is, and only
  // with a qualifier.
  explicit Scope(std::vector<ScopeColumn> columns, std::vector<ScopeColumn> hidden = {});

  // A column in another one's place, or behind all others.
  struct Change {
    std::optional<size_t> place;
    ScopeColumn column;
  };
  // `base` without its hidden columns after the changes. REQUIRES: ids that `base` has not, each column of
  // which has an id of its own; places below base->size().
  static ScopePtr Changed(const ScopePtr& base, std::vector<Change> changes);

  // Whether both came of one scope by Changed, one of the other: a column of both is one of all between them.
  bool IsOfOneChain(const Scope& other) const { return history_ != nullptr && history_ == other.history_; }

  // For a scope that Changed made, the first call costs as much as there are columns.
  const std::vector<ScopeColumn>& columns() const;
  size_t size() const { return size_; }
  const std::vector<ScopeColumn>& hidden() const { return hidden_; }

  // All different columns that `parts` may mean; more than one: the name is ambiguous. Visible columns win.
  std::vector<NameMatch> Find(const std::vector<std::string>& parts) const;

  // Where the visible columns of that name stand, whatever their qualifiers, in order.
  std::vector<size_t> PlacesOf(std::string_view name) const;

  // Among visible and hidden columns; null when there is none with that id.
  const ScopeColumn* FindId(ColumnId id) const;
  bool IsHidden(ColumnId id) const;

  // The columns that `qualifier.*` means.
  std::vector<const ScopeColumn*> FindQualified(const std::vector<std::string>& qualifier) const;

 private:
  class History;
  struct Placed {
    size_t place = 0;
    const ScopeColumn* column = nullptr;
  };
  using Index = std::unordered_multimap<std::string, Placed>;

  Scope(std::shared_ptr<History> history, int64_t version, size_t size);

  void BuildIndex() const;
  static void Sort(std::vector<Placed>* columns);
  // The columns of that name, in order.
  std::vector<Placed> Named(std::string_view name) const;
  static std::vector<Placed> Named(const Index& index, std::string_view name);
  template <typename ByName>
  static std::vector<NameMatch> FindIn(const ByName& named, const std::vector<std::string>& parts,
                                       bool needs_qualifier);

  size_t size_ = 0;
  std::vector<ScopeColumn> hidden_;
  // Of a scope that Changed made: its columns are those of this version. Null for others.
  std::shared_ptr<History> history_;
  int64_t version_ = 0;

  mutable std::vector<ScopeColumn> columns_;  // of one with a history: once they were asked for
  mutable bool indexed_ = false;
  mutable Index column_index_;  // empty if there is a history
  mutable Index hidden_index_;
  mutable std::unordered_map<ColumnId, const ScopeColumn*> by_id_;
};

// ASCII lower case, as identifiers are compared.
std::string LowerCase(std::string_view text);
bool SameName(std::string_view l, std::string_view r);

// A ColumnReference to the column; `written` is the name to show (the column's own when empty).
TypedExpressionPtr ReferenceTo(const ScopeColumn& column, std::string written = "",
                               OriginPtr origin = nullptr);
TypedExpressionPtr ReferenceTo(const Column& column);

}  // namespace hearth::spark
