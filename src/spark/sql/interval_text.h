// Reads interval literals: '1-2' YEAR TO MONTH, '1 02:03:04.5' DAY TO SECOND, 1 day 2 hours. Pure, thread
// safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spark/types/value.h"

namespace hearth::spark {

// What came of a text: a value, or why there is none.
struct IntervalReading {
  std::optional<int64_t> value;
  // The text has the right form but a number is too large; "hour 25 outside range [0, 23]" where it can be
  // said.
  bool is_out_of_range = false;
  std::string range;
};

// Months of "[+|-]y-m".
IntervalReading ParseYearToMonth(std::string_view text);

// Microseconds of "[+|-]d h:m:s.f" cut to the fields from `start` to `end`, start before end.
IntervalReading ParseDayTime(std::string_view text, IntervalField start, IntervalField end);

// The form that ParseDayTime wants: "[+|-]d h:m".
std::string DayTimeForm(IntervalField start, IntervalField end);

// One number and its unit, in the singular and lower case ("day", "week", "microsecond").
struct IntervalPart {
  std::string value;
  std::string unit;
};

enum class IntervalProblem { kNone, kFraction, kUnit, kOverflow, kFormat };

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
