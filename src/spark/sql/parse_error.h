// Errors of SQL text, with the messages of Spark's ParseException.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "spark/error.h"
#include "spark/sql/token.h"

namespace hearth::spark {

// An error at a place in the text: "... (line 1, pos 7)", the text, and a caret under the place.
Error ErrorAt(const Token& token, std::string_view text, std::string condition, Error::Parameters parameters);

// PARSE_SYNTAX_ERROR at `token`; `hint` is empty or like ": missing ')'".
Error SyntaxError(const Token& token, std::string_view text, std::string hint = "");

// An error about a piece of the text, which becomes its query context.
Error ErrorOver(const OriginPtr& origin, std::string condition, Error::Parameters parameters);

// An error about the text as a whole, which is shown behind it.
Error ErrorIn(std::string_view text, std::string condition, Error::Parameters parameters);

}  // namespace hearth::spark
