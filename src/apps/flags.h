// Kinds of flags that several commands have.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <map>
#include <string>

#include "base/bytes.h"
#include "wire/limits.h"

namespace hearth::apps {

// "2GiB", "512MiB", "1000000". Throws CLI::ValidationError.
base::Bytes ParseBytes(const std::string& text);

// A duration in milliseconds, as tests set it.
void AddMilliseconds(CLI::App* command, const std::string& flag, std::chrono::milliseconds* value,
                     const std::string& what);
void AddBytes(CLI::App* command, const std::string& flag, size_t* value, const std::string& what);

// The limits of the protocol that a Connect server takes as flags.
void AddLimits(CLI::App* command, wire::Limits* limits);

}  // namespace hearth::apps
