// The columns that a relation offers to names above it, with their qualifiers: Spark's rules for finding
// `a`, `t.a`, `t.a.field` among them. Immutable after construction; one analysis uses it from one thread
// (the index is built at the first look-up).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
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

class Scope {
 public:
  Scope() = default;
  // `hidden` columns (the keys that USING drops) are found by name only where no other column is, and only
  // with a qualifier.
  explicit Scope(std::vector<ScopeColumn> columns, std::vector<ScopeColumn> hidden = {});

  const std::vector<ScopeColumn>& columns() const { return columns_; }
  const std::vector<ScopeColumn>& hidden() const { return hidden_; }

  // All different columns that `parts` may mean; more than one: the name is ambiguous. Visible columns win.
  std::vector<NameMatch> Find(const std::vector<std::string>& parts) const;

  // Among visible and hidden columns; null when there is none with that id.
  const ScopeColumn* FindId(ColumnId id) const;
  bool IsHidden(ColumnId id) const;

  // The columns that `qualifier.*` means.
  std::vector<const ScopeColumn*> FindQualified(const std::vector<std::string>& qualifier) const;

 private:
  using Index = std::unordered_multimap<std::string, size_t>;

  void BuildIndex() const;
  std::vector<NameMatch> FindIn(const std::vector<ScopeColumn>& columns, const Index& index,
                                const std::vector<std::string>& parts, bool needs_qualifier) const;

  std::vector<ScopeColumn> columns_;
  std::vector<ScopeColumn> hidden_;

  mutable bool indexed_ = false;
  mutable Index column_index_;
  mutable Index hidden_index_;
  mutable std::unordered_map<ColumnId, const ScopeColumn*> by_id_;
};

using ScopePtr = std::shared_ptr<const Scope>;

// ASCII lower case, as identifiers are compared.
std::string LowerCase(std::string_view text);
bool SameName(std::string_view l, std::string_view r);

// A ColumnReference to the column; `written` is the name to show (the column's own when empty).
TypedExpressionPtr ReferenceTo(const ScopeColumn& column, std::string written = "",
                               OriginPtr origin = nullptr);
TypedExpressionPtr ReferenceTo(const Column& column);

}  // namespace hearth::spark
