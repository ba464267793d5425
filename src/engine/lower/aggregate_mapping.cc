#include "engine/lower/aggregate_mapping.h"

#include <algorithm>

namespace hearth::engine {

using Kind = AggregateMapping::Kind;

const std::vector<AggregateMapping>& AggregateMappings() {
  static const auto& rows = *new std::vector<AggregateMapping>{
      {"any", Kind::kSame, "bool_or"},
      {"any_value", Kind::kEdge, "first", "first_value"},
      {"avg", Kind::kAverage},
      {"bit_and", Kind::kSame, "bit_and"},
      {"bit_or", Kind::kSame, "bit_or"},
      {"bit_xor", Kind::kSame, "bit_xor"},
      {"bool_and", Kind::kSame, "bool_and"},
      {"bool_or", Kind::kSame, "bool_or"},
      {"corr", Kind::kSame, "corr"},
      {"count", Kind::kCount},
      {"count_if", Kind::kCountIf},
      {"covar_pop", Kind::kMoment, "covar_pop"},
      {"covar_samp", Kind::kSampleMoment, "covar_samp"},
      {"cume_dist", Kind::kWindowOnly, "cume_dist"},
      {"dense_rank", Kind::kWindowOnly, "dense_rank", "", true},
      {"every", Kind::kSame, "bool_and"},
      {"first", Kind::kEdge, "first", "first_value"},
      {"first_value", Kind::kEdge, "first", "first_value"},
      {"lag", Kind::kWindowOnly, "lag"},
      {"last", Kind::kEdge, "last", "last_value"},
      {"last_value", Kind::kEdge, "last", "last_value"},
      {"lead", Kind::kWindowOnly, "lead"},
      {"max", Kind::kSame, "max"},
      {"max_by", Kind::kSame, "arg_max_null"},
      {"mean", Kind::kAverage},
      {"min", Kind::kSame, "min"},
      {"min_by", Kind::kSame, "arg_min_null"},
      {"nth_value", Kind::kWindowOnly, "nth_value", "", false, true},
      {"ntile", Kind::kWindowOnly, "ntile", "", true},
      {"percent_rank", Kind::kWindowOnly, "percent_rank"},
      {"rank", Kind::kWindowOnly, "rank", "", true},
      {"row_number", Kind::kWindowOnly, "row_number", "", true},
      {"some", Kind::kSame, "bool_or"},
      {"std", Kind::kSampleMoment, "stddev_samp"},
      {"stddev", Kind::kSampleMoment, "stddev_samp"},
      {"stddev_pop", Kind::kMoment, "stddev_pop"},
      {"stddev_samp", Kind::kSampleMoment, "stddev_samp"},
      {"sum", Kind::kSum},
      {"var_pop", Kind::kMoment, "var_pop"},
      {"var_samp", Kind::kSampleMoment, "var_samp"},
      {"variance", Kind::kSampleMoment, "var_samp"},
  };
  return rows;
}

const AggregateMapping* FindAggregate(std::string_view name) {
  const auto& rows = AggregateMappings();
  const auto found =
      std::lower_bound(rows.begin(), rows.end(), name,
                       [](const AggregateMapping& row, std::string_view key) { return row.name < key; });
  return found != rows.end() && found->name == name ? &*found : nullptr;
}

}  // namespace hearth::engine
