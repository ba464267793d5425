#include "engine/lower/quoting.h"

#include "spark/error.h"

namespace hearth::engine {
namespace {

std::string Quote(std::string_view text, char quote) {
  if (text.find('\0') != std::string_view::npos)
    throw spark::Error::Decline("text literals with a zero byte");
  std::string out(1, quote);
  for (const char c : text) out.append(c == quote ? 2 : 1, c);
  return out + quote;
}

}  // namespace

std::string QuoteName(std::string_view name) { return Quote(name, '"'); }
std::string QuoteText(std::string_view text) { return Quote(text, '\''); }

}  // namespace hearth::engine
