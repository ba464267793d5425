// Reads interval literals: '1-2' YEAR TO MONTH, '1 02:03:04.5' DAY TO SECOND, 1 day 2 hours. Pure, thread safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spark/types/value.h"

namespace hearth::spark {

// Months of "[+|-]y-m".
std::optional<int64_t> ParseYearToMonth(std::string_view text);

// Microseconds of "d h:m:s.f" cut to the fields from `start` to `end`, start before end.
std::optional<int64_t> ParseDayTime(std::string_view text, IntervalField start, IntervalField end);

// One number and its unit, in the singular and lower case ("day", "week", "microsecond").
struct IntervalPart {
  std::string value;
  std::string unit;
};

enum class IntervalProblem { kNone, kFraction, kFormat };

// Adds up the parts. On a problem the result's `problem` says which and `unit` where.
struct IntervalSum {
  CalendarIntervalValue value;
  IntervalProblem problem = IntervalProblem::kNone;
  std::string unit;
};
IntervalSum SumInterval(const std::vector<IntervalPart>& parts);

// "interval 3 days -2 hours", the word interval being optional; nothing when it is not of that form.
std::optional<std::vector<IntervalPart>> SplitInterval(std::string_view text);

}  // namespace hearth::spark
