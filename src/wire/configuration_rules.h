#pragma once

#include <string_view>

#include "wire/configuration.h"

namespace hearth::wire {

/// Throws what Spark throws for a value that the key does not take: spark::Error
/// INVALID_CONF_VALUE.{TYPE_MISMATCH, OUT_OF_RANGE_OF_OPTIONS, REQUIREMENT}. Says nothing of keys that take
/// no value at all.
void CheckConfigurationValue(const KnownKey& key, std::string_view value);

}  // namespace hearth::wire
