#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace hearth::store {

/// A database of PostgreSQL, as libpq finds it.
struct PostgresTarget {
  /// libpq's keywords with their values. What is not there comes from libpq's own places: PGHOST and the
  /// like, the service file, ~/.pgpass.
  std::vector<std::pair<std::string, std::string>> parameters;
  /// For people: "postgresql://ada@db.example:5432/hearth". Never has a secret.
  std::string shown;
  /// A secret stands in the URL itself, where everybody reads it who may see the command line.
  bool has_secret = false;
};

/// Whether a text means to name one.
bool IsPostgresUrl(std::string_view text);

/// Reads "postgresql://[USER[:PASSWORD]@][HOST][:PORT][/DATABASE][?KEYWORD=VALUE&...]", as libpq defines it.
/// INVALID_ARGUMENT, without a word of the text in the message, for it may hold a secret.
absl::StatusOr<PostgresTarget> ParsePostgresUrl(const std::string& url);

/// Moves PGPASSWORD from the environment, which every child process would inherit, into the target. Before
/// the process has threads.
void TakePasswordFromEnvironment(PostgresTarget* target);

}  // namespace hearth::store
