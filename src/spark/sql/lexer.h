// Cuts SQL text into tokens as Spark's SqlBaseLexer does: comments and white space are dropped, the longest
// match wins, keywords are found in any case.
#pragma once

#include <string_view>
#include <vector>

#include "spark/sql/token.h"

namespace hearth::spark {

// The tokens of `text` and an end token behind them, which stands at the end of the text.
// Throws spark::Error: UNCLOSED_BRACKETED_COMMENT. What is no token is kUnrecognized, for the parser to
// report.
std::vector<Token> Lex(std::string_view text);

}  // namespace hearth::spark
