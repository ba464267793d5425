#include "engine/functions/time_zone.h"

#include <array>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/check.h"

namespace hearth::engine {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int kMaxOffsetSeconds = 18 * 3600;

int64_t FloorSeconds(int64_t micros) {
  return micros / kMicrosPerSecond - (micros % kMicrosPerSecond < 0 ? 1 : 0);
}

// java.time.ZoneId.SHORT_IDS.
constexpr std::pair<std::string_view, std::string_view> kShortIds[] = {
    {"ACT", "Australia/Darwin"},
    {"AET", "Australia/Sydney"},
    {"AGT", "America/Argentina/Buenos_Aires"},
    {"ART", "Africa/Cairo"},
    {"AST", "America/Anchorage"},
    {"BET", "America/Sao_Paulo"},
    {"BST", "Asia/Dhaka"},
    {"CAT", "Africa/Harare"},
    {"CNT", "America/St_Johns"},
    {"CST", "America/Chicago"},
    {"CTT", "Asia/Shanghai"},
    {"EAT", "Africa/Addis_Ababa"},
    {"ECT", "Europe/Paris"},
    {"IET", "America/Indiana/Indianapolis"},
    {"IST", "Asia/Kolkata"},
    {"JST", "Asia/Tokyo"},
    {"MIT", "Pacific/Apia"},
    {"NET", "Asia/Yerevan"},
    {"NST", "Pacific/Auckland"},
    {"PLT", "Asia/Karachi"},
    {"PNT", "America/Phoenix"},
    {"PRT", "America/Puerto_Rico"},
    {"PST", "America/Los_Angeles"},
    {"SST", "Pacific/Guadalcanal"},
    {"VST", "Asia/Ho_Chi_Minh"},
    {"EST", "-05:00"},
    {"MST", "-07:00"},
    {"HST", "-10:00"},
};

// Two digits, or one where Spark accepts it.
std::optional<int> TakeNumber(std::string_view* text, bool one_digit) {
  size_t digits = 0;
  int value = 0;
  while (digits < 2 && digits < text->size() && (*text)[digits] >= '0' && (*text)[digits] <= '9') {
    value = value * 10 + ((*text)[digits++] - '0');
  }
  if (digits == 0 || (digits == 1 && !one_digit)) return std::nullopt;
  text->remove_prefix(digits);
  return value;
}

// +h, +hh, +hhmm, +hhmmss, +hh:mm, +hh:mm:ss and Spark's +h:mm, +hh:m.
std::optional<int> ParseOffset(std::string_view text) {
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  const std::optional<int> hours = TakeNumber(&text, true);
  if (!hours.has_value()) return std::nullopt;
  int parts[] = {0, 0};
  const bool colons = text.starts_with(':');
  for (int& part : parts) {
    if (text.empty()) break;
    if (colons != text.starts_with(':')) return std::nullopt;
    if (colons) text.remove_prefix(1);
    const std::optional<int> number = TakeNumber(&text, colons && &part == &parts[0] && text.size() == 1);
    if (!number.has_value() || *number > 59) return std::nullopt;
    part = *number;
  }
  const int seconds = *hours * 3600 + parts[0] * 60 + parts[1];
  if (!text.empty() || seconds > kMaxOffsetSeconds) return std::nullopt;
  return sign * seconds;
}

std::optional<absl::TimeZone> FindZone(std::string_view id) {
  for (const auto& [short_id, long_id] : kShortIds) {
    if (short_id == id) return FindZone(long_id);
  }
  if (id == "Z" || id == "UTC" || id == "GMT" || id == "UT") return absl::UTCTimeZone();
  for (const std::string_view prefix : {"UTC", "GMT", "UT", ""}) {
    if (!id.starts_with(prefix)) continue;
    if (const std::optional<int> offset = ParseOffset(id.substr(prefix.size())))
      return absl::FixedTimeZone(*offset);
  }
  // Names of the database only: no paths, and nothing that only the C library understands.
  if (id.empty() || id[0] < 'A' || id[0] > 'Z' || id.find("..") != std::string_view::npos)
    return std::nullopt;
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(std::string(id), &zone)) return std::nullopt;
  return zone;
}

int64_t Shifted(int64_t micros, int64_t seconds) {
  int64_t shifted = 0;
  if (__builtin_add_overflow(micros, seconds * kMicrosPerSecond, &shifted)) {
    throw std::range_error("a timestamp out of range");
  }
  return shifted;
}

}  // namespace

std::optional<Zone> Zone::Find(std::string_view id) {
  const std::optional<absl::TimeZone> zone = FindZone(id);
  return zone.has_value() ? std::optional<Zone>(Zone(*zone)) : std::nullopt;
}

Zone& CachedZone(std::string_view id) {
  thread_local std::string last_id = "UTC";
  thread_local Zone zone = *Zone::Find("UTC");
  if (id != last_id) {
    const std::optional<Zone> found = Zone::Find(id);
    HEARTH_CHECK(found.has_value()) << "unknown time zone " << id;
    zone = *found;
    last_id = id;
  }
  return zone;
}

int64_t Zone::ToLocal(int64_t utc_micros) {
  const int64_t seconds = FloorSeconds(utc_micros);
  if (seconds < begin_ || seconds >= end_) {
    const absl::Time time = absl::FromUnixSeconds(seconds);
    offset_ = zone_.At(time).offset;
    absl::TimeZone::CivilTransition transition;
    end_ = zone_.NextTransition(time, &transition) ? absl::ToUnixSeconds(zone_.At(transition.from).trans)
                                                   : std::numeric_limits<int64_t>::max();
    // NextTransition and PrevTransition leave out changes of name only; the offset is what counts here.
    begin_ = seconds;
  }
  return Shifted(utc_micros, offset_);
}

int64_t Zone::ToUtc(int64_t local_micros) const {
  const int64_t seconds = FloorSeconds(local_micros);
  const absl::CivilSecond civil = absl::ToCivilSecond(absl::FromUnixSeconds(seconds), absl::UTCTimeZone());
  // `pre` is the wall clock read with the offset before a change: the earlier of two, and past a gap.
  const int64_t utc = absl::ToUnixSeconds(zone_.At(civil).pre);
  return Shifted(local_micros, utc - seconds);
}

}  // namespace hearth::engine
