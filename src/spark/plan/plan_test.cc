#include <gtest/gtest.h>

#include "spark/plan/dump.h"
#include "spark/plan/expression.h"
#include "spark/plan/relation.h"

namespace hearth::spark {
namespace {

ExpressionPtr Column(const std::string& name) {
  return MakeExpression(UnresolvedAttribute{{name}, std::nullopt, false});
}

TEST(PlanTest, DeepTreesAreFreedWithoutRecursion) {
  constexpr int kLevels = 1'000'000;
  ExpressionPtr sum = Column("a");
  for (int i = 0; i < kLevels; ++i) sum = MakeCall("+", {sum, Column("b")});
  std::weak_ptr<const Expression> leaf = sum->As<FunctionCall>()->arguments[1];
  RelationPtr plan = MakeRelation(NamedTable{{"t"}, {}});
  for (int i = 0; i < kLevels; ++i) plan = MakeRelation(Filter{plan, sum, false});
  plan.reset();
  EXPECT_EQ(leaf.use_count(), 1);
  sum.reset();
  EXPECT_TRUE(leaf.expired());
}

TEST(PlanTest, DumpsPlansWithTheirInputsBelow) {
  const RelationPtr table = MakeRelation(NamedTable{{"db", "a table"}, {{"header", "true"}}});
  Join join;
  join.left = table;
  join.right = MakeRelation(Range{0, 10, 2, std::nullopt});
  join.type = JoinType::kLeftAnti;
  join.using_columns = {"id"};
  const RelationPtr plan =
      MakeRelation(Sort{MakeRelation(join), {MakeExpression(SortOrder{Column("a"), false, true})}, true});
  EXPECT_EQ(Dump(plan),
            "Sort [a DESC NULLS FIRST]\n"
            "  Join left anti using [id]\n"
            "    Table db.`a table` header=true\n"
            "    Range 0 10 2\n");
}

TEST(PlanTest, DumpsExpressions) {
  WindowExpression window;
  window.function = MakeCall("row_number", {});
  window.partition_by = {Column("a")};
  window.frame = WindowFrame{true, {FrameBound::Kind::kUnboundedPreceding, nullptr}, {}};
  EXPECT_EQ(Dump(MakeExpression(window)),
            "row_number() OVER (PARTITION [a] ROWS UNBOUNDED PRECEDING TO CURRENT ROW)");
  const Literal one{Value{int64_t{1}}, DataType::Long()};
  EXPECT_EQ(Dump(MakeExpression(CastExpression{MakeExpression(one), DataType::String(), CastMode::kTry})),
            "try_cast(1L AS STRING)");
}

TEST(PlanTest, DumpsCommands) {
  CreateView view;
  view.name = {"v"};
  view.replace = true;
  view.plan = MakeRelation(NamedTable{{"t"}, {}});
  EXPECT_EQ(Dump(Statement(Command(view))), "CreateView or replace temporary v\n  Table t\n");
  EXPECT_EQ(Dump(Command(SetConfiguration{"a.b", "c", false})), "Set a.b = 'c'\n");
}

}  // namespace
}  // namespace hearth::spark
