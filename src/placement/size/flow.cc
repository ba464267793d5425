#include "placement/size/flow.h"

#include <algorithm>
#include <cmath>

#include "placement/size/expression_facts.h"

namespace hearth::placement {

double Column::Domain() const {
  double domain = origin > 0 ? origin : 0;
  if (distinct > 0) domain = domain > 0 ? std::min(domain, distinct) : distinct;
  return domain;
}

const Column* Flow::Find(const spark::UnresolvedAttribute& name) const {
  if (name.parts.empty()) return nullptr;
  const std::string column = LowerCase(name.parts.back());
  const std::string qualifier = name.parts.size() > 1 ? LowerCase(name.parts[name.parts.size() - 2]) : "";
  for (const Part& part : parts) {
    if (part.columns == nullptr || (!qualifier.empty() && qualifier != part.qualifier)) continue;
    const auto found = part.columns->find(column);
    if (found != part.columns->end()) return &found->second;
  }
  // a.b may be a field of the column a.
  if (name.parts.size() > 1) return Find(spark::UnresolvedAttribute{{name.parts[0]}, {}, false});
  return nullptr;
}

double DistinctAmong(double rows, double values) {
  if (!(values > 0)) return rows;
  return std::max(std::min(1.0, rows), values * -std::expm1(-rows / values));
}

}  // namespace hearth::placement
