#include "engine/lower/select.h"

#include <algorithm>

namespace hearth::engine {
namespace {

std::string Join(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

}  // namespace

std::string ConjunctionText(const std::vector<Fragment>& conjuncts) {
  // DuckDB orders conjuncts by their cost: those that raise come after all others in a CASE, in the order
  // written.
  std::string quiet;
  for (const Fragment& conjunct : conjuncts) {
    if (!conjunct.raises) quiet += (quiet.empty() ? "" : " AND ") + conjunct.sql;
  }
  std::string raising;
  for (auto conjunct = conjuncts.rbegin(); conjunct != conjuncts.rend(); ++conjunct) {
    if (!conjunct->raises) continue;
    raising = raising.empty() ? conjunct->sql
                              : "(CASE WHEN " + conjunct->sql + " THEN " + raising + " ELSE FALSE END)";
  }
  if (raising.empty()) return quiet;
  if (quiet.empty()) return raising;
  // The quiet ones stand alone too, where they can be pushed into scans.
  return quiet + " AND (CASE WHEN " + quiet + " THEN " + raising + " ELSE FALSE END)";
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
