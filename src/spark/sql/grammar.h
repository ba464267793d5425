// Recursive descent over Spark's grammar. One object parses one text once; not shared between threads.
//
// No keyword is reserved, so a word in front of the parser is a keyword only where the tokens behind it let
// it be one: `SELECT a, FROM t` selects a column called FROM, as in Spark. StartsClause holds these rules.
// Long chains (AND, +, UNION, joins) are read in loops; what nests counts levels and stops at kMaxDepth.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spark/plan/command.h"
#include "spark/plan/relation.h"
#include "spark/sql/interval_text.h"
#include "spark/sql/token_cursor.h"

namespace hearth::spark {

class Grammar {
 public:
  Grammar(std::string_view text, const ParserOptions& options) : in_(text, options) {}

  // Each reads the whole text.
  Statement SingleStatement();
  ExpressionPtr SingleExpression();
  DataType SingleDataType();
  DataType SingleTableSchema();
  std::vector<std::string> SingleIdentifier();

 private:
  // Counts one level of nesting while it lives.
  class Level {
   public:
    explicit Level(Grammar* grammar);
    ~Level() { --grammar_->depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Grammar* grammar_;
  };

  // --- names (grammar_names.cc)
  std::string Identifier();
  std::string ErrorCapturingIdentifier();
  std::string StrictIdentifier();
  bool IsStrictIdentifier() const;
  std::vector<std::string> MultipartIdentifier();
  std::vector<std::string> IdentifierList();
  std::vector<std::string> IdentifierReference();
  std::string StringLiteral();
  bool StartsClause(size_t ahead = 0) const;
  bool StartsQuery(size_t position) const;
  bool IsQueryInParentheses(size_t open);
  bool MustBeQueryInParentheses(size_t open);
  bool ContinuesQuery(size_t position) const;

  // --- types (grammar_type.cc)
  DataType Type();
  DataType IntervalType();
  DataType WithoutZone(const DataType& type);
  DataType PrimitiveType();
  DataType StructType();
  StructField ColumnDefinition(bool in_struct);
  std::vector<StructField> Columns();

  // --- expressions (grammar_expression.cc)
  ExpressionPtr NamedExpression();
  ExpressionList NamedExpressions();
  ExpressionPtr ExpressionNode();
  ExpressionPtr Condition();
  ExpressionPtr Or();
  ExpressionPtr And();
  ExpressionPtr Not();
  ExpressionPtr Predicated();
  ExpressionPtr Predicate(ExpressionPtr operand);
  ExpressionPtr IsPredicate(ExpressionPtr operand, size_t first);
  ExpressionPtr InPredicate(ExpressionPtr operand, size_t first);
  ExpressionPtr LikePredicate(ExpressionPtr operand, size_t first, bool negated);
  bool StartsPredicate() const;
  bool AcceptNot();
  ExpressionPtr Value(int least_precedence);
  ExpressionPtr Unary();
  ExpressionList ExpressionsUntil(std::string_view close);
  SortOrder SortItem();
  ExpressionList SortItems();
  ExpressionPtr Balanced(const char* name, const ExpressionList& operands, size_t first, size_t stop);

  // --- primary expressions (grammar_primary.cc)
  ExpressionPtr Primary();
  ExpressionPtr Postfix(ExpressionPtr operand, size_t first);
  ExpressionPtr Dereference(ExpressionPtr operand, size_t first);
  ExpressionPtr PrimaryHead();
  ExpressionPtr SpecialForm();
  ExpressionPtr Parenthesized();
  ExpressionPtr Lambda(size_t first, std::vector<std::string> parameters);
  ExpressionPtr Number(size_t first);
  ExpressionPtr Strings();
  ExpressionPtr ParameterMarker();
  ExpressionPtr Star(size_t first, std::vector<std::string> target);
  bool CaseEnds() const;
  ExpressionPtr Case();
  ExpressionPtr Cast();
  ExpressionPtr Extract();
  ExpressionPtr Substring();
  ExpressionPtr Trim();
  ExpressionPtr Position();
  ExpressionPtr Overlay();
  ExpressionPtr TimestampArithmetic(const char* name);
  ExpressionPtr StructCall();
  ExpressionPtr NameOrCall();
  ExpressionPtr Call(size_t first, std::vector<std::string> name);
  ExpressionPtr Argument();
  ExpressionPtr ColumnName(size_t first, std::vector<std::string> parts);
  bool IsLambdaParameter(const std::string& name) const;

  // --- intervals (grammar_interval.cc)
  bool StartsInterval() const;
  ExpressionPtr Interval();
  ExpressionPtr IntervalRange(size_t first);
  ExpressionPtr IntervalUnits(size_t first);
  ExpressionPtr IntervalFromParts(size_t first, const std::vector<IntervalPart>& parts,
                                  const std::string& text);
  void FailOnSecondRange(size_t first);
  ExpressionPtr IntervalString(size_t first, const std::string& value);

  // --- windows (grammar_window.cc)
  WindowExpression WindowSpec();
  WindowFrame Frame();
  FrameBound Bound();
  std::vector<std::pair<std::string, WindowExpression>> NamedWindows();

  // --- queries (grammar_query.cc)
  RelationPtr Query();
  void CheckCommonTables(const std::vector<CommonTableExpression>& tables, size_t first);
  std::vector<CommonTableExpression> CommonTables(bool* is_recursive);
  RelationPtr SetOperations();
  RelationPtr Intersections();
  RelationPtr SetOperand();
  RelationPtr QueryOrganization(RelationPtr input, size_t first);
  RelationPtr SelectQuery();
  RelationPtr FromQuery();
  RelationPtr SelectBody(RelationPtr input, size_t first, bool has_from);
  RelationPtr GroupedSelect(RelationPtr input, ExpressionList select_list, size_t first);
  RelationPtr TableQuery();
  RelationPtr PipeOperators(RelationPtr input, size_t first);
  std::vector<std::pair<std::string, ExpressionList>> Hints();
  void GroupBy(Aggregate* aggregate);
  ExpressionPtr GroupingElement();
  ExpressionPtr GroupingSet();
  bool SetQuantifierIsAll();

  // --- relations (grammar_relation.cc)
  RelationPtr FromClause();
  RelationPtr RelationWithExtensions();
  RelationPtr RelationExtensions(RelationPtr left, size_t first);
  RelationPtr RelationPrimary(bool is_lateral, size_t whole);
  RelationPtr NamedRelation();
  RelationPtr TableCall(size_t first, std::vector<std::string> name);
  RelationPtr InlineValues();
  RelationPtr ParenthesizedRelation();
  RelationPtr Sampled(RelationPtr input, size_t first, size_t sample_first);
  RelationPtr Aliased(RelationPtr input, size_t first, const char* default_alias = nullptr);
  RelationPtr LateralViews(RelationPtr input, size_t first);
  bool AcceptJoin(Join* join);
  void SkipParenthesized();
  void SkipToEnd();

  // --- commands (grammar_command.cc)
  Statement StatementBody();
  Command CreateStatement();
  Command CreateViewStatement(size_t first);
  void CheckView(CreateView* view, const std::string& name, size_t first);
  Command SetStatement();
  Command ResetStatement();
  Statement ExplainStatement();
  std::string UnsupportedStatement() const;
  // grammar_catalog.cc: statements about databases and tables in the forms that the engine runs; nothing, and
  // nothing taken, for all others.
  std::optional<Command> CatalogStatement();
  std::optional<Command> StartedCatalogStatement();
  std::optional<Command> ShowStatement();
  std::optional<Command> ShowTableStatement();
  std::optional<Command> DescribeStatement();
  std::optional<Command> DescribeDatabaseStatement();
  std::optional<Command> UseStatement();
  std::optional<Command> DropTableStatement();
  std::optional<Command> CreateDatabaseStatement();
  std::optional<Command> DropDatabaseStatement();
  // grammar_table.cc: these too.
  std::optional<Command> CreateTableStatement();
  std::optional<Command> TruncateTableStatement();
  std::optional<Command> AlterTableStatement();
  std::optional<Command> InsertStatement();
  std::optional<Command> InsertOverwriteDirectory();
  std::optional<std::vector<std::pair<std::string, ExpressionPtr>>> PartitionSpec();
  std::optional<std::vector<StructField>> TableColumns();
  bool TableClauses(TableOptions* options);
  bool TableClause(TableOptions* options);
  std::optional<PropertyList> Properties();
  bool AcceptIfNotExists();
  bool AcceptIfExists();
  bool StartsQueryHere() const;
  void EndOfStatement();

  template <typename Node>
  ExpressionPtr Make(Node node, size_t first) {
    return MakeExpression(std::move(node), in_.OriginFrom(first));
  }
  ExpressionPtr MakeCallFrom(size_t first, std::string name, ExpressionList arguments) {
    return MakeCall(std::move(name), std::move(arguments), in_.OriginFrom(first));
  }
  template <typename Node>
  RelationPtr MakeRelationFrom(Node node, size_t first) {
    return MakeRelation(std::move(node), in_.OriginFrom(first));
  }
  template <typename Item>
  auto CommaList(Item item) {
    std::vector<decltype(item())> items;
    do {
      items.push_back(item());
    } while (in_.AcceptSymbol(","));
    return items;
  }

  TokenCursor in_;
  int depth_ = 0;
  bool is_sure_ = false;                        // what a statement is, whatever comes now
  int condition_depth_ = -1;                    // depth_ at the calls that stand directly in a condition
  int parameter_count_ = 0;                     // of ? so far
  std::vector<std::string> lambda_parameters_;  // in scope, inner ones last
};

}  // namespace hearth::spark
