// The printer: a typed plan as one DuckDB SQL statement. Every cast is explicit and every function comes from
// the mapping table (function_mapping.cc); nothing of the user's text reaches DuckDB but quoted literals.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spark/analysis/typed_plan.h"
#include "spark/origin.h"

namespace hearth::engine {

// A place in the query where a row can raise a Spark error. Raising functions get the index as a constant.
struct ErrorSite {
  spark::OriginPtr origin;
};

struct LoweredQuery {
  std::string sql;  // columns c0, c1, ... position by position those of the plan's output
  std::vector<spark::Column> output;
  std::vector<ErrorSite> error_sites;
  // Table functions hearth_local(index) read these.
  std::vector<std::shared_ptr<const spark::LocalTable>> local_tables;
  // Registered functions that the statement calls beside the fixed ones, one per result type: see
  // functions/variants.h.
  std::vector<std::string> function_variants;
};

// kFast uses DuckDB's own operators where they raise at the right rows, though with DuckDB's error;
// kExact uses our checked functions, whose errors are Spark's: run when a kFast statement raised.
enum class Checking { kFast, kExact };

// Throws a decline for what has no exact form in DuckDB. Thread safe. `time_zone` is the session's
// (spark.sql.session.timeZone, a java.time id). Needs a stack that fits the plan's depth.
LoweredQuery Lower(const spark::TypedPlan& plan, Checking checking, std::string_view time_zone);

}  // namespace hearth::engine
