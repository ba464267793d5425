#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/session_log.h"

namespace hearth::gateway {

/// A change as the journal keeps it:
/// {plan 1, configuration 2 {key 1, value 2} repeated, kind 3, operation id 4, response 5 repeated, view 6,
/// function 7, is_drop 8, plan in a file 9, answer is lost 10, CRC 32 of the plan in a file 11}.
std::string EncodeChange(const SessionChange& change, bool plan_is_elsewhere);

struct DecodedChange {
  SessionChange change;
  bool plan_is_elsewhere = false;
  /// Of the plan that is elsewhere; nullopt in a record of an earlier version.
  std::optional<uint64_t> plan_crc32;
};
/// nullopt for what is no record.
std::optional<DecodedChange> DecodeChange(std::string_view record);

/// A configuration in a record: {key 1, value 2} in a field of this number for each setting.
void AppendConfiguration(int number, const wire::SessionConfiguration::Pairs& configuration,
                         std::string* record);
/// Adds one setting; false for what is none.
bool ReadSetting(std::string_view encoded, wire::SessionConfiguration::Pairs* configuration);

}  // namespace hearth::gateway
