#include "apps/token_command.h"

#include <fcntl.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/secret.h"
#include "wire/tokens.h"

namespace hearth::apps {
namespace {

struct TokenOptions {
  std::string user;
  std::string file;
};

int Fail(const std::string& why) {
  std::fprintf(stderr, "hearth token: %s\n", why.c_str());
  return 1;
}

// A word, as the file of tokens has them.
bool IsUser(const std::string& text) {
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) != 0 || c == '#') return false;
  }
  return !text.empty();
}

// The file gets the hash; the token is shown this once.
int MakeToken(const TokenOptions& options) {
  if (!IsUser(options.user)) return Fail("a user is a word without spaces and #");
  const std::string token = base::NewSecret();
  const std::string line = absl::StrCat(wire::HashOfToken(token), " ", options.user, "\n");
  const int fd = ::open(options.file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const bool written = fd >= 0 &&
                       ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                       ::close(fd) == 0;
  if (!written) return Fail(absl::StrCat("cannot write ", options.file, ": ", std::strerror(errno)));
  std::printf("%s\n", token.c_str());
  return 0;
}

}  // namespace

void AddTokenCommand(CLI::App& app, int* status) {
  auto options = std::make_shared<TokenOptions>();
  CLI::App* command = app.add_subcommand("token",
                                         "Makes a bearer token for a user, adds its hash to a file for "
                                         "hearth serve --tokens, and shows it once");
  command->add_option("user", options->user, "Whose sessions it opens")->required();
  command->add_option("--file", options->file, "The file of tokens")->required();
  command->callback([options, status] { *status = MakeToken(*options); });
}

}  // namespace hearth::apps
