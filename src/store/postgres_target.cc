#include "store/postgres_target.h"

#include <libpq-fe.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hearth::store {

namespace {

constexpr std::string_view kSchemes[] = {"postgresql://", "postgres://"};

absl::Status NoUrl() {
  return absl::InvalidArgumentError(
      "the store is no URL of PostgreSQL: postgresql://USER@HOST:PORT/DATABASE is one, with %40 for an @ in "
      "a part of it");
}

std::string Shown(const std::map<std::string, std::string, std::less<>>& values) {
  const auto value = [&values](const char* keyword) {
    const auto found = values.find(keyword);
    return found == values.end() ? std::string() : found->second;
  };
  const std::string user = value("user");
  const std::string host = value("host").empty() ? value("hostaddr") : value("host");
  const std::string port = value("port");
  return absl::StrCat("postgresql://", user, user.empty() ? "" : "@", host, port.empty() ? "" : ":", port,
                      "/", value("dbname"));
}

}  // namespace

bool IsPostgresUrl(std::string_view text) {
  for (const std::string_view scheme : kSchemes)
    if (text.substr(0, scheme.size()) == scheme) return true;
  return false;
}

absl::StatusOr<PostgresTarget> ParsePostgresUrl(const std::string& url) {
  char* error = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      IsPostgresUrl(url) ? PQconninfoParse(url.c_str(), &error) : nullptr, &PQconninfoFree);
  if (error != nullptr) PQfreemem(error);
  if (options == nullptr) return NoUrl();
  PostgresTarget target;
  std::map<std::string, std::string, std::less<>> values;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    target.parameters.emplace_back(option->keyword, option->val);
    // libpq's own mark of what is not to be shown.
    target.has_secret = target.has_secret || option->dispchar[0] == '*';
    values.emplace(option->keyword, option->val);
  }
  target.shown = Shown(values);
  // An @ too many, or a port that is none, may be a piece of a password that lacks its %-signs.
  const std::string& port = values["port"];
  if (values["user"].find(':') != std::string::npos || values["host"].find('@') != std::string::npos ||
      values["dbname"].find('@') != std::string::npos ||
      port.find_first_not_of("0123456789,") != std::string::npos)
    return NoUrl();
  return target;
}

void TakePasswordFromEnvironment(PostgresTarget* target) {
  char* password = std::getenv("PGPASSWORD");
  if (password == nullptr) return;
  bool given = false;
  for (const auto& [keyword, value] : target->parameters) given = given || keyword == "password";
  if (!given) target->parameters.emplace_back("password", password);
  // The kernel shows the bytes themselves, as they lie there, to whoever may look into /proc.
  ::explicit_bzero(password, std::strlen(password));
  ::unsetenv("PGPASSWORD");
}

}  // namespace hearth::store
