#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/session_log.h"
#include "wire/configuration.h"
#include "wire/request.h"

namespace hearth::gateway {

/// What is kept of an operation before its client reads the first row of a long result: with it the gateway
/// that follows runs the query again and goes on after the rows that the client has had, which its last
/// response id tells.
struct BegunResult {
  /// Without the session and its user, who are known by where it is kept.
  wire::ExecuteRequest request;
  std::string engine;
  std::string version;
  /// What the session was: SessionSnapshot.
  uint64_t position = 0;
  std::shared_ptr<const wire::SessionConfiguration::Pairs> configuration;
  /// FileSnapshot::digest() of what the query reads.
  uint64_t files = 0;
};

/// {operation id 1, plan 2, tag 3 repeated, arrow chunking 4, preferred chunk bytes 5, engine 6, version 7,
/// position 8, configuration 9 as in change_record.h, files 10}
std::string EncodeBegun(const BegunResult& begun);
/// nullopt for what is no record.
std::optional<BegunResult> DecodeBegun(std::string_view record);

}  // namespace hearth::gateway
