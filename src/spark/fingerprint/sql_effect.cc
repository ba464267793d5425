#include "spark/fingerprint/sql_effect.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <iterator>
#include <string>
#include <variant>
#include <vector>

#include "spark/error.h"
#include "spark/sql/lexer.h"

namespace hearth::spark {
namespace {

struct NamedEffect {
  std::string_view statement;  // as the parser names an UnsupportedCommand
  SqlEffect effect;
};

// The statements that the logical plan has no node for. What is not listed may change what others see.
constexpr std::array kStatements = {
    NamedEffect{"DESC", SqlEffect::kNone},
    NamedEffect{"DESCRIBE", SqlEffect::kNone},
    NamedEffect{"EXPLAIN LOGICAL", SqlEffect::kNone},
    NamedEffect{"EXPLAIN of a command", SqlEffect::kNone},  // it is planned, not run
    NamedEffect{"LIST", SqlEffect::kNone},
    // What a cluster remembers of files and results changes no answer.
    NamedEffect{"CLEAR CACHE", SqlEffect::kNone},
    NamedEffect{"REFRESH", SqlEffect::kNone},
    NamedEffect{"UNCACHE TABLE", SqlEffect::kNone},

    NamedEffect{"SET TIME ZONE of LOCAL or an interval", SqlEffect::kConfiguration},

    NamedEffect{"ADD", SqlEffect::kSession},  // JAR, FILE, ARCHIVE
    NamedEffect{"CACHE LAZY", SqlEffect::kSession},
    NamedEffect{"CACHE TABLE", SqlEffect::kSession},
    NamedEffect{"CREATE OR REPLACE TEMP", SqlEffect::kSession},
    NamedEffect{"CREATE OR REPLACE TEMPORARY", SqlEffect::kSession},
    NamedEffect{"CREATE TEMP", SqlEffect::kSession},
    NamedEffect{"CREATE TEMPORARY", SqlEffect::kSession},
    NamedEffect{"DECLARE", SqlEffect::kSession},
    NamedEffect{"DROP TEMP", SqlEffect::kSession},
    NamedEffect{"DROP TEMPORARY", SqlEffect::kSession},
    NamedEffect{"SET CATALOG", SqlEffect::kSession},
    NamedEffect{"SET COLLATION", SqlEffect::kSession},
    NamedEffect{"SET PATH", SqlEffect::kSession},
    NamedEffect{"SET ROLE", SqlEffect::kSession},
    NamedEffect{"SET VAR", SqlEffect::kSession},
    NamedEffect{"SET VARIABLE", SqlEffect::kSession},
    NamedEffect{"USE", SqlEffect::kSession},
};

class CommandEffect {
 public:
  SqlEffect operator()(const CreateView& view) const {
    // Views that all sessions of a cluster see are not the session's.
    if (!view.is_temporary) return SqlEffect::kCatalog;
    return view.is_global ? SqlEffect::kExternal : SqlEffect::kSession;
  }
  // The name does not tell a temporary view from one that others see.
  SqlEffect operator()(const DropView&) const { return SqlEffect::kCatalog; }
  SqlEffect operator()(const SetConfiguration& set) const {
    return set.is_reset || set.value ? SqlEffect::kConfiguration : SqlEffect::kNone;
  }
  SqlEffect operator()(const ExplainCommand&) const { return SqlEffect::kNone; }
  SqlEffect operator()(const ShowCommand&) const { return SqlEffect::kNone; }
  SqlEffect operator()(const DescribeCommand&) const { return SqlEffect::kNone; }
  SqlEffect operator()(const DescribeDatabase&) const { return SqlEffect::kNone; }
  SqlEffect operator()(const ShowTable&) const { return SqlEffect::kNone; }
  SqlEffect operator()(const UseCommand&) const { return SqlEffect::kSession; }
  SqlEffect operator()(const DropTable&) const { return SqlEffect::kCatalog; }
  SqlEffect operator()(const CreateDatabase&) const { return SqlEffect::kCatalog; }
  SqlEffect operator()(const DropDatabase&) const { return SqlEffect::kCatalog; }
  SqlEffect operator()(const CreateTable&) const { return SqlEffect::kCatalog; }
  SqlEffect operator()(const TruncateTable&) const { return SqlEffect::kCatalog; }
  SqlEffect operator()(const AlterTable&) const { return SqlEffect::kCatalog; }
  SqlEffect operator()(const InsertInto&) const { return SqlEffect::kInsert; }
  SqlEffect operator()(const SaveAsTable&) const { return SqlEffect::kCatalog; }
  // A folder is where it is for every engine, as a table is.
  SqlEffect operator()(const WriteFiles&) const { return SqlEffect::kInsert; }
  SqlEffect operator()(const UnsupportedCommand& command) const {
    if (command.what.starts_with("SHOW ")) return SqlEffect::kNone;
    const auto* found = std::find_if(kStatements.begin(), kStatements.end(), [&](const NamedEffect& known) {
      return known.statement == command.what;
    });
    return found == kStatements.end() ? SqlEffect::kExternal : found->effect;
  }
};

bool IsOneOf(const Token& token, std::initializer_list<std::string_view> words) {
  const auto same = [](char a, char b) { return a == (b >= 'a' && b <= 'z' ? b - 'a' + 'A' : b); };
  return token.kind == TokenKind::kWord &&
         std::any_of(words.begin(), words.end(), [&](std::string_view word) {
           return std::equal(word.begin(), word.end(), token.text.begin(), token.text.end(), same);
         });
}

/// Of a text that our parser does not take and another engine's might: it begins like a query and writes
/// nothing.
bool LooksLikeAQuery(std::string_view text) {
  const std::vector<Token> tokens = Lex(text);
  const bool begins =
      !tokens.empty() && (tokens.front().text == "(" ||
                          IsOneOf(tokens.front(), {"SELECT", "WITH", "FROM", "VALUES", "TABLE", "MAP",
                                                   "REDUCE", "EXPLAIN", "SHOW", "DESC", "DESCRIBE"}));
  return begins && std::none_of(tokens.begin(), tokens.end(), [](const Token& token) {
           return IsOneOf(token, {"CREATE", "DELETE", "INSERT", "MERGE", "UPDATE"});
         });
}

}  // namespace

SqlEffect EffectOf(const Statement& statement) {
  const auto* command = std::get_if<Command>(&statement);
  return command == nullptr ? SqlEffect::kNone : std::visit(CommandEffect(), *command);
}

SqlEffect EffectOfSql(std::string_view text) {
  // Whether "..." is a name only the session's configuration tells; text without it parses the same both
  // ways.
  for (const bool names : {false, true}) {
    try {
      ParserOptions options;
      options.double_quoted_identifiers = names;
      return EffectOf(ParseStatement(text, options));
    } catch (const Error&) {
      if (text.find('"') == std::string_view::npos) break;
    }
  }
  try {
    return LooksLikeAQuery(text) ? SqlEffect::kNone : SqlEffect::kExternal;
  } catch (const Error&) {
    return SqlEffect::kNone;  // An unclosed comment is no statement anywhere.
  }
}

}  // namespace hearth::spark
