// The fingerprint of a workload: 128 bits over the shape of its logical plan, without literals.
//
// Equal fingerprints mean the same tables and files, operators, functions and names in the same places;
// values may differ: literals, parameters, LIMIT counts, the length of a literal IN list, the rows of VALUES
// or of a client's local data. SQL text and the DataFrame calls for the same plan agree: `SELECT *` is no
// projection, `a <> b` is not(a = b), BETWEEN is two comparisons, chains of AND and of filters are one list,
// GROUP BY 1 is the first column. Names are compared without case. Stable across processes and machines, as
// long as kVersion stays.
#pragma once

#include <cstdint>
#include <string>

#include "spark/plan/command.h"
#include "spark/plan/relation.h"
#include "spark/sql/parser.h"

namespace hearth::spark {

struct Fingerprint {
  // Raised when a change of the rules gives plans new fingerprints; it goes into the hash.
  static constexpr uint8_t kVersion = 1;

  uint64_t high = 0;
  uint64_t low = 0;

  std::string Hex() const;  // 32 lower-case digits
  friend auto operator<=>(const Fingerprint&, const Fingerprint&) = default;
};

// Pure and thread safe; walks plans of any depth without recursion. SQL text inside the plan is parsed with
// `options`; text that does not parse counts as it is written. Never throws for a plan's content.
Fingerprint FingerprintOf(const RelationPtr& plan, const ParserOptions& options = {});
Fingerprint FingerprintOf(const Command& command, const ParserOptions& options = {});
Fingerprint FingerprintOf(const Statement& statement, const ParserOptions& options = {});

}  // namespace hearth::spark
