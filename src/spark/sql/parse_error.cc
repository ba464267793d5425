#include "spark/sql/parse_error.h"

#include <vector>

namespace hearth::spark {
namespace {

// The message without a place, "[CONDITION] text SQLSTATE: 42601", and the rest of the error around
// `message`.
Error Rephrased(const Error& error, std::string message) {
  return Error::WithMessage(ExceptionKind::kParse, error.condition(), error.sql_state(), error.parameters(),
                            std::move(message), error.contexts());
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  // Java's split drops empty lines at the end, but not the only one.
  while (lines.size() > 1 && lines.back().empty()) lines.pop_back();
  if (lines.empty()) lines.emplace_back();
  return lines;
}

}  // namespace

Error ErrorAt(const Token& token, std::string_view text, std::string condition,
              Error::Parameters parameters) {
  const Error plain(ExceptionKind::kParse, std::move(condition), std::move(parameters));
  std::string message = "\n" + plain.message() + " (line " + std::to_string(token.line) + ", pos " +
                        std::to_string(token.position) + ")\n\n== SQL ==\n";
  const std::vector<std::string_view> lines = Lines(text);
  for (size_t i = 0; i < lines.size() || i == token.line; ++i) {
    if (i == token.line) message += std::string(token.position, '-') + "^^^\n";
    if (i < lines.size()) message += std::string(lines[i]) + "\n";
  }
  if (lines.size() < token.line) message += std::string(token.position, '-') + "^^^\n";
  return Rephrased(plain, std::move(message));
}

Error SyntaxError(const Token& token, std::string_view text, std::string hint) {
  const std::string error =
      token.kind == TokenKind::kEnd ? "end of input" : "'" + std::string(token.text) + "'";
  return ErrorAt(token, text, "PARSE_SYNTAX_ERROR", {{"error", error}, {"hint", std::move(hint)}});
}

Error ErrorOver(const OriginPtr& origin, std::string condition, Error::Parameters parameters) {
  const Error error(ExceptionKind::kParse, std::move(condition), std::move(parameters), origin);
  return Rephrased(error, "\n" + error.message());
}

Error ErrorIn(std::string_view text, std::string condition, Error::Parameters parameters) {
  const Error plain(ExceptionKind::kParse, std::move(condition), std::move(parameters));
  return Rephrased(plain, "\n" + plain.message() + "\n== SQL ==\n" + std::string(text));
}

}  // namespace hearth::spark
