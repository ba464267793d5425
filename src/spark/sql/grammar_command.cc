// Statements: queries, the commands that the engine runs, and the names of all others.
#include <algorithm>
#include <array>
#include <utility>

#include "spark/sql/grammar.h"
#include "spark/sql/parse_error.h"
#include "spark/sql/string_text.h"

namespace hearth::spark {

using enum Keyword;

namespace {

constexpr const char* kTimeZoneKey = "spark.sql.session.timeZone";

std::string Stripped(std::string text) {
  const auto is_space = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  while (!text.empty() && is_space(text.back())) text.pop_back();
  text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), is_space));
  return text;
}

// The characters of a configuration key that need no quotes.
size_t KeyLength(std::string_view text) {
  size_t i = 0;
  const auto is_key = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == ':' || c == '\\';
  };
  while (i < text.size() && is_key(text[i])) ++i;
  return i;
}

// Heads of statements that are recognised and not run, with the words that may follow where only some may.
struct Head {
  std::string_view word;
  std::string_view second;  // between blanks; empty: anything
};
constexpr std::array kHeads = {
    Head{"ADD", ""},
    Head{"ALTER", " TABLE VIEW DATABASE NAMESPACE SCHEMA INDEX STREAMING MATERIALIZED "},
    Head{"ANALYZE", " TABLE TABLES "},
    Head{"BEGIN", ""},
    Head{"CACHE", " TABLE LAZY "},
    Head{"CALL", ""},
    Head{"CLEAR", " CACHE "},
    Head{"CLOSE", ""},
    Head{"COMMENT", " ON "},
    Head{"COMMIT", ""},
    Head{"CREATE",
         " TABLE EXTERNAL TEMPORARY TEMP OR DATABASE NAMESPACE SCHEMA FUNCTION INDEX ROLE STREAMING "
         "MATERIALIZED FLOW PRIVATE "},
    Head{"DECLARE", ""},
    Head{"DELETE", " FROM "},
    Head{"DESC", ""},
    Head{"DESCRIBE", ""},
    Head{"DFS", ""},
    Head{"DROP",
         " TABLE VIEW DATABASE NAMESPACE SCHEMA FUNCTION TEMPORARY TEMP INDEX ROLE MATERIALIZED STREAMING "},
    Head{"EXECUTE", " IMMEDIATE "},
    Head{"EXPORT", " TABLE "},
    Head{"FETCH", ""},
    Head{"GRANT", ""},
    Head{"IMPORT", " TABLE "},
    Head{"INSERT", " INTO OVERWRITE "},
    Head{"LIST", ""},
    Head{"LOAD", " DATA "},
    Head{"LOCK", " TABLE DATABASE "},
    Head{"MERGE", " INTO WITH "},
    Head{"MSCK", " REPAIR "},
    Head{"OPEN", ""},
    Head{"REFRESH", ""},
    Head{"REPAIR", " TABLE "},
    Head{"REPLACE", " TABLE "},
    Head{"REVOKE", ""},
    Head{"ROLLBACK", ""},
    Head{"SHOW", ""},
    Head{"START", " TRANSACTION "},
    Head{"TRUNCATE", " TABLE "},
    Head{"UNCACHE", " TABLE "},
    Head{"UNLOCK", " TABLE DATABASE "},
    Head{"UPDATE", ""},
    Head{"USE", ""},
};

bool MayEndAfterHead(std::string_view head) {
  return head == "COMMIT" || head == "ROLLBACK" || head == "DFS" || head == "GRANT" || head == "REVOKE" ||
         head == "REFRESH";
}

}  // namespace

// "CREATE TABLE" for a statement that begins so; a syntax error where none does.
std::string Grammar::UnsupportedStatement() const {
  const std::string head = in_.Word();
  const auto* found =
      std::find_if(kHeads.begin(), kHeads.end(), [&](const Head& h) { return h.word == head; });
  if (found == kHeads.end()) in_.Fail();
  const std::string second = in_.Word(1);
  const bool is_known =
      found->second.empty() || found->second.find(" " + second + " ") != std::string_view::npos;
  if (in_.IsEnd(1) ? !MayEndAfterHead(head) : (!is_known || second.empty()) && !found->second.empty()) {
    throw SyntaxError(in_.Peek(1), in_.text());
  }
  if (!found->second.empty() && in_.IsEnd(2) && head != "CLEAR" && head != "START") {
    throw SyntaxError(in_.Peek(2), in_.text());
  }
  if (found->second.empty() && head != "SHOW") return head;
  return head + " " + second;
}

Statement Grammar::SingleStatement() {
  const bool is_blank = in_.text().find_first_not_of(" \t\r\n") == std::string::npos;
  if (is_blank) throw ErrorAt(in_.Peek(), in_.text(), "PARSE_EMPTY_STATEMENT", {});
  Statement statement = StatementBody();
  EndOfStatement();
  return statement;
}

void Grammar::EndOfStatement() {
  bool has_semicolon = false;
  while (in_.AcceptSymbol(";")) has_semicolon = true;
  if (!in_.IsEnd()) in_.FailInList(has_semicolon, "");
}

Statement Grammar::StatementBody() {
  const auto unsupported = [this](std::string what) {
    in_.Rewind(in_.end());
    return Command(UnsupportedCommand{std::move(what)});
  };
  if (std::optional<Command> command = CatalogStatement()) return *std::move(command);
  switch (in_.Peek().keyword) {
    case kExplain: return ExplainStatement();
    case kSet: return SetStatement();
    case kReset: return ResetStatement();
    case kCreate: return CreateStatement();
    case kDrop:
      if (in_.Accept(kDrop, kView)) {
        DropView drop;
        drop.if_exists = AcceptIfExists();
        drop.name = IdentifierReference();
        return Command(std::move(drop));
      }
      return unsupported(UnsupportedStatement());
    case kSelect:
    case kFrom:
    case kWith:
    case kValues:
    case kTable:
    case kMap:
    case kReduce: break;
    default:
      if (!in_.IsSymbol("(")) return unsupported(UnsupportedStatement());
  }
  if (in_.Is(kWith)) {
    // WITH may also stand before INSERT and its like.
    const size_t first = in_.position();
    size_t i = first + 1;
    while (i < in_.end() && in_.At(i).text != ";") {
      in_.Rewind(i);
      const bool writes =
          in_.Is(kInsert) || ((in_.Word() == "DELETE" || in_.Word() == "MERGE" || in_.Word() == "UPDATE") &&
                              !in_.IsSymbol(",", 1));
      if (in_.At(i - 1).text == ")" && writes && in_.IsIdentifier(1) && !in_.Is(kFrom, 1)) {
        return unsupported(in_.Word());
      }
      i = in_.IsSymbol("(") ? in_.MatchingParenthesis(i) : i + 1;
    }
    in_.Rewind(first);
  }
  RelationPtr query = Query();
  if (in_.Is(kInsert)) return unsupported("INSERT INTO");
  return query;
}

Command Grammar::CreateStatement() {
  const size_t first = in_.position();
  size_t i = 1;
  if (in_.Is(kOr, i) && in_.Is(kReplace, i + 1)) i += 2;
  if (in_.Is(kGlobal, i)) ++i;
  if (in_.Is(kTemporary, i)) ++i;
  if (in_.Is(kView, i)) return CreateViewStatement(first);
  UnsupportedCommand command{UnsupportedStatement()};
  if (in_.Is(kOr, 1)) command.what = "CREATE OR REPLACE " + in_.Word(3);
  in_.Rewind(in_.end());
  return command;
}

Command Grammar::CreateViewStatement(size_t first) {
  in_.Expect(kCreate);
  CreateView view;
  view.replace = in_.Accept(kOr, kReplace);
  view.is_global = in_.Accept(kGlobal);
  view.is_temporary = in_.Accept(kTemporary);
  if (view.is_global && !view.is_temporary) in_.Fail();
  in_.Expect(kView);
  view.if_not_exists = AcceptIfNotExists();
  const size_t name_position = in_.position();
  view.name = IdentifierReference();
  const std::string name = in_.TextFrom(name_position);
  std::string unsupported;
  if (in_.AcceptSymbol("(")) {
    view.column_names = CommaList([&] {
      std::string column = Identifier();
      std::optional<std::string>& comment = view.column_comments.emplace_back();
      if (in_.Accept(kComment)) {
        comment = StringLiteral();
        if (view.is_temporary) unsupported = "comments on the columns of a temporary view";
      }
      return column;
    });
    if (!in_.IsSymbol(")")) in_.FailInList(view.column_names.size() > 1, ")");
    in_.Take();
  }
  while (!in_.Is(kAs)) {
    if (in_.Is(kComment) && in_.IsString(1)) {
      in_.Take();
      view.comment = StringLiteral();
    } else if (in_.Is(kTblproperties) && in_.IsSymbol("(", 1) && !view.is_temporary) {
      in_.Take();
      std::optional<PropertyList> properties = Properties();
      if (!properties) in_.Fail();
      view.properties = *std::move(properties);
    } else if (in_.Is(kUsing) || in_.Is(kTblproperties) || in_.Is(kWith) || in_.Is(kDefault) ||
               in_.Word() == "PARTITIONED") {
      in_.Rewind(in_.end());
      return UnsupportedCommand{"CREATE VIEW with USING, TBLPROPERTIES and the like"};
    } else {
      in_.Fail();
    }
  }
  in_.Take();
  const size_t body = in_.position();
  view.plan = Query();
  view.sql_text = in_.TextFrom(body);
  CheckView(&view, name, first);
  if (!unsupported.empty()) return UnsupportedCommand{unsupported};
  return view;
}

// The rules for the words before the name, and for its qualifier: `name` is how the text writes it. A
// temporary view may be qualified with the session, which is then dropped.
void Grammar::CheckView(CreateView* view, const std::string& name, size_t first) {
  const OriginPtr origin = in_.OriginFrom(first);
  if (view->if_not_exists && view->replace) {
    throw ErrorOver(origin, "CREATE_VIEW_WITH_IF_NOT_EXISTS_AND_REPLACE", {{"viewName", name}});
  }
  if (!view->is_temporary) return;
  if (view->if_not_exists) throw ErrorOver(origin, "_LEGACY_ERROR_TEMP_0053", {});
  if (view->name.size() == 1) return;
  const std::vector<std::string> qualifier(view->name.begin(), view->name.end() - 1);
  std::string joined;
  for (const std::string& part : qualifier) joined += "." + part;
  std::transform(joined.begin(), joined.end(), joined.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (view->is_global || (joined != ".session" && joined != ".system.session")) {
    throw ErrorOver(origin, "INVALID_TEMP_OBJ_QUALIFIER",
                    {{"objectType", "VIEW"},
                     {"objectName", QuoteIdentifier(view->name.back())},
                     {"qualifier", QuoteIdentifier(qualifier)}});
  }
  view->name = {view->name.back()};
}

// SET key = value takes the rest of the text as it is written.
Command Grammar::SetStatement() {
  const size_t first = in_.position();
  in_.Take();
  for (const std::string_view word : {"CATALOG", "ROLE", "VARIABLE", "VAR", "COLLATION", "PATH"}) {
    if (in_.Word() != word || in_.IsSymbol("=", 1) || in_.IsEnd(1)) continue;
    in_.Rewind(in_.end());
    return UnsupportedCommand{"SET " + std::string(word)};
  }
  if (in_.Accept(kTime, kZone)) {
    if (in_.IsString() && (in_.IsEnd(1) || in_.IsSymbol(";", 1))) {
      return SetConfiguration{kTimeZoneKey, StringLiteral(), false};
    }
    if (!in_.Is(kLocal) && !in_.Is(kInterval)) {
      in_.Rewind(in_.end());
      throw ErrorOver(in_.OriginFrom(first), "_LEGACY_ERROR_TEMP_0045", {});
    }
    in_.Rewind(in_.end());
    return UnsupportedCommand{"SET TIME ZONE of LOCAL or an interval"};
  }
  const size_t begin = in_.position();
  const bool is_quoted = in_.Peek().kind == TokenKind::kBackQuoted;
  const std::string quoted = is_quoted ? UnquoteIdentifier(in_.Peek().text) : "";
  in_.Rewind(in_.end());
  std::string rest =
      begin == in_.end()
          ? ""
          : Stripped(in_.text().substr(static_cast<size_t>(in_.At(begin).text.data() - in_.text().data())));
  const OriginPtr origin = in_.OriginFrom(first);
  std::string key = quoted;
  std::string value;
  if (is_quoted) {
    value = Stripped(rest.substr(in_.At(begin).text.size()));
  } else {
    if (rest.find_first_not_of(';') == std::string::npos) return SetConfiguration{};
    if (rest == "-v") return SetConfiguration{"-v", std::nullopt, false};
    key = rest.substr(0, KeyLength(rest));
    value = Stripped(rest.substr(key.size()));
  }
  if (key.empty()) throw ErrorOver(origin, "INVALID_SET_SYNTAX", {});
  if (value.empty() || value == ";") return SetConfiguration{key, std::nullopt, false};
  if (value.front() != '=') throw ErrorOver(origin, "INVALID_SET_SYNTAX", {});
  value = Stripped(value.substr(1));
  if (value.size() >= 2 && value.front() == '`') {
    const size_t close = value.find('`', 1);
    if (close != std::string::npos &&
        Stripped(value.substr(close + 1)).find_first_not_of(';') == std::string::npos) {
      return SetConfiguration{key, UnquoteIdentifier(value.substr(0, close + 1)), false};
    }
  }
  // Semicolons end the value; anything behind them is an error.
  const size_t semicolon = value.find(';');
  if (semicolon != std::string::npos) {
    if (value.find_first_not_of(';', semicolon) != std::string::npos)
      throw ErrorOver(origin, "INVALID_SET_SYNTAX", {});
    value = Stripped(value.substr(0, semicolon));
  }
  return SetConfiguration{key, value, false};
}

Command Grammar::ResetStatement() {
  const size_t first = in_.position();
  in_.Take();
  if (in_.IsEnd() || in_.IsSymbol(";")) return SetConfiguration{std::nullopt, std::nullopt, true};
  if (in_.Peek().kind == TokenKind::kBackQuoted && (in_.IsEnd(1) || in_.IsSymbol(";", 1))) {
    return SetConfiguration{UnquoteIdentifier(in_.Take().text), std::nullopt, true};
  }
  const size_t begin = in_.position();
  while (!in_.IsEnd() && !in_.IsSymbol(";")) in_.Take();
  const std::string key = in_.TextFrom(begin);
  if (KeyLength(key) != key.size())
    throw ErrorOver(in_.OriginFrom(first), "INVALID_RESET_COMMAND_FORMAT", {});
  return SetConfiguration{key, std::nullopt, true};
}

Statement Grammar::ExplainStatement() {
  in_.Take();
  ExplainCommand explain;
  if (in_.Accept(kLogical)) {
    in_.Rewind(in_.end());
    return Command(UnsupportedCommand{"EXPLAIN LOGICAL"});
  }
  if (in_.Accept(kExtended))
    explain.mode = ExplainCommand::Mode::kExtended;
  else if (in_.Accept(kCodegen))
    explain.mode = ExplainCommand::Mode::kCodegen;
  else if (in_.Accept(kCost))
    explain.mode = ExplainCommand::Mode::kCost;
  else if (in_.Accept(kFormatted))
    explain.mode = ExplainCommand::Mode::kFormatted;
  if (in_.IsEnd()) in_.Fail();
  const Level level(this);
  Statement statement = StatementBody();
  if (const auto* query = std::get_if<RelationPtr>(&statement)) {
    explain.plan = *query;
    return Command(std::move(explain));
  }
  return Command(UnsupportedCommand{"EXPLAIN of a command"});
}

ExpressionPtr Grammar::SingleExpression() {
  ExpressionPtr expression = NamedExpression();
  if (!in_.IsEnd()) in_.FailInList(false, "");
  return expression;
}

std::vector<std::string> Grammar::SingleIdentifier() {
  std::vector<std::string> parts = MultipartIdentifier();
  if (!in_.IsEnd()) in_.Fail();
  return parts;
}

}  // namespace hearth::spark
