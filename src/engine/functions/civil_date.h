// Dates of the proleptic Gregorian calendar, as java.time.LocalDate.
#pragma once

#include <cstdint>

namespace hearth::engine {

struct CivilDate {
  int64_t year = 1970;
  int month = 1;
  int day = 1;
};

constexpr bool IsLeapYear(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

constexpr int DaysInMonth(int64_t year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeapYear(year) ? 29 : kDays[month - 1];
}

// Days since 1970-01-01 and back, by 400-year eras that start in March.
constexpr int64_t DaysOf(const CivilDate& date) {
  const int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

constexpr CivilDate CivilOf(int64_t days) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_index = (5 * day_of_year + 2) / 153;
  const int day = static_cast<int>(day_of_year - (153 * month_index + 2) / 5 + 1);
  const int month = static_cast<int>(month_index < 10 ? month_index + 3 : month_index - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

// LocalDate.plusMonths: the day stays, or becomes the month's last one.
constexpr int64_t PlusMonths(int64_t days, int64_t months) {
  CivilDate date = CivilOf(days);
  const int64_t total = date.year * 12 + (date.month - 1) + months;
  date.year = (total >= 0 ? total : total - 11) / 12;
  date.month = static_cast<int>(total - date.year * 12) + 1;
  const int last = DaysInMonth(date.year, date.month);
  if (date.day > last) date.day = last;
  return DaysOf(date);
}

}  // namespace hearth::engine
