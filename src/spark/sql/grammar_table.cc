// Statements that make, change and fill tables.
#include <utility>

#include "spark/sql/grammar.h"

namespace hearth::spark {

using enum Keyword;

// (key = value, ...), where the sign may be left out. Nothing for keys without a value.
std::optional<PropertyList> Grammar::Properties() {
  in_.ExpectSymbol("(");
  PropertyList properties;
  do {
    std::string key;
    if (in_.IsString()) {
      key = StringLiteral();
    } else {
      for (const std::string& part : MultipartIdentifier()) key += (key.empty() ? "" : ".") + part;
    }
    in_.AcceptSymbol("=");
    std::string value;
    if (in_.IsString()) {
      value = StringLiteral();
    } else if (in_.Peek().kind == TokenKind::kInteger || in_.IsAny({kTrue, kFalse})) {
      // As Spark does, who reads a boolean and shows it again.
      const bool is_boolean = in_.IsAny({kTrue, kFalse});
      value = is_boolean ? (in_.Is(kTrue) ? "true" : "false") : std::string(in_.Peek().text);
      in_.Take();
    } else {
      return std::nullopt;
    }
    properties.emplace_back(std::move(key), std::move(value));
  } while (in_.AcceptSymbol(","));
  in_.ExpectSymbol(")");
  return properties;
}

// (a INT, b STRING COMMENT 'x', ...). Nothing for columns with more to them.
std::optional<std::vector<StructField>> Grammar::TableColumns() {
  in_.ExpectSymbol("(");
  std::vector<StructField> columns = CommaList([this] { return ColumnDefinition(/*in_struct=*/false); });
  if (!in_.AcceptSymbol(")")) return std::nullopt;
  return columns;
}

// One clause behind the name of a new table. False if it is none that the engine knows.
bool Grammar::TableClause(TableOptions* options) {
  const std::string word = in_.Word();
  const auto properties = [this](PropertyList* list) {
    in_.Take();
    std::optional<PropertyList> read = Properties();
    if (read) *list = *std::move(read);
    return read.has_value();
  };
  if (in_.Accept(kUsing)) {
    std::string provider;
    for (const std::string& part : MultipartIdentifier()) provider += (provider.empty() ? "" : ".") + part;
    options->provider = std::move(provider);
    return true;
  }
  if (word == "OPTIONS" && in_.IsSymbol("(", 1)) return properties(&options->options);
  if (in_.Is(kTblproperties) && in_.IsSymbol("(", 1)) return properties(&options->properties);
  if (in_.Is(kComment) && in_.IsString(1)) {
    in_.Take();
    options->comment = StringLiteral();
    return true;
  }
  if (word == "LOCATION" && in_.IsString(1)) {
    in_.Take();
    options->location = StringLiteral();
    return true;
  }
  if (word != "PARTITIONED" || !in_.Is(kBy, 1) || !in_.IsSymbol("(", 2)) return false;
  in_.Take();
  in_.Take();
  in_.Take();
  options->partition_columns = CommaList([this] { return ErrorCapturingIdentifier(); });
  return in_.AcceptSymbol(")");
}

// Each clause once: Spark has an error for a second one.
bool Grammar::TableClauses(TableOptions* options) {
  std::vector<std::string> seen;
  while (!in_.IsEnd() && !in_.IsSymbol(";") && !in_.Is(kAs) && !StartsQueryHere()) {
    const std::string word = in_.Word();
    for (const std::string& before : seen) {
      if (before == word) return false;
    }
    seen.push_back(word);
    if (!TableClause(options)) return false;
  }
  return true;
}

std::optional<Command> Grammar::CreateTableStatement() {
  CreateTable create;
  const bool is_creation = in_.Accept(kCreate);
  create.replace = is_creation ? in_.Accept(kOr, kReplace) : in_.Accept(kReplace);
  create.is_external = in_.Word() == "EXTERNAL";
  if (create.is_external) in_.Take();
  if (!in_.Accept(kTable)) return std::nullopt;
  create.if_not_exists = AcceptIfNotExists();
  if (!in_.IsIdentifier()) return std::nullopt;
  create.name = MultipartIdentifier();
  if (in_.IsSymbol("(") && !StartsQuery(in_.position() + 1)) {
    std::optional<std::vector<StructField>> columns = TableColumns();
    if (!columns) return std::nullopt;
    create.columns = *std::move(columns);
  }
  if (!TableClauses(&create.options)) return std::nullopt;
  const bool has_query = in_.Accept(kAs) || StartsQueryHere();
  if (has_query && !create.columns.empty()) return std::nullopt;
  is_sure_ = has_query;
  if (has_query) create.query = Query();
  return create;
}

std::optional<Command> Grammar::TruncateTableStatement() {
  in_.Take();
  in_.Take();
  if (!in_.IsIdentifier()) return std::nullopt;
  const size_t first = in_.position();
  TruncateTable truncate;
  truncate.name = MultipartIdentifier();
  truncate.origin = in_.OriginFrom(first);
  return truncate;
}

std::optional<Command> Grammar::AlterTableStatement() {
  in_.Take();
  AlterTable alter;
  alter.is_view = in_.Is(kView);
  if (!in_.Accept(kTable) && !in_.Accept(kView)) return std::nullopt;
  if (!in_.IsIdentifier()) return std::nullopt;
  const size_t first = in_.position();
  alter.name = MultipartIdentifier();
  alter.origin = in_.OriginFrom(first);
  const std::string word = in_.Word();
  const std::string second = in_.Word(1);
  if (word == "RENAME" && second == "TO") {
    in_.Take();
    in_.Take();
    alter.action = AlterTable::Rename{MultipartIdentifier()};
    return alter;
  }
  if (word == "ADD" && (second == "COLUMNS" || second == "COLUMN") && !alter.is_view) {
    in_.Take();
    in_.Take();
    if (!in_.IsSymbol("(")) {
      alter.action = AlterTable::AddColumns{CommaList([this] { return ColumnDefinition(false); })};
      return alter;
    }
    std::optional<std::vector<StructField>> columns = TableColumns();
    if (!columns) return std::nullopt;
    alter.action = AlterTable::AddColumns{*std::move(columns)};
    return alter;
  }
  if (second != "TBLPROPERTIES") return std::nullopt;
  in_.Take();
  in_.Take();
  if (word == "SET") {
    std::optional<PropertyList> properties = Properties();
    if (!properties) return std::nullopt;
    alter.action = AlterTable::SetProperties{*std::move(properties)};
    return alter;
  }
  if (word != "UNSET") return std::nullopt;
  AcceptIfExists();  // What is not there is no error without it either.
  in_.ExpectSymbol("(");
  std::vector<std::string> keys = CommaList([this] { return StringLiteral(); });
  in_.ExpectSymbol(")");
  alter.action = AlterTable::UnsetProperties{std::move(keys)};
  return alter;
}

// PARTITION (name = value, name). Nothing for what has other signs in it.
std::optional<std::vector<std::pair<std::string, ExpressionPtr>>> Grammar::PartitionSpec() {
  in_.ExpectSymbol("(");
  std::vector<std::pair<std::string, ExpressionPtr>> spec;
  do {
    std::string name = ErrorCapturingIdentifier();
    ExpressionPtr value;
    if (in_.AcceptSymbol("=")) value = Primary();
    spec.emplace_back(std::move(name), std::move(value));
  } while (in_.AcceptSymbol(","));
  if (!in_.AcceptSymbol(")")) return std::nullopt;
  return spec;
}

// [LOCAL] DIRECTORY 'path' USING provider [OPTIONS (...)] query. Hive's formats are another statement.
std::optional<Command> Grammar::InsertOverwriteDirectory() {
  in_.Accept(kLocal);
  if (in_.Word() != "DIRECTORY") return std::nullopt;
  in_.Take();
  WriteFiles write;
  write.mode = SaveMode::kOverwrite;
  if (in_.IsString()) write.options.location = StringLiteral();
  if (!in_.Is(kUsing) || !TableClause(&write.options)) return std::nullopt;
  if (in_.Word() == "OPTIONS" && !TableClause(&write.options)) return std::nullopt;
  if (!StartsQueryHere()) return std::nullopt;
  is_sure_ = true;
  write.query = Query();
  return write;
}

std::optional<Command> Grammar::InsertStatement() {
  const size_t first = in_.position();
  in_.Take();
  InsertInto insert;
  insert.overwrite = in_.Word() == "OVERWRITE";
  if (!insert.overwrite && in_.Word() != "INTO") return std::nullopt;
  in_.Take();
  if (insert.overwrite && (in_.Word() == "DIRECTORY" || in_.Is(kLocal))) return InsertOverwriteDirectory();
  if (in_.Is(kTable) && in_.IsIdentifier(1)) in_.Take();
  if (!in_.IsIdentifier() || in_.Word() == "DIRECTORY" || in_.Is(kLocal)) return std::nullopt;
  const size_t name = in_.position();
  std::vector<std::string> parts = MultipartIdentifier();
  insert.table = MakeRelationFrom(NamedTable{std::move(parts), {}}, name);
  if (in_.Is(kPartition) && in_.IsSymbol("(", 1)) {
    in_.Take();
    auto spec = PartitionSpec();
    if (!spec) return std::nullopt;
    insert.partition = *std::move(spec);
  }
  if (in_.Is(kIf)) return std::nullopt;
  if (in_.Is(kBy) && in_.Word(1) == "NAME") {
    in_.Take();
    in_.Take();
    insert.by_name = true;
  } else if (in_.IsSymbol("(") && !StartsQuery(in_.position() + 1)) {
    in_.Take();
    insert.columns = CommaList([this] { return ErrorCapturingIdentifier(); });
    if (!in_.AcceptSymbol(")")) return std::nullopt;
  }
  insert.origin = in_.OriginFrom(first);
  if (!StartsQueryHere()) return std::nullopt;
  is_sure_ = true;
  insert.query = Query();
  return insert;
}

}  // namespace hearth::spark
