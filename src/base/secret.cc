#include "base/secret.h"

#include <sys/random.h>

#include <array>

#include "absl/strings/escaping.h"
#include "base/check.h"

namespace hearth::base {

std::string NewSecret() {
  std::array<char, 32> bytes;
  HEARTH_CHECK(::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  return absl::BytesToHexString({bytes.data(), bytes.size()});
}

}  // namespace hearth::base
