#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace hearth::wire {

/// The users of a server, known by the bearer tokens that they show. Never changes; thread-safe.
class Tokens {
 public:
  /// A file with a line for each token: its hash (see HashOfToken), spaces, its user. "#" begins a comment.
  /// FAILED_PRECONDITION, naming the line, for anything else, and for a file that others than its owner may
  /// write.
  static absl::StatusOr<Tokens> Read(const std::string& path);

  /// Whose token the value of an `authorization` header shows; nullopt if it is nobody's.
  std::optional<std::string> UserOf(std::string_view authorization) const;

 private:
  /// User by hash: a token is looked up by what the file holds, which tells nobody the token.
  std::map<std::string, std::string, std::less<>> users_;
};

/// SHA-256 in lower case hexadecimal. Tokens are long random strings, so no salt is needed.
std::string HashOfToken(std::string_view token);

}  // namespace hearth::wire
