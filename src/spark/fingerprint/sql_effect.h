// What a SQL statement changes, told from its logical plan before any engine sees it.
#pragma once

#include <string_view>

#include "spark/plan/command.h"
#include "spark/sql/parser.h"

namespace hearth::spark {

enum class SqlEffect {
  kNone,           // a query, or a statement that only shows something
  kConfiguration,  // sets or resets configurations of the session
  kSession,        // changes the session otherwise: temporary views, functions, variables, USE, CACHE
  kInsert,         // changes the rows of a table, or the files of a folder, that others see
  kCatalog,        // changes databases, tables or views that others see
  kExternal,       // may change what others see otherwise, or is not known
};

// Pure and thread safe.
SqlEffect EffectOf(const Statement& statement);

// Of the text's one statement. Never throws: a text that does not parse has no effect if it looks like a
// query, and else may change anything, since another engine's parser might accept it. Needs the stack of
// ParseStatement.
SqlEffect EffectOfSql(std::string_view text);

}  // namespace hearth::spark
