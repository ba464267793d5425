#include "wire/time_zone.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace hearth::wire {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kZoneInfo = "/usr/share/zoneinfo/";

/// "/usr/share/zoneinfo/Europe/Berlin" -> "Europe/Berlin"; "" if the path is elsewhere.
std::string ZoneOfPath(const std::string& path) {
  const size_t at = path.find("zoneinfo/");
  if (at == std::string::npos) return "";
  std::string zone = path.substr(at + 9);
  for (const std::string_view variant : {"posix/", "right/"}) {
    if (zone.compare(0, variant.size(), variant) == 0) zone.erase(0, variant.size());
  }
  return zone;
}

/// java.time.ZoneId.SHORT_IDS, which Spark takes beside the regions.
constexpr std::string_view kShortIds[] = {
    "ACT", "AET", "AGT", "ART", "AST", "BET", "BST", "CAT", "CNT", "CST", "CTT", "EAT", "ECT", "EST",
    "HST", "IET", "IST", "JST", "MIT", "MST", "NET", "NST", "PLT", "PNT", "PRT", "PST", "SST", "VST",
};

/// What the zone database of the machine has and Java's has not.
bool IsUnknownToJava(std::string_view text) {
  constexpr std::string_view kFiles[] = {"Factory", "ROC", "localtime", "posixrules"};
  return std::find(std::begin(kFiles), std::end(kFiles), text) != std::end(kFiles) ||
         text.substr(0, 6) == "posix/" || text.substr(0, 6) == "right/";
}

bool IsRegion(std::string_view text) {
  if (IsUnknownToJava(text)) return false;
  if (text.empty() || text.front() == '/' || text.find("..") != std::string_view::npos) return false;
  if (!std::isalpha(static_cast<unsigned char>(text.front()))) return false;
  for (const char c : text) {
    if (!std::isalnum(static_cast<unsigned char>(c)) &&
        std::string_view("/_+-").find(c) == std::string_view::npos) {
      return false;
    }
  }
  std::error_code error;
  return fs::is_regular_file(std::string(kZoneInfo) + std::string(text), error);
}

/// [+-]h, [+-]hh, [+-]h:mm, [+-]hh:mm, [+-]hh:mm:ss or [+-]hhmm, up to 18 hours, as Java's ZoneId after
/// Spark's padding.
bool IsOffset(std::string_view text) {
  if (text.size() < 2 || (text.front() != '+' && text.front() != '-')) return false;
  int fields[3] = {0, 0, 0};
  int field = 0;
  int digits = 0;
  for (const char c : text.substr(1)) {
    if (c == ':') {
      if (digits == 0 || ++field > 2) return false;
      digits = 0;
    } else if (c >= '0' && c <= '9') {
      if (digits == 2 && field == 0 && text.find(':') == std::string_view::npos) ++field, digits = 0;
      if (++digits > 2) return false;
      fields[field] = fields[field] * 10 + (c - '0');
    } else {
      return false;
    }
  }
  if (digits == 0 || (field > 0 && digits != 2)) return false;
  const int seconds = fields[0] * 3600 + fields[1] * 60 + fields[2];
  return fields[1] < 60 && fields[2] < 60 && seconds <= 18 * 3600;
}

}  // namespace

std::string MachineTimeZone() {
  if (const char* tz = std::getenv("TZ"); tz != nullptr && *tz != '\0') {
    const std::string name = *tz == ':' ? tz + 1 : tz;
    const std::string zone = name.front() == '/' ? ZoneOfPath(name) : name;
    if (IsTimeZone(zone)) return zone;
  }
  std::error_code error;
  const fs::path link = fs::read_symlink("/etc/localtime", error);
  if (!error) {
    if (std::string zone = ZoneOfPath(link.string()); IsRegion(zone)) return zone;
  }
  std::ifstream file("/etc/timezone");
  std::string zone;
  if (file >> zone && IsRegion(zone)) return zone;
  return "Etc/UTC";
}

bool IsTimeZone(std::string_view text) {
  if (text == "Z" || text == "UTC" || text == "GMT" || text == "UT") return true;
  if (IsOffset(text)) return true;
  for (const std::string_view prefix : {"UTC", "GMT", "UT"}) {
    if (text.substr(0, prefix.size()) == prefix && IsOffset(text.substr(prefix.size()))) return true;
  }
  if (std::find(std::begin(kShortIds), std::end(kShortIds), text) != std::end(kShortIds)) return true;
  return IsRegion(text);
}

}  // namespace hearth::wire
