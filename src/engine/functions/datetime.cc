#include "engine/functions/datetime.h"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "engine/functions/civil_date.h"
#include "engine/functions/row_error.h"
#include "engine/functions/time_zone.h"

namespace hearth::engine {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kSecondsPerDay = 86'400;
constexpr int64_t kMicrosPerDay = kSecondsPerDay * kMicrosPerSecond;

int64_t FloorDays(int64_t micros) { return micros / kMicrosPerDay - (micros % kMicrosPerDay < 0 ? 1 : 0); }

struct WallClock {
  using Signature = Timestamp(Instant, std::string_view);
  static Timestamp Apply(Instant instant, std::string_view zone) {
    return {CachedZone(zone).ToLocal(instant.micros)};
  }
};

struct InstantOf {
  using Signature = Instant(Timestamp, std::string_view);
  static Instant Apply(Timestamp local, std::string_view zone) {
    return {CachedZone(zone).ToUtc(local.micros)};
  }
};

// Seconds since 1970, rounded down.
struct EpochSecond {
  using Signature = int64_t(Instant);
  static int64_t Apply(Instant instant) {
    return instant.micros / kMicrosPerSecond - (instant.micros % kMicrosPerSecond < 0 ? 1 : 0);
  }
};

// Java's int addition, which wraps.
struct DateAdd {
  using Signature = Date(Date, int32_t);
  static Date Apply(Date date, int32_t days) {
    return {static_cast<int32_t>(static_cast<uint32_t>(date.days) + static_cast<uint32_t>(days))};
  }
};

struct AddMonthsToDate {
  using Signature = Date(Date, int32_t);
  static Date Apply(Date date, int32_t months) {
    const int64_t days = PlusMonths(date.days, months);
    const auto narrow = static_cast<int32_t>(days);
    if (narrow != days) throw std::range_error("a date out of range");
    return {narrow};
  }
};

// ... where a number of months that comes from a row may leave the range of days.
struct CheckedAddMonths {
  using Signature = Date(Date, int32_t);
  static std::optional<Date> Apply(Date date, int32_t months) {
    const int64_t days = PlusMonths(date.days, months);
    const auto narrow = static_cast<int32_t>(days);
    return narrow == days ? std::optional(Date{narrow}) : std::nullopt;
  }
  [[noreturn]] static void Fail(Date, int32_t) {
    throw ArithmeticOverflow("overflow", "", ErrorContext::kNone);
  }
};

struct AddMonthsToTimestamp {
  using Signature = Timestamp(Timestamp, int32_t);
  static Timestamp Apply(Timestamp timestamp, int32_t months) {
    const int64_t days = FloorDays(timestamp.micros);
    int64_t distance = 0;
    int64_t micros = 0;
    if (__builtin_mul_overflow(PlusMonths(days, months) - days, kMicrosPerDay, &distance) ||
        __builtin_add_overflow(timestamp.micros, distance, &micros)) {
      throw std::range_error("a timestamp out of range");
    }
    return {micros};
  }
};

// DateTimeUtils.monthsBetween: whole months when the days match or both are last of their month, else 31-day
// months. The time of a day is what has passed since its midnight, which a clock change makes differ from the
// wall clock.
struct MonthsBetween {
  using Signature = double(Instant, Instant, bool, std::string_view);
  static double Apply(Instant end, Instant start, bool round_off, std::string_view zone_id) {
    Zone& zone = CachedZone(zone_id);
    const int64_t end_days = FloorDays(zone.ToLocal(end.micros));
    const int64_t start_days = FloorDays(zone.ToLocal(start.micros));
    const CivilDate a = CivilOf(end_days);
    const CivilDate b = CivilOf(start_days);
    const auto months = static_cast<double>((a.year - b.year) * 12 + (a.month - b.month));
    const bool both_last = a.day == DaysInMonth(a.year, a.month) && b.day == DaysInMonth(b.year, b.month);
    if (a.day == b.day || both_last) return months;
    constexpr int64_t kSecondsPerMonth = 31 * kSecondsPerDay;
    const int64_t end_second = (end.micros - zone.ToUtc(end_days * kMicrosPerDay)) / kMicrosPerSecond;
    const int64_t start_second = (start.micros - zone.ToUtc(start_days * kMicrosPerDay)) / kMicrosPerSecond;
    const int64_t seconds = (a.day - b.day) * kSecondsPerDay + end_second - start_second;
    const double difference = months + static_cast<double>(seconds) / static_cast<double>(kSecondsPerMonth);
    return round_off ? std::floor(difference * 1e8 + 0.5) / 1e8 : difference;
  }
};

}  // namespace

void AddDateTimeFunctions(FunctionList* list) {
  AddTotal<WallClock>("wall_clock", list);
  AddTotal<InstantOf>("instant", list);
  AddTotal<EpochSecond>("epoch_second", list);
  AddTotal<DateAdd>("date_add", list);
  AddTotal<AddMonthsToDate>("add_months", list);
  AddTotal<AddMonthsToTimestamp>("add_months", list);
  AddRaising<CheckedAddMonths>("checked_add_months", list);
  AddTotal<MonthsBetween>("months_between", list);
}

}  // namespace hearth::engine
