#include "store/keys.h"

#include <cstddef>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace hearth::store {

namespace {

constexpr size_t kShownMax = 200;

}  // namespace

std::optional<std::string> PrefixEnd(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (end.empty()) return std::nullopt;
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

std::string QuotedKey(std::string_view key) {
  const std::string_view shown = key.substr(0, kShownMax);
  return absl::StrCat("\"", absl::CHexEscape(absl::string_view(shown.data(), shown.size())),
                      key.size() > kShownMax ? "..." : "", "\"");
}

}  // namespace hearth::store
