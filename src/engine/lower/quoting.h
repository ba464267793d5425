// Quoting for DuckDB's dialect: the only way by which a user's text enters a statement.
#pragma once

#include <string>
#include <string_view>

namespace hearth::engine {

// "name", with inner quotes doubled.
std::string QuoteName(std::string_view name);
// 'text', with inner quotes doubled. Declines text with a zero byte, which DuckDB's parser would cut.
std::string QuoteText(std::string_view text);

}  // namespace hearth::engine
