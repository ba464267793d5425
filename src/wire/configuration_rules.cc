#include "wire/configuration_rules.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "spark/error.h"

namespace hearth::wire {

namespace {

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

spark::Error InvalidValue(const KnownKey& key, std::string_view value, const char* what,
                          const char* parameter, std::string_view argument) {
  return spark::Error(spark::ExceptionKind::kIllegalArgument, std::string("INVALID_CONF_VALUE.") + what,
                      {{"confName", std::string(key.key)},
                       {"confValue", std::string(value)},
                       {parameter, std::string(argument)}});
}

/// A number as a key has it: its value in the key's unit, and how Spark writes it back.
struct Number {
  double value;
  std::string text;
};

std::optional<Number> ParseInt(absl::string_view text) {
  int32_t value = 0;
  if (!absl::SimpleAtoi(text, &value)) return std::nullopt;
  return Number{static_cast<double>(value), absl::StrCat(value)};
}

std::optional<Number> ParseLong(absl::string_view text) {
  int64_t value = 0;
  if (!absl::SimpleAtoi(text, &value)) return std::nullopt;
  return Number{static_cast<double>(value), absl::StrCat(value)};
}

std::optional<Number> ParseDouble(absl::string_view text) {
  double value = 0;
  if (!absl::SimpleAtod(text, &value)) return std::nullopt;
  std::string written = absl::StrCat(value);
  // Java writes whole numbers with a fraction.
  if (written.find_first_not_of("-0123456789") == std::string::npos) written += ".0";
  return Number{value, std::move(written)};
}

/// "10m" as its number and the scale of its suffix; the scale of `plain` if it has none.
template <size_t n>
std::optional<std::pair<int64_t, int64_t>> ParseScaled(
    absl::string_view text, const std::array<std::pair<const char*, int64_t>, n>& scales, int64_t plain) {
  const size_t end = std::min(text.find_first_not_of("-0123456789"), text.size());
  int64_t count = 0;
  if (!absl::SimpleAtoi(text.substr(0, end), &count)) return std::nullopt;
  if (end == text.size()) return std::pair{count, plain};
  for (const auto& [suffix, scale] : scales) {
    if (absl::EqualsIgnoreCase(text.substr(end), suffix)) return std::pair{count, scale};
  }
  return std::nullopt;
}

std::optional<Number> ParseBytes(absl::string_view text, std::string_view type) {
  constexpr int64_t kKiB = 1024;
  static constexpr std::array<std::pair<const char*, int64_t>, 11> kScales = {{{"b", 1},
                                                                               {"k", kKiB},
                                                                               {"kb", kKiB},
                                                                               {"m", kKiB << 10},
                                                                               {"mb", kKiB << 10},
                                                                               {"g", kKiB << 20},
                                                                               {"gb", kKiB << 20},
                                                                               {"t", kKiB << 30},
                                                                               {"tb", kKiB << 30},
                                                                               {"p", kKiB << 40},
                                                                               {"pb", kKiB << 40}}};
  const int64_t unit = type == "bytes in MiB" ? kKiB << 10 : 1;
  const auto parsed = ParseScaled(text, kScales, unit);
  int64_t bytes = 0;
  if (!parsed || __builtin_mul_overflow(parsed->first, parsed->second, &bytes)) return std::nullopt;
  const int64_t value = bytes / unit;
  return Number{static_cast<double>(value), absl::StrCat(value * unit, "b")};
}

std::optional<Number> ParseTime(absl::string_view text, std::string_view type) {
  constexpr int64_t kSecond = 1'000'000;
  static constexpr std::array<std::pair<const char*, int64_t>, 7> kScales = {{{"us", 1},
                                                                              {"ms", 1000},
                                                                              {"s", kSecond},
                                                                              {"m", 60 * kSecond},
                                                                              {"min", 60 * kSecond},
                                                                              {"h", 3600 * kSecond},
                                                                              {"d", 86400 * kSecond}}};
  const int64_t unit = type == "time in SECONDS" ? kSecond : type == "time in MINUTES" ? 60 * kSecond : 1000;
  const auto parsed = ParseScaled(text, kScales, unit);
  int64_t micros = 0;
  if (!parsed || __builtin_mul_overflow(parsed->first, parsed->second, &micros)) return std::nullopt;
  const int64_t value = micros / unit;
  return Number{static_cast<double>(value), absl::StrCat(value * unit / 1000, "ms")};
}

std::optional<Number> ParseNumber(std::string_view type, absl::string_view text) {
  if (type == "int") return ParseInt(text);
  if (type == "long") return ParseLong(text);
  if (type == "double") return ParseDouble(text);
  return type.substr(0, 5) == "bytes" ? ParseBytes(text, type) : ParseTime(text, type);
}

void CheckOption(const KnownKey& key, std::string_view value, bool any_case) {
  for (const absl::string_view option : absl::StrSplit(View(key.argument), ", ")) {
    if (any_case ? absl::EqualsIgnoreCase(option, View(value)) : option == View(value)) return;
  }
  throw InvalidValue(key, value, "OUT_OF_RANGE_OF_OPTIONS", "confOptions", key.argument);
}

void CheckType(const KnownKey& key, std::string_view value) {
  const auto mismatch = [&] { return InvalidValue(key, value, "TYPE_MISMATCH", "confType", key.rule); };
  const absl::string_view text = absl::StripAsciiWhitespace(View(value));
  if (key.rule == "boolean") {
    if (!absl::EqualsIgnoreCase(text, "true") && !absl::EqualsIgnoreCase(text, "false")) throw mismatch();
    return;
  }
  const std::optional<Number> number = ParseNumber(key.rule, text);
  if (!number) throw mismatch();
  double least = 0;
  if (key.argument.empty() || !absl::SimpleAtod(View(key.argument), &least) || number->value >= least) return;
  throw InvalidValue(key, number->text, "REQUIREMENT", "confRequirement", key.words);
}

}  // namespace

void CheckConfigurationValue(const KnownKey& key, std::string_view value) {
  if (key.rule.empty() || key.rule == "static" || key.rule == "core") return;
  if (key.rule.substr(0, 7) == "options") return CheckOption(key, value, key.rule == "options in any case");
  CheckType(key, value);
}

}  // namespace hearth::wire
