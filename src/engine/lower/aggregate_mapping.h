// The mapping table of aggregate and window functions, by their names in the function table.
#pragma once

#include <string_view>
#include <vector>

namespace hearth::engine {

struct AggregateMapping {
  enum class Kind {
    kSame,        // DuckDB's function of the stored arguments
    kWindowOnly,  // the same, but only over a window
    kCount,
    kSum,
    kAverage,
    kEdge,  // first, last: another function over a window
    kCountIf,
    kMoment,        // a variance and the like
    kSampleMoment,  // the same, which one row alone does not have
  };

  std::string_view name;
  Kind kind = Kind::kSame;
  std::string_view function = {};         // DuckDB's
  std::string_view window_function = {};  // kEdge
  bool gives_bigint = false;              // where Spark says INT
  bool takes_frame = false;               // a window function that looks at the frame
};

// Null when the function has no exact form.
const AggregateMapping* FindAggregate(std::string_view name);
const std::vector<AggregateMapping>& AggregateMappings();

}  // namespace hearth::engine
