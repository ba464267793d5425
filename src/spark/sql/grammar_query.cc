// Queries: WITH, set operations, SELECT, grouping, ordering.
#include <map>
#include <utility>

#include "spark/sql/grammar.h"
#include "spark/sql/parse_error.h"

namespace hearth::spark {

using enum Keyword;

RelationPtr Grammar::Query() {
  const Level level(this);
  const size_t first = in_.position();
  bool is_recursive = false;
  std::vector<CommonTableExpression> tables;
  const bool has_with = in_.Is(kWith);
  if (has_with) tables = CommonTables(&is_recursive);
  const size_t body = in_.position();
  RelationPtr query = QueryOrganization(SetOperations(), body);
  query = PipeOperators(std::move(query), body);
  if (!has_with) return query;
  CheckCommonTables(tables, first);
  return MakeRelationFrom(With{std::move(query), std::move(tables), is_recursive}, first);
}

// No two tables of one WITH have the same name.
void Grammar::CheckCommonTables(const std::vector<CommonTableExpression>& tables, size_t first) {
  std::map<std::string, int> counts;
  for (const CommonTableExpression& table : tables) {
    std::string name = table.name;
    for (char& c : name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    ++counts[name];
  }
  std::string duplicates;
  for (const auto& [name, count] : counts) {
    if (count > 1) duplicates += (duplicates.empty() ? "" : ", ") + QuoteIdentifier(name);
  }
  if (duplicates.empty()) return;
  throw ErrorOver(in_.OriginFrom(first), "DUPLICATED_CTE_NAMES", {{"duplicateNames", duplicates}});
}

std::vector<CommonTableExpression> Grammar::CommonTables(bool* is_recursive) {
  in_.Expect(kWith);
  *is_recursive = in_.Is(kRecursive) && in_.IsIdentifier(1) && !in_.Is(kAs, 1);
  if (*is_recursive) in_.Take();
  return CommaList([this] {
    const size_t begin = in_.position();
    CommonTableExpression table;
    table.name = ErrorCapturingIdentifier();
    if (in_.IsSymbol("(") && !StartsQuery(in_.position() + 1)) table.column_names = IdentifierList();
    in_.Accept(kAs);
    in_.ExpectSymbol("(");
    table.plan = Query();
    if (!in_.IsSymbol(")")) in_.Fail(in_.IsEnd() ? ": missing ')'" : "");
    in_.Take();
    table.origin = in_.OriginFrom(begin);
    return table;
  });
}

bool Grammar::SetQuantifierIsAll() {
  if (in_.Accept(kAll)) return true;
  in_.Accept(kDistinct);
  return false;
}

// UNION, EXCEPT and MINUS bind equally and lean left; INTERSECT binds tighter.
RelationPtr Grammar::SetOperations() {
  const size_t first = in_.position();
  RelationPtr left = Intersections();
  while (in_.IsAny({kUnion, kExcept, kMinus})) {
    SetOperation operation;
    operation.type = in_.Take().keyword == kUnion ? SetOperationType::kUnion : SetOperationType::kExcept;
    operation.all = SetQuantifierIsAll();
    operation.left = std::move(left);
    operation.right = Intersections();
    left = MakeRelationFrom(std::move(operation), first);
  }
  return left;
}

RelationPtr Grammar::Intersections() {
  const size_t first = in_.position();
  RelationPtr left = SetOperand();
  while (in_.Is(kIntersect)) {
    in_.Take();
    SetOperation operation;
    operation.type = SetOperationType::kIntersect;
    operation.all = SetQuantifierIsAll();
    operation.left = std::move(left);
    operation.right = SetOperand();
    left = MakeRelationFrom(std::move(operation), first);
  }
  return left;
}

RelationPtr Grammar::SetOperand() {
  if (in_.IsSymbol("(")) {
    in_.Take();
    RelationPtr query = Query();
    if (!in_.IsSymbol(")")) in_.Fail(in_.IsEnd() ? ": missing ')'" : "");
    in_.Take();
    return query;
  }
  switch (in_.Peek().keyword) {
    case kSelect: return SelectQuery();
    case kFrom: return FromQuery();
    case kValues: return InlineValues();
    case kTable: return TableQuery();
    case kMap:
    case kReduce: {
      const size_t first = in_.position();
      const std::string word = in_.Word();
      SkipToEnd();
      return MakeRelationFrom(UnsupportedRelation{word + " ... USING"}, first);
    }
    default: in_.Fail();
  }
}

RelationPtr Grammar::TableQuery() {
  in_.Take();
  const size_t first = in_.position();
  return MakeRelationFrom(NamedTable{IdentifierReference(), {}}, first);
}

// ORDER BY, CLUSTER BY, DISTRIBUTE BY, SORT BY, WINDOW, LIMIT and OFFSET, in this order.
RelationPtr Grammar::QueryOrganization(RelationPtr input, size_t first) {
  const auto expressions = [this] { return CommaList([this] { return ExpressionNode(); }); };
  if (in_.Accept(kOrder, kBy)) {
    // ORDER BY ALL names every output column.
    const bool is_all = in_.Is(kAll) && !in_.IsSymbol(".", 1) && !in_.IsSymbol(",", 1);
    ExpressionList orders = SortItems();
    if (is_all && orders.size() == 1) {
      SortOrder order = *orders[0]->As<SortOrder>();
      if (const auto* name = order.child->As<UnresolvedAttribute>();
          name != nullptr && name->parts.size() == 1) {
        order.child = MakeCall("all", {}, order.child->origin);
        orders[0] = MakeExpression(std::move(order), orders[0]->origin);
      }
    }
    input = MakeRelationFrom(Sort{std::move(input), std::move(orders), true}, first);
  }
  if (in_.Accept(kCluster, kBy)) {
    ExpressionList by = expressions();
    ExpressionList orders;
    for (const ExpressionPtr& key : by)
      orders.push_back(MakeExpression(SortOrder{key, true, true}, key->origin));
    input = MakeRelationFrom(Repartition{std::move(input), std::move(by), std::nullopt, true}, first);
    input = MakeRelationFrom(Sort{std::move(input), std::move(orders), false}, first);
  }
  if (in_.Accept(kDistribute, kBy)) {
    ExpressionList by = expressions();
    input = MakeRelationFrom(Repartition{std::move(input), std::move(by), std::nullopt, true}, first);
  }
  if (in_.Accept(kSort, kBy)) {
    ExpressionList orders = SortItems();
    input = MakeRelationFrom(Sort{std::move(input), std::move(orders), false}, first);
  }
  if (in_.Is(kWindow) && StartsClause()) {
    in_.Take();
    auto windows = NamedWindows();
    input = MakeRelationFrom(NamedWindow{std::move(input), std::move(windows)}, first);
  }
  ExpressionPtr limit;
  if (in_.Is(kLimit)) {
    in_.Take();
    if (!in_.Accept(kAll)) limit = ExpressionNode();
  }
  if (in_.Accept(kOffset)) {
    ExpressionPtr offset = ExpressionNode();
    input = MakeRelationFrom(Offset{std::move(input), std::move(offset)}, first);
  }
  if (limit != nullptr) input = MakeRelationFrom(Limit{std::move(input), std::move(limit)}, first);
  return input;
}

// |> is recognised, and declined as a whole.
RelationPtr Grammar::PipeOperators(RelationPtr input, size_t first) {
  if (!in_.IsSymbol("|>")) return input;
  SkipToEnd();
  return MakeRelationFrom(UnsupportedRelation{"the pipe operator |>"}, first);
}

RelationPtr Grammar::SelectQuery() {
  const size_t first = in_.position();
  return SelectBody(nullptr, first, /*has_from=*/false);
}

// FROM t SELECT a, and FROM t alone. Several SELECTs over one FROM are a union.
RelationPtr Grammar::FromQuery() {
  const size_t first = in_.position();
  RelationPtr input = FromClause();
  if (!in_.Is(kSelect)) return input;
  RelationPtr query;
  while (in_.Is(kSelect)) {
    const size_t body = in_.position();
    RelationPtr part = QueryOrganization(SelectBody(input, body, /*has_from=*/true), body);
    if (query == nullptr) {
      query = std::move(part);
    } else {
      query =
          MakeRelationFrom(SetOperation{query, part, SetOperationType::kUnion, true, false, false}, first);
    }
  }
  return query;
}

std::vector<std::pair<std::string, ExpressionList>> Grammar::Hints() {
  std::vector<std::pair<std::string, ExpressionList>> hints;
  while (in_.AcceptSymbol("/*+")) {
    do {
      std::pair<std::string, ExpressionList> hint = {Identifier(), {}};
      if (in_.AcceptSymbol("(")) {
        hint.second = CommaList([this] { return Primary(); });
        in_.ExpectSymbol(")");
      }
      hints.push_back(std::move(hint));
      in_.AcceptSymbol(",");
    } while (!in_.IsSymbol("*/") && !in_.IsEnd());
    in_.ExpectSymbol("*/");
  }
  return hints;
}

RelationPtr Grammar::SelectBody(RelationPtr input, size_t first, bool has_from) {
  in_.Expect(kSelect);
  if (in_.Is(kTransform) && in_.IsSymbol("(", 1)) {
    const size_t close = in_.MatchingParenthesis(in_.position() + 1);
    if (close < in_.end() && in_.At(close + 1).keyword == kUsing) {
      SkipToEnd();
      return MakeRelationFrom(UnsupportedRelation{"SELECT TRANSFORM"}, first);
    }
  }
  auto hints = Hints();
  const bool has_quantifier = in_.IsAny({kDistinct, kAll}) && !in_.IsSymbol(",", 1) &&
                              !in_.IsSymbol(".", 1) && !in_.IsEnd(1) && !in_.Is(kFrom, 1);
  const bool is_distinct = has_quantifier && in_.Take().keyword == kDistinct;
  ExpressionList select_list = NamedExpressions();
  if (!has_from && in_.Is(kFrom)) input = FromClause();
  input = LateralViews(std::move(input), first);
  if (in_.Accept(kWhere)) {
    ExpressionPtr condition = Condition();
    input = MakeRelationFrom(Filter{std::move(input), std::move(condition), false}, first);
  }
  RelationPtr query = GroupedSelect(std::move(input), std::move(select_list), first);
  if (is_distinct) query = MakeRelationFrom(Deduplicate{std::move(query), {}, true, false}, first);
  if (in_.Is(kQualify)) {
    in_.Take();
    ExpressionNode();
    query = MakeRelationFrom(UnsupportedRelation{"QUALIFY"}, first);
  }
  if (in_.Is(kWindow) && StartsClause()) {
    in_.Take();
    auto windows = NamedWindows();
    query = MakeRelationFrom(NamedWindow{std::move(query), std::move(windows)}, first);
  }
  // The first hint is the outermost.
  for (auto hint = hints.rbegin(); hint != hints.rend(); ++hint) {
    query = MakeRelationFrom(Hint{std::move(query), std::move(hint->first), std::move(hint->second)}, first);
  }
  return query;
}

// GROUP BY and HAVING; without them a projection.
RelationPtr Grammar::GroupedSelect(RelationPtr input, ExpressionList select_list, size_t first) {
  const bool is_grouped = in_.Is(kGroup) && in_.Is(kBy, 1);
  RelationPtr query;
  if (is_grouped || in_.Is(kHaving)) {
    Aggregate aggregate;
    aggregate.input = std::move(input);
    aggregate.aggregates = std::move(select_list);
    if (is_grouped) GroupBy(&aggregate);
    query = MakeRelationFrom(std::move(aggregate), first);
  } else {
    query = MakeRelationFrom(Project{std::move(input), std::move(select_list)}, first);
  }
  if (in_.Accept(kHaving)) {
    ExpressionPtr condition = Condition();
    query = MakeRelationFrom(Filter{std::move(query), std::move(condition), true}, first);
  }
  return query;
}

void Grammar::GroupBy(Aggregate* aggregate) {
  in_.Accept(kGroup, kBy);
  const size_t first = in_.position();
  aggregate->grouping = CommaList([this] { return GroupingElement(); });
  if (in_.Is(kWith) && in_.IsAny({kRollup, kCube}, 1)) {
    in_.Take();
    const char* name = in_.Take().keyword == kRollup ? "rollup" : "cube";
    aggregate->grouping = {MakeCallFrom(first, name, std::move(aggregate->grouping))};
    return;
  }
  if (in_.Is(kGrouping) && in_.Is(kSets, 1)) {
    // GROUP BY a, b GROUPING SETS (...): the list only names the keys.
    const size_t sets = in_.position();
    aggregate->grouping = {GroupingElement()};
    if (in_.position() == sets) in_.Fail();
    return;
  }
  if (aggregate->grouping.size() != 1) return;
  const auto* name = aggregate->grouping[0]->As<UnresolvedAttribute>();
  const bool is_all = name != nullptr && name->parts.size() == 1 && in_.position() == first + 1 &&
                      in_.At(first).keyword == kAll;
  if (is_all) {
    aggregate->group_by_all = true;
    aggregate->grouping.clear();
  }
}

// rollup(a, (b, c)), GROUPING SETS (...), or an expression. A set in parentheses is a call "grouping_set".
ExpressionPtr Grammar::GroupingElement() {
  const size_t first = in_.position();
  std::string name;
  if (in_.IsAny({kRollup, kCube}) && in_.IsSymbol("(", 1)) {
    name = in_.Take().keyword == kRollup ? "rollup" : "cube";
  } else if (in_.Is(kGrouping) && in_.Is(kSets, 1) && in_.IsSymbol("(", 2)) {
    in_.Accept(kGrouping, kSets);
    name = "grouping_sets";
  } else {
    return ExpressionNode();
  }
  const Level level(this);
  in_.Take();
  const bool nests = name == "grouping_sets";
  ExpressionList sets = CommaList([this, nests] {
    const bool is_nested = nests && (in_.IsAny({kRollup, kCube}) || (in_.Is(kGrouping) && in_.Is(kSets, 1)));
    return is_nested ? GroupingElement() : GroupingSet();
  });
  if (!in_.IsSymbol(")")) in_.FailInList(sets.size() > 1, ")");
  in_.Take();
  return MakeCallFrom(first, name, std::move(sets));
}

ExpressionPtr Grammar::GroupingSet() {
  if (!in_.IsSymbol("(")) return ExpressionNode();
  // (a, b) is a set, (a) + 1 an expression.
  const size_t first = in_.position();
  const size_t close = in_.MatchingParenthesis(first);
  const bool is_set = close < in_.end() && (in_.At(close + 1).text == "," || in_.At(close + 1).text == ")");
  if (!is_set) return ExpressionNode();
  in_.Take();
  ExpressionList members;
  if (!in_.IsSymbol(")")) members = CommaList([this] { return ExpressionNode(); });
  in_.ExpectSymbol(")");
  return MakeCallFrom(first, "grouping_set", std::move(members));
}

}  // namespace hearth::spark
