// Statements about what a session and the catalog have: SHOW, DESCRIBE, USE, databases, DROP TABLE.
#include <array>
#include <string_view>
#include <utility>

#include "spark/error.h"
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

bool Grammar::AcceptIfNotExists() { return in_.Is(kIf) && in_.Is(kNot, 1) && in_.Accept(kIf, kNot, kExists); }

bool Grammar::AcceptIfExists() { return in_.Is(kIf) && in_.Is(kExists, 1) && in_.Accept(kIf, kExists); }

bool Grammar::StartsQueryHere() const {
  return in_.IsAny({kSelect, kWith, kValues, kFrom, kTable}) || in_.IsSymbol("(");
}

std::optional<Command> Grammar::CatalogStatement() {
  const size_t first = in_.position();
  std::optional<Command> command;
  try {
    command = StartedCatalogStatement();
  } catch (const Error& error) {
    // It may be another form, which is known by its head.
    if (is_sure_ || error.condition() != "PARSE_SYNTAX_ERROR") throw;
    command.reset();
    in_.Rewind(first);
    return std::nullopt;
  }
  // More than these forms have is another form.
  if (command.has_value() && (in_.IsEnd() || in_.IsSymbol(";"))) return command;
  in_.Rewind(first);
  return std::nullopt;
}

std::optional<Command> Grammar::StartedCatalogStatement() {
  const std::string head = in_.Word();
  const std::string second = in_.Word(1);
  const bool is_database = second == "DATABASE" || second == "SCHEMA" || second == "NAMESPACE";
  if (head == "SHOW" && (second == "CREATE" || second == "TBLPROPERTIES" || second == "PARTITIONS"))
    return ShowTableStatement();
  if (head == "SHOW") return ShowStatement();
  if (head == "DESC" || head == "DESCRIBE") {
    return is_database && !in_.IsEnd(2) ? DescribeDatabaseStatement() : DescribeStatement();
  }
  if (head == "USE") return UseStatement();
  if (in_.Is(kDrop) && in_.Is(kTable, 1)) return DropTableStatement();
  if (in_.Is(kDrop) && is_database) return DropDatabaseStatement();
  if (in_.Is(kCreate) && is_database) return CreateDatabaseStatement();
  if (in_.Is(kCreate) || head == "REPLACE") return CreateTableStatement();
  if (head == "TRUNCATE" && in_.Is(kTable, 1)) return TruncateTableStatement();
  if (head == "ALTER") return AlterTableStatement();
  if (in_.Is(kInsert)) return InsertStatement();
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
  const bool is_extended = (word == "EXTENDED" || word == "FORMATTED") && in_.IsIdentifier(1);
  if (is_extended) in_.Take();
  if (!in_.IsIdentifier()) return std::nullopt;
  const size_t first = in_.position();
  std::vector<std::string> name = MultipartIdentifier();
  return DescribeCommand{MakeRelation(NamedTable{std::move(name), {}}, in_.OriginFrom(first)), is_extended};
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
  drop.if_exists = AcceptIfExists();
  if (!in_.IsIdentifier()) return std::nullopt;
  drop.name = MultipartIdentifier();
  if (in_.Word() == "PURGE") in_.Take();  // There is no bin that it would spare.
  return drop;
}

std::optional<Command> Grammar::DescribeDatabaseStatement() {
  in_.Take();
  in_.Take();
  DescribeDatabase describe;
  describe.is_extended = in_.Is(kExtended) && in_.IsIdentifier(1);
  if (describe.is_extended) in_.Take();
  if (!in_.IsIdentifier()) return std::nullopt;
  describe.name = MultipartIdentifier();
  return describe;
}

std::optional<Command> Grammar::ShowTableStatement() {
  in_.Take();
  const std::string word = in_.Word();
  in_.Take();
  ShowTable show;
  if (word == "CREATE") {
    if (!in_.Accept(kTable)) return std::nullopt;
  } else {
    show.what = word == "PARTITIONS" ? ShowTable::What::kPartitions : ShowTable::What::kProperties;
  }
  if (!in_.IsIdentifier()) return std::nullopt;
  const size_t first = in_.position();
  show.name = MultipartIdentifier();
  show.origin = in_.OriginFrom(first);
  if (show.what != ShowTable::What::kProperties || !in_.AcceptSymbol("(")) return show;
  if (in_.IsString()) {
    show.key = StringLiteral();
  } else {
    const size_t key = in_.position();
    MultipartIdentifier();
    show.key = in_.TextFrom(key);
  }
  in_.ExpectSymbol(")");
  return show;
}

std::optional<Command> Grammar::CreateDatabaseStatement() {
  in_.Take();
  in_.Take();
  CreateDatabase create;
  create.if_not_exists = AcceptIfNotExists();
  if (!in_.IsIdentifier()) return std::nullopt;
  create.name = MultipartIdentifier();
  while (true) {
    if (in_.Is(kComment) && in_.IsString(1)) {
      in_.Take();
      create.comment = StringLiteral();
    } else if (in_.Word() == "LOCATION" && in_.IsString(1)) {
      in_.Take();
      create.location = StringLiteral();
    } else if (in_.Is(kWith) && (in_.Word(1) == "DBPROPERTIES" || in_.Word(1) == "PROPERTIES")) {
      in_.Take();
      in_.Take();
      std::optional<PropertyList> properties = Properties();
      if (!properties) return std::nullopt;
      create.properties = *std::move(properties);
    } else {
      return create;
    }
  }
}

std::optional<Command> Grammar::DropDatabaseStatement() {
  in_.Take();
  in_.Take();
  DropDatabase drop;
  drop.if_exists = AcceptIfExists();
  if (!in_.IsIdentifier()) return std::nullopt;
  drop.name = MultipartIdentifier();
  drop.cascade = in_.Word() == "CASCADE";
  if (drop.cascade || in_.Word() == "RESTRICT") in_.Take();
  return drop;
}

}  // namespace hearth::spark
