// The state of one analysis, handed to every part of the analyzer. Used from one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spark/analysis/environment.h"
#include "spark/analysis/resolved.h"
#include "spark/plan/relation.h"

namespace hearth::spark {

// The query around a subquery, for correlated names. Spark looks one level out, not further.
struct OuterQuery {
  const Resolved* relation = nullptr;  // whose columns are seen
  const Resolved* fallback = nullptr;  // seen when `relation` has no such column; may be null
  TypedExpressionList references;      // columns that were found here, as the outer query sees them
};

// A name bound to a query: a common table, or a DataFrame handed to spark.sql. Bindings form a list from the
// innermost scope outwards, so a scope is entered and left by replacing one pointer.
struct TableBinding;
using TableBindingPtr = std::shared_ptr<const TableBinding>;
struct TableBinding {
  std::string name;
  std::vector<std::string> column_names;
  RelationPtr plan;                        // resolved anew at each use, in the scope `visible`
  OriginPtr origin;                        // of the definition; null for a DataFrame
  TableBindingPtr visible;                 // what the query itself may refer to
  TableBindingPtr next;                    // outwards
  OuterQuery* outer = nullptr;             // the query around the one that binds the name
  std::shared_ptr<const Resolved> shared;  // not null: resolved once, read by scans
  int64_t table_id = 0;                    // of the shared table
};

class Analysis {
 public:
  explicit Analysis(Environment& around) : environment(around), current_database(around.CurrentDatabase()) {}

  Environment& environment;
  std::string current_database;  // of the session, or of the view being resolved
  TableBindingPtr bindings;
  OuterQuery* outer = nullptr;
  // WINDOW w AS (...) of the select being resolved.
  const std::vector<std::pair<std::string, WindowExpression>>* named_windows = nullptr;
  const SqlText* parameters = nullptr;  // what ? and :name mean in the text being resolved
  int view_depth = 0;
  // The observations met so far: the name, and the plan id of its relation, which is equal for copies.
  std::map<std::string, std::optional<int64_t>> observations;

  ColumnId NewColumnId() { return ++last_id_; }
  int64_t NewTableId() { return ++last_table_; }

  // Whether a boolean setting of the session is on.
  bool Setting(std::string_view key) const;

 private:
  ColumnId last_id_ = 0;
  int64_t last_table_ = 0;
};

// Restores a value when the scope ends.
template <typename T>
class Restore {
 public:
  explicit Restore(T& place) : place_(place), saved_(place) {}
  Restore(T& place, T value) : Restore(place) { place = std::move(value); }
  ~Restore() { place_ = std::move(saved_); }
  Restore(const Restore&) = delete;
  Restore& operator=(const Restore&) = delete;

 private:
  T& place_;
  T saved_;
};

}  // namespace hearth::spark
