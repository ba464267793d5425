// FROM: tables, joins, subqueries, table functions and what is written behind them.
#include <cstdlib>
#include <utility>

#include "spark/sql/grammar.h"
#include "spark/sql/parse_error.h"

namespace hearth::spark {

using enum Keyword;

// A comma joins what stands before it with the next table, and later joins apply to all of it.
RelationPtr Grammar::FromClause() {
  in_.Expect(kFrom);
  const size_t first = in_.position();
  RelationPtr left;
  do {
    const size_t item = in_.position();
    // A table may be called LATERAL.
    const bool is_lateral =
        in_.Is(kLateral) && !in_.Is(kView, 1) && (in_.IsSymbol("(", 1) || in_.IsIdentifier(1));
    if (is_lateral) in_.Take();
    RelationPtr right = RelationPrimary(is_lateral, item);
    if (left == nullptr) {
      left = std::move(right);
    } else {
      Join join;
      join.left = std::move(left);
      join.right = std::move(right);
      join.is_lateral = is_lateral;
      left = MakeRelationFrom(std::move(join), first);
    }
    left = RelationExtensions(std::move(left), first);
  } while (in_.AcceptSymbol(","));
  return LateralViews(std::move(left), first);
}

RelationPtr Grammar::RelationWithExtensions() {
  const size_t first = in_.position();
  const bool is_lateral = in_.Accept(kLateral);
  RelationPtr relation = RelationPrimary(is_lateral, first);
  return RelationExtensions(std::move(relation), first);
}

// Takes the words of a join up to JOIN; false, taking nothing, when no join begins here.
bool Grammar::AcceptJoin(Join* join) {
  const size_t start = in_.position();
  join->is_natural = in_.Accept(kNatural);
  if (in_.Accept(kInner)) {
    join->type = JoinType::kInner;
  } else if (in_.Accept(kCross)) {
    join->type = JoinType::kCross;
  } else if (in_.Accept(kLeft, kSemi) || in_.Accept(kSemi)) {
    join->type = JoinType::kLeftSemi;
  } else if (in_.Accept(kLeft, kAnti) || in_.Accept(kAnti)) {
    join->type = JoinType::kLeftAnti;
  } else if (in_.IsAny({kLeft, kRight, kFull})) {
    const Keyword side = in_.Take().keyword;
    join->type = side == kLeft    ? JoinType::kLeftOuter
                 : side == kRight ? JoinType::kRightOuter
                                  : JoinType::kFullOuter;
    in_.Accept(kOuter);
  }
  if (in_.Accept(kJoin)) return true;
  if (in_.position() != start) in_.Fail();
  return false;
}

RelationPtr Grammar::RelationExtensions(RelationPtr left, size_t first) {
  while (true) {
    if ((in_.Is(kPivot) || in_.Is(kUnpivot)) && StartsClause()) {
      const std::string word = in_.Word();
      while (!in_.IsSymbol("(")) in_.Take();
      SkipParenthesized();
      left = MakeRelationFrom(UnsupportedRelation{word}, first);
      left = Aliased(std::move(left), first);
      continue;
    }
    Join join;
    const size_t extension = in_.position();
    if (!AcceptJoin(&join)) return left;
    join.is_lateral = in_.Accept(kLateral);
    join.left = std::move(left);
    join.right = RelationPrimary(join.is_lateral, extension);
    if (!join.is_natural) {
      if (in_.Accept(kOn)) {
        join.condition = Condition();
      } else if (in_.Accept(kUsing)) {
        join.using_columns = IdentifierList();
      }
    }
    left = MakeRelationFrom(std::move(join), extension);
  }
}

// `whole` is where an error about LATERAL begins.
RelationPtr Grammar::RelationPrimary(bool is_lateral, size_t whole) {
  const size_t first = in_.position();
  if (in_.IsSymbol("(")) return ParenthesizedRelation();
  if (in_.Is(kValues) && !in_.IsSymbol(".", 1) && StartsQuery(first)) return InlineValues();
  if (!in_.IsIdentifier()) in_.Fail();
  const bool is_reference = in_.Is(kIdentifier) && in_.IsSymbol("(", 1);
  // A join word may name a table or a function: FROM left('a').
  size_t behind = 1;
  while (in_.IsSymbol(".", behind) && in_.IsIdentifier(behind + 1)) behind += 2;
  if (in_.IsSymbol("(", behind) && !is_reference) return TableCall(first, MultipartIdentifier());
  if (is_lateral) {
    NamedRelation();
    throw ErrorOver(in_.OriginFrom(whole), "INVALID_SQL_SYNTAX.LATERAL_WITHOUT_SUBQUERY_OR_TABLE_VALUED_FUNC",
                    {});
  }
  return NamedRelation();
}

RelationPtr Grammar::NamedRelation() {
  const size_t first = in_.position();
  RelationPtr table = MakeRelationFrom(NamedTable{IdentifierReference(), {}}, first);
  // VERSION AS OF and TIMESTAMP AS OF.
  if (StartsClause() && in_.IsAny({kFor, kVersion, kSystemVersion, kTimestamp, kSystemTime})) {
    in_.Accept(kFor);
    in_.Take();
    in_.Expect(kAs);
    in_.Expect(kOf);
    Value(1);
    table = MakeRelationFrom(UnsupportedRelation{"time travel (VERSION AS OF, TIMESTAMP AS OF)"}, first);
  }
  if (in_.Is(kWith) && in_.IsSymbol("(", 1)) {
    in_.Take();
    SkipParenthesized();
    table = MakeRelationFrom(UnsupportedRelation{"options of a table in a query"}, first);
  }
  const size_t sample = in_.position();
  const bool is_sampled = in_.Is(kTablesample) && in_.IsSymbol("(", 1);
  if (!is_sampled) return Aliased(std::move(table), first);
  // The alias stands behind the sample and names the table under it.
  in_.Take();
  SkipParenthesized();
  if (in_.Is(kRepeatable) && in_.IsSymbol("(", 1)) {
    in_.Take();
    SkipParenthesized();
  }
  return Sampled(Aliased(std::move(table), first), first, sample);
}

// The sample at `sample_first`, whose tokens have been skipped. Percentages are understood, the rest is not
// run here.
RelationPtr Grammar::Sampled(RelationPtr input, size_t first, size_t sample_first) {
  const size_t behind = in_.position();
  in_.Rewind(sample_first + 2);
  const TokenKind kind = in_.Peek().kind;
  const bool is_percentage =
      (kind == TokenKind::kInteger || kind == TokenKind::kDecimal) && in_.Is(kPercent, 1);
  Sample sample;
  if (is_percentage) {
    sample.upper_bound = std::strtod(std::string(in_.Take().text).c_str(), nullptr) / 100;
    in_.Take();
    in_.ExpectSymbol(")");
    if (in_.Accept(kRepeatable)) {
      in_.ExpectSymbol("(");
      sample.seed = std::strtoll(std::string(in_.Take().text).c_str(), nullptr, 10);
    }
  }
  in_.Rewind(behind);
  if (!is_percentage || sample.upper_bound > 1) {
    return MakeRelationFrom(UnsupportedRelation{"TABLESAMPLE of rows, buckets or bytes"}, first);
  }
  sample.input = std::move(input);
  return MakeRelationFrom(std::move(sample), first);
}

// [AS] name [(columns)]
RelationPtr Grammar::Aliased(RelationPtr input, size_t first, const char* default_alias) {
  SubqueryAlias alias;
  if (in_.Is(kAs) && in_.IsIdentifier(1)) {
    in_.Take();
    alias.alias = StrictIdentifier();
  } else if (IsStrictIdentifier() && !StartsClause()) {
    alias.alias = StrictIdentifier();
  } else if (default_alias != nullptr) {
    alias.input = std::move(input);
    alias.alias = default_alias;
    return MakeRelationFrom(std::move(alias), first);
  } else {
    return input;
  }
  if (in_.IsSymbol("(")) alias.column_names = IdentifierList();
  alias.input = std::move(input);
  return MakeRelationFrom(std::move(alias), first);
}

// (query) and (a JOIN b).
RelationPtr Grammar::ParenthesizedRelation() {
  const Level level(this);
  const size_t first = in_.position();
  const bool is_query = IsQueryInParentheses(first);
  in_.Take();
  RelationPtr relation = is_query ? Query() : RelationWithExtensions();
  if (!in_.IsSymbol(")")) in_.Fail(in_.IsEnd() ? ": missing ')'" : "");
  in_.Take();
  const size_t sample = in_.position();
  const bool is_sampled = in_.Is(kTablesample) && in_.IsSymbol("(", 1);
  if (is_sampled) {
    in_.Take();
    SkipParenthesized();
    if (in_.Is(kRepeatable) && in_.IsSymbol("(", 1)) {
      in_.Take();
      SkipParenthesized();
    }
  }
  // Spark's own name for a subquery that has none.
  relation = Aliased(std::move(relation), first, is_query ? "__auto_generated_subquery_name" : nullptr);
  return is_sampled ? Sampled(std::move(relation), first, sample) : relation;
}

// VALUES (1, 2), (3, 4) [AS t(a, b)]
RelationPtr Grammar::InlineValues() {
  const size_t first = in_.position();
  in_.Take();
  InlineTable table;
  do {
    ExpressionPtr row = ExpressionNode();
    const auto* call = row->As<FunctionCall>();
    const bool is_row = call != nullptr && call->name.size() == 1 && call->name[0] == "struct";
    table.rows.push_back(is_row ? call->arguments : ExpressionList{row});
  } while (in_.AcceptSymbol(","));
  RelationPtr relation = MakeRelationFrom(std::move(table), first);
  return Aliased(std::move(relation), first);
}

// range(10), explode(a). The columns of the alias rename those of the function.
RelationPtr Grammar::TableCall(size_t first, std::vector<std::string> name) {
  in_.ExpectSymbol("(");
  TableFunction function;
  function.name = std::move(name);
  bool has_table_argument = false;
  if (!in_.IsSymbol(")")) {
    function.arguments = CommaList([&] {
      const size_t argument = in_.position();
      const size_t table = in_.IsSymbol("=>", 1) ? 2 : 0;
      if (!in_.Is(kTable, table) || (!in_.IsSymbol("(", table + 1) && !in_.IsIdentifier(table + 1)))
        return Argument();
      has_table_argument = true;
      while (!in_.IsEnd() && !in_.IsSymbol(")") && !in_.IsSymbol(",")) {
        if (in_.IsSymbol("(")) {
          SkipParenthesized();
        } else {
          in_.Take();
        }
      }
      return Make(UnsupportedExpression{"TABLE argument of a table function"}, argument);
    });
  }
  if (!in_.IsSymbol(")")) in_.FailInList(function.arguments.size() > 1, ")");
  in_.Take();
  if (has_table_argument) {
    return Aliased(MakeRelationFrom(UnsupportedRelation{"TABLE argument of a table function"}, first), first);
  }
  RelationPtr relation = MakeRelationFrom(function, first);
  relation = Aliased(std::move(relation), first);
  const auto* alias = relation->As<SubqueryAlias>();
  if (alias == nullptr || alias->column_names.empty()) return relation;
  function.column_names = alias->column_names;
  return MakeRelationFrom(SubqueryAlias{MakeRelationFrom(std::move(function), first), alias->alias, {}, {}},
                          first);
}

RelationPtr Grammar::LateralViews(RelationPtr input, size_t first) {
  while (in_.Is(kLateral) && in_.Is(kView, 1)) {
    in_.Accept(kLateral, kView);
    in_.Accept(kOuter);
    MultipartIdentifier();
    if (!in_.IsSymbol("(")) in_.Fail();
    SkipParenthesized();
    Identifier();
    if (in_.Accept(kAs) || (in_.IsIdentifier() && !StartsClause()))
      CommaList([this] { return Identifier(); });
    input = MakeRelationFrom(UnsupportedRelation{"LATERAL VIEW"}, first);
  }
  return input;
}

void Grammar::SkipParenthesized() {
  const size_t close = in_.MatchingParenthesis(in_.position());
  in_.Rewind(close);
  in_.ExpectSymbol(")");
}

// Up to the end of the statement or of the parentheses around.
void Grammar::SkipToEnd() {
  while (!in_.IsEnd() && !in_.IsSymbol(")") && !in_.IsSymbol(";")) {
    if (in_.IsSymbol("(")) {
      SkipParenthesized();
    } else {
      in_.Take();
    }
  }
}

}  // namespace hearth::spark
