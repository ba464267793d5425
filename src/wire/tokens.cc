#include "wire/tokens.h"

#include <openssl/evp.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace hearth::wire {

namespace {

constexpr std::string_view kScheme = "Bearer ";
constexpr size_t kHashCharacters = 64;

bool IsHash(const std::string& text) {
  return text.size() == kHashCharacters && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

absl::Status Refused(const std::string& path, const std::string& why) {
  return absl::FailedPreconditionError(absl::StrCat("cannot take the tokens of ", path, ": ", why));
}

}  // namespace

std::string HashOfToken(std::string_view token) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HEARTH_CHECK(::EVP_Digest(token.data(), token.size(), digest, &size, ::EVP_sha256(), nullptr) == 1);
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest), size});
}

absl::StatusOr<Tokens> Tokens::Read(const std::string& path) {
  struct stat file_status;
  std::ifstream file(path);
  if (!file || ::stat(path.c_str(), &file_status) != 0) return Refused(path, "it cannot be read");
  if ((file_status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Refused(path, "others than its owner may write it (chmod go-w)");
  }
  Tokens tokens;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string hash;
    std::string user;
    std::string rest;
    if (!(words >> hash)) continue;
    if (!(words >> user) || (words >> rest) || !IsHash(hash)) {
      return Refused(path, absl::StrCat("line ", number, " is not a hash and a user"));
    }
    tokens.users_[hash] = user;
  }
  if (tokens.users_.empty()) return Refused(path, "it has none");
  return tokens;
}

std::optional<std::string> Tokens::UserOf(std::string_view authorization) const {
  const bool is_bearer =
      authorization.size() > kScheme.size() &&
      std::equal(kScheme.begin(), kScheme.end(), authorization.begin(), [](char expected, char given) {
        return std::tolower(static_cast<unsigned char>(expected)) ==
               std::tolower(static_cast<unsigned char>(given));
      });
  if (!is_bearer) return std::nullopt;
  const auto found = users_.find(HashOfToken(authorization.substr(kScheme.size())));
  return found == users_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace hearth::wire
