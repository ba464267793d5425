// Statements about what a session has: SHOW, DESCRIBE, USE, DROP TABLE.
#include <array>
#include <string_view>
#include <utility>

#include "spark/sql/grammar.h"

namespace hearth::spark {

using enum Keyword;

namespace {

using What = ShowCommand::What;

constexpr std::array<std::pair<std::string_view, What>, 7> kListings = {{
    {"DATABASES", What::kDatabases},
    {"SCHEMAS", What::kDatabases},
    {"NAMESPACES", What::kDatabases},
    {"TABLES", What::kTables},
    {"VIEWS", What::kViews},
    {"COLUMNS", What::kColumns},
    {"CATALOGS", What::kCatalogs},
}};

// Words that make another statement of DESCRIBE when a name follows them.
constexpr std::array<std::string_view, 7> kDescribedObjects = {
    "FUNCTION", "DATABASE", "SCHEMA", "NAMESPACE", "CATALOG", "PROCEDURE", "PARTITION"};

bool IsAnyOf(std::string_view word, const auto& words) {
  for (const std::string_view known : words) {
    if (known == word) return true;
  }
  return false;
}

}  // namespace

std::optional<Command> Grammar::CatalogStatement() {
  const size_t first = in_.position();
  const std::string head = in_.Word();
  std::optional<Command> command;
  if (head == "SHOW") command = ShowStatement();
  if (head == "DESC" || head == "DESCRIBE") command = DescribeStatement();
  if (head == "USE") command = UseStatement();
  if (in_.Is(kDrop) && in_.Is(kTable, 1)) command = DropTableStatement();
  // More than these forms have is another form.
  if (command.has_value() && (in_.IsEnd() || in_.IsSymbol(";"))) return command;
  in_.Rewind(first);
  return std::nullopt;
}

std::optional<Command> Grammar::ShowStatement() {
  in_.Take();
  ShowCommand show;
  if (in_.Word() == "CURRENT" && in_.Word(1) == "NAMESPACE") {
    in_.Take();
    in_.Take();
    show.what = What::kCurrentNamespace;
    return show;
  }
  const std::string word = in_.Word();
  bool is_known = false;
  for (const auto& [name, what] : kListings) {
    if (name != word) continue;
    show.what = what;
    is_known = true;
  }
  if (!is_known) return std::nullopt;
  in_.Take();
  const bool is_within = in_.Is(kIn) || in_.Is(kFrom);
  const bool may_be_within =
      show.what == What::kTables || show.what == What::kViews || show.what == What::kColumns;
  if (is_within && !may_be_within) return std::nullopt;
  if (is_within) {
    in_.Take();
    if (!in_.IsIdentifier()) return std::nullopt;
    const size_t name = in_.position();
    show.name = MultipartIdentifier();
    show.origin = in_.OriginFrom(name);
  } else if (show.what == What::kColumns) {
    return std::nullopt;
  }
  if (show.what == What::kColumns) return show;
  if (in_.Is(kLike) && in_.IsString(1)) in_.Take();
  if (in_.IsString()) show.pattern = StringLiteral();
  return show;
}

std::optional<Command> Grammar::DescribeStatement() {
  in_.Take();
  const auto starts_query = [this](size_t ahead) {
    return in_.IsAny({kSelect, kWith, kValues, kFrom}, ahead) || in_.IsSymbol("(", ahead);
  };
  if (in_.Word() == "QUERY" && starts_query(1)) in_.Take();
  if (starts_query(0)) return DescribeCommand{Query()};
  if (in_.Is(kTable) && !in_.IsEnd(1)) in_.Take();
  const std::string word = in_.Word();
  if (!in_.IsEnd(1) && IsAnyOf(word, kDescribedObjects)) return std::nullopt;
  if ((word == "EXTENDED" || word == "FORMATTED") && in_.IsIdentifier(1)) in_.Take();
  if (!in_.IsIdentifier()) return std::nullopt;
  const size_t first = in_.position();
  std::vector<std::string> name = MultipartIdentifier();
  return DescribeCommand{MakeRelation(NamedTable{std::move(name), {}}, in_.OriginFrom(first))};
}

std::optional<Command> Grammar::UseStatement() {
  in_.Take();
  const std::string word = in_.Word();
  const bool is_kind = word == "DATABASE" || word == "SCHEMA" || word == "NAMESPACE";
  if (is_kind && in_.IsIdentifier(1)) in_.Take();
  if (!in_.IsIdentifier()) return std::nullopt;
  return UseCommand{MultipartIdentifier()};
}

std::optional<Command> Grammar::DropTableStatement() {
  in_.Take();
  in_.Take();
  DropTable drop;
  drop.if_exists = in_.Is(kIf) && in_.Is(kExists, 1) && in_.Accept(kIf, kExists);
  if (!in_.IsIdentifier()) return std::nullopt;
  drop.name = MultipartIdentifier();
  return drop;
}

}  // namespace hearth::spark
