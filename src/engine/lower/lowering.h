// The state of one Lower: what the statement collects beside its text. Private to the folder; used from one
// thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/lower/fragment.h"
#include "engine/lower/lower.h"

namespace hearth::engine {

class Lowering {
 public:
  Lowering(Checking checking, std::string time_zone)
      : checking_(checking), time_zone_(std::move(time_zone)) {}

  bool exact() const { return checking_ == Checking::kExact; }
  const std::string& time_zone() const { return time_zone_; }

  // The number of a place that can raise, as printed: a new error site.
  std::string Site(const spark::OriginPtr& origin);
  // t1, t2, ...: unique in the statement, so that correlated names need no scopes.
  std::string NewAlias() { return "t" + std::to_string(++last_alias_); }
  // An id that no column of the plan has.
  spark::ColumnId NewColumnId() { return ++last_column_; }
  // hearth_local's argument for a table.
  std::string LocalTable(const std::shared_ptr<const spark::LocalTable>& table);

  // A call of a DuckDB function of the mapping table, of a fixed function or of a variant: the only place
  // where a function's name is printed. CHECKs that it is one of these.
  std::string CallText(std::string_view function, const std::vector<std::string>& arguments);

  // Columns of the queries around the one being printed, innermost last.
  std::vector<const Columns*> outer;
  // Whether what is printed is evaluated over rows that came with the query, or over none.
  bool is_local = false;
  // How deep in function calls, and in EXISTS without correlation, the expression being printed stands.
  int call_depth = 0;
  int exists_depth = 0;
  // Set when an outer column was printed that is an aggregate or a window there.
  bool outer_aggregate_used = false;
  // Storage of the columns of WITH tables, by table and column.
  std::map<int64_t, std::vector<std::pair<std::string, DuckType>>> common_tables;

  LoweredQuery query;

 private:
  Checking checking_;
  std::string time_zone_;
  int last_alias_ = 0;
  spark::ColumnId last_column_ = spark::ColumnId{1} << 48;  // analyses count from 1
};

}  // namespace hearth::engine
