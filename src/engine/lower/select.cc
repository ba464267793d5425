#include "engine/lower/select.h"

namespace hearth::engine {
namespace {

std::string Join(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

}  // namespace

std::string ConjunctionText(const std::vector<Fragment>& conjuncts) {
  // DuckDB orders conjuncts by their cost, but not the branches of CASE: those that raise come after all
  // others in a CASE, in the order written. Like Spark's filter it goes no further when one is NULL.
  constexpr size_t kLongest = size_t{16} << 10;
  std::string quiet;
  std::string alone;
  std::vector<const Fragment*> raising;
  for (const Fragment& conjunct : conjuncts) {
    if (conjunct.raises) {
      raising.push_back(&conjunct);
      continue;
    }
    quiet += (quiet.empty() ? "" : " AND ") + conjunct.sql;
    // What holds subqueries with such conditions in each other would double with each if it were printed
    // twice.
    if (conjunct.sql.size() <= kLongest) alone += conjunct.sql + " AND ";
  }
  if (raising.empty()) return quiet;
  if (quiet.empty() && raising.size() == 1) return raising[0]->sql;
  std::string guarded = "(CASE";
  if (!quiet.empty()) guarded += " WHEN (" + quiet + ") IS NOT TRUE THEN FALSE";
  for (size_t i = 0; i + 1 < raising.size(); ++i) {
    guarded += " WHEN " + raising[i]->sql + " IS NOT TRUE THEN FALSE";
  }
  // The quiet ones stand alone too, where joins use them and they can be pushed into scans.
  return alone + guarded + " ELSE " + raising.back()->sql + " END)";
}

std::string ClausesText(const Select& select) {
  std::string out;
  if (!select.from.empty()) out += " FROM " + select.from;
  if (!select.where.empty()) out += " WHERE " + ConjunctionText(select.where);
  if (!select.group_by.empty()) out += " GROUP BY " + select.group_by;
  if (!select.having.empty()) out += " HAVING " + ConjunctionText(select.having);
  if (!select.order_by.empty()) out += " ORDER BY " + Join(select.order_by);
  if (select.limit) out += " LIMIT " + std::to_string(*select.limit);
  if (select.offset != 0) out += " OFFSET " + std::to_string(select.offset);
  return out;
}

}  // namespace hearth::engine
