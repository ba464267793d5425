#pragma once

#include <string>
#include <string_view>

namespace hearth::wire {

/// The machine's time zone as Java names it: TZ, else what /etc/localtime points at, else /etc/timezone, else
/// Etc/UTC.
std::string MachineTimeZone();

/// True if Spark accepts it as spark.sql.session.timeZone: a region of Java's zone database, one of its
/// short ids ("PST"), "UTC", "GMT", "Z", or an offset such as "+02:00", "-7:30" or "GMT+1".
bool IsTimeZone(std::string_view text);

}  // namespace hearth::wire
