#include "placement/size/estimator.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "placement/size/costs.h"

namespace hearth::placement {
namespace {

using spark::MakeRelation;
using spark::RelationPtr;

constexpr double kMiB = 1 << 20;

/// Tables and views by name.
class Known final : public Inputs {
 public:
  NamedInput Find(const std::vector<std::string>& name) override {
    ++asked;
    if (name.size() != 1) return {};
    if (const auto view = views.find(name[0]); view != views.end()) return ViewInput{view->second, nullptr};
    if (tables.contains(name[0])) return FileSet{"parquet", {name[0]}};
    return {};
  }
  std::shared_ptr<const InputFacts> Files(const FileSet& files) override {
    const auto found = tables.find(files.paths.front());
    return found == tables.end() ? nullptr : std::make_shared<const InputFacts>(found->second);
  }
  std::optional<uint64_t> CachedBytes(const std::string& sha256) override {
    return sha256 == "known" ? std::optional<uint64_t>(6400) : std::nullopt;
  }

  std::map<std::string, InputFacts> tables;
  std::map<std::string, RelationPtr> views;
  int asked = 0;
};

ColumnFacts Number(const std::string& name, double rows, double low, double high) {
  return {.name = name, .stored_bytes = rows * 4, .raw_bytes = rows * 8, .range = std::make_pair(low, high)};
}
ColumnFacts Word(const std::string& name, double rows, double distinct) {
  return {.name = name,
          .stored_bytes = rows * 10,
          .raw_bytes = rows * 20,
          .distinct = distinct,
          .range = std::make_pair(AxisOfText("a"), AxisOfText("z"))};
}

class EstimatorTest : public testing::Test {
 protected:
  EstimatorTest() {
    known_.tables["sales"] = {
        .bytes = 24e6,
        .rows = 1e6,
        .columns = {Number("item", 1e6, 1, 1000), Number("day", 1e6, 0, 999), Word("note", 1e6, 0)},
        .description = "22.9 MiB of Parquet, 1.0 M rows"};
    known_.tables["items"] = {.bytes = 14e3,
                              .rows = 1000,
                              .columns = {Number("item", 1000, 1, 1000), Word("kind", 1000, 10)},
                              .description = "13.7 KiB of Parquet, 1.0 k rows"};
  }

  PlanSize Size(const RelationPtr& plan) { return SizeOf(plan, known_); }
  PlanSize Size(const std::string& sql) { return Size(MakeRelation(spark::SqlText{sql, {}, {}})); }
  double Rows(const std::string& sql) {
    // All rows that come are grouped by the sum around them.
    return Of(Size("SELECT count(*) FROM (" + sql + ")").efforts, Effort::kGroupedRows);
  }

  Known known_;
};

TEST_F(EstimatorTest, OnlyColumnsThatThePlanNamesAreRead) {
  const PlanSize one = Size("SELECT sum(day) FROM sales");
  EXPECT_EQ(one.input_bytes.median, 4e6);
  EXPECT_EQ(one.input_rows.median, 1e6);
  EXPECT_EQ(one.input_bytes.spread, 0);
  EXPECT_EQ(one.input_bytes.source, "files: 22.9 MiB of Parquet, 1.0 M rows");
  EXPECT_EQ(Size("SELECT * FROM sales").input_bytes.median, 18e6);
  EXPECT_EQ(Size("SELECT sum(day) FROM (SELECT * FROM sales)").input_bytes.median, 4e6) << "through a star";
  EXPECT_EQ(Size("SELECT count(*) FROM sales").input_bytes.median, 0);
  EXPECT_EQ(Size("SELECT item FROM sales WHERE note LIKE '%x%'").input_bytes.median, 14e6);
}

TEST_F(EstimatorTest, FiltersGoByStatistics) {
  EXPECT_NEAR(Rows("SELECT * FROM sales WHERE day < 100"), 1e5, 2e3);
  EXPECT_NEAR(Rows("SELECT * FROM sales WHERE day >= 100 AND day < 200"), 1e5, 2e3)
      << "one condition, not two";
  EXPECT_NEAR(Rows("SELECT * FROM sales WHERE day BETWEEN 100 AND 199"), 1e5, 2e3);
  EXPECT_NEAR(Rows("SELECT * FROM sales WHERE 100 > day"), 1e5, 2e3);
  EXPECT_NEAR(Rows("SELECT * FROM sales WHERE day = 7"), 1e3, 1);
  EXPECT_NEAR(Rows("SELECT * FROM sales WHERE day IN (7, 8, 9)"), 3e3, 1);
  EXPECT_NEAR(Rows("SELECT * FROM sales WHERE day <> 7"), 999e3, 1);
  EXPECT_NEAR(Rows("SELECT * FROM sales WHERE day < 100 OR item <= 500"), 55e4, 2e4);
  EXPECT_LT(Rows("SELECT * FROM sales WHERE day = 5000"), 1) << "beyond the greatest";
  EXPECT_NEAR(Rows("SELECT * FROM items WHERE kind = 'x'"), 100, 1);
  known_.tables["sales"].columns[1].range = {8035, 10591};  // 1992-01-01 to 1998-12-31
  EXPECT_NEAR(Rows("SELECT * FROM sales WHERE day < DATE'1993-01-01'"), 366e6 / 2556, 1e3);
  EXPECT_NEAR(Rows("SELECT * FROM sales WHERE day < CAST('1993-01-01' AS DATE)"), 366e6 / 2556, 1e3);
  EXPECT_NEAR(Rows("SELECT * FROM sales WHERE day <= DATE'1993-01-31' - INTERVAL '30' DAY"), 366e6 / 2556,
              1e3);
}

TEST_F(EstimatorTest, OfPartitionsOnlyThoseThatMatchAreRead) {
  known_.tables["sales"].columns.push_back(
      {.name = "region", .distinct = 2, .partitions = {{"north", 0.25}, {"south", 0.75}}});
  const PlanSize north = Size("SELECT sum(day) FROM sales WHERE region = 'north'");
  EXPECT_NEAR(north.input_bytes.median, 1e6, 1);
  EXPECT_NEAR(north.input_rows.median, 25e4, 1);
  EXPECT_NEAR(Size("SELECT sum(day) FROM sales WHERE region > 'north'").input_bytes.median, 3e6, 1);
}

TEST_F(EstimatorTest, AJoinWithAKeyKeepsTheManySide) {
  EXPECT_NEAR(Rows("SELECT day FROM sales, items WHERE sales.item = items.item"), 1e6, 1);
  EXPECT_NEAR(Rows("SELECT day FROM sales JOIN items ON sales.item = items.item"), 1e6, 1);
  EXPECT_NEAR(Rows("SELECT day FROM sales JOIN items USING (item)"), 1e6, 1);
  EXPECT_NEAR(Rows("SELECT day FROM sales s, items i WHERE s.item = i.item AND i.kind = 'x'"), 1e5, 1);
  EXPECT_NEAR(Rows("SELECT day FROM sales LEFT JOIN items ON sales.item = items.item AND kind = 'x'"), 1e6,
              1);
  EXPECT_NEAR(Rows("SELECT day FROM sales CROSS JOIN items"), 1e9, 1);
  const PlanSize joined = Size("SELECT day, kind FROM sales, items WHERE sales.item = items.item");
  EXPECT_EQ(Of(joined.efforts, Effort::kBuiltRows), 1000) << "the small side";
  EXPECT_EQ(Of(joined.efforts, Effort::kProbedRows), 1e6);
  EXPECT_LT(joined.held_bytes, kMiB);
  EXPECT_GT(Of(Size("SELECT day FROM sales, items WHERE sales.item > items.item").efforts, Effort::kPairs),
            1e8);
  EXPECT_NEAR(
      Rows("SELECT day FROM sales, items WHERE (sales.item = items.item AND kind = 'x') OR (sales.item = "
           "items.item AND kind = 'y')"),
      19e4, 2e4)
      << "a key in every branch";
}

TEST_F(EstimatorTest, GroupsAreAsManyAsTheirKeysHaveValues) {
  const PlanSize few = Size("SELECT kind, count(*) FROM items GROUP BY kind");
  EXPECT_NEAR(Of(few.efforts, Effort::kGroups), 10, 1);
  const PlanSize many = Size("SELECT item, day, count(*) FROM sales GROUP BY 1, 2");
  EXPECT_NEAR(Of(many.efforts, Effort::kGroups), 63e4, 5e4);
  EXPECT_GT(many.held_bytes, 1e6 * 8);
  EXPECT_NEAR(Of(Size("SELECT DISTINCT kind FROM items").efforts, Effort::kGroups), 10, 1);
}

TEST_F(EstimatorTest, SortsHoldTheirRowsUnlessALimitIsAbove) {
  const PlanSize all = Size("SELECT * FROM sales ORDER BY day");
  const PlanSize top = Size("SELECT * FROM sales ORDER BY day LIMIT 10");
  EXPECT_GT(all.held_bytes, 24e6);
  EXPECT_LT(top.held_bytes, 1e4);
  EXPECT_LT(Of(top.efforts, Effort::kResultBytes), 1e4);
  EXPECT_LT(Size("SELECT * FROM sales LIMIT 10").input_rows.median, 100) << "reading ends early";
  EXPECT_GT(Of(Size("SELECT sum(day) OVER (PARTITION BY item) FROM sales").efforts, Effort::kWindowedRows),
            9e5);
}

TEST_F(EstimatorTest, SubqueriesCount) {
  const PlanSize in = Size("SELECT day FROM sales WHERE item IN (SELECT item FROM items WHERE kind = 'x')");
  EXPECT_EQ(in.input_rows.median, 1'001'000);
  EXPECT_NEAR(Rows("SELECT day FROM sales WHERE item IN (SELECT item FROM items WHERE kind = 'x')"), 1e5,
              1e3);
  const PlanSize correlated =
      Size("SELECT day FROM sales s WHERE day > (SELECT avg(day) FROM sales t WHERE t.item = s.item)");
  EXPECT_GT(Of(correlated.efforts, Effort::kGroups), 900) << "an average for each item";
}

TEST_F(EstimatorTest, ViewsCommonTablesAndRelationsAreLookedInto) {
  known_.views["v"] = MakeRelation(spark::SqlText{"SELECT item FROM sales WHERE day < 100", {}, {}});
  EXPECT_NEAR(Rows("SELECT * FROM v"), 1e5, 2e3);
  EXPECT_NEAR(Rows("SELECT * FROM (WITH w AS (SELECT item FROM v) SELECT * FROM w)"), 1e5, 2e3);
  const auto reference = MakeRelation(spark::SubqueryAlias{known_.views["v"], "given", {}, {}});
  const auto text = MakeRelation(spark::SqlText{"SELECT count(*) FROM given", {}, {}});
  const PlanSize size = Size(MakeRelation(spark::WithRelations{text, {reference}}));
  EXPECT_NEAR(Of(size.efforts, Effort::kGroupedRows), 1e5, 2e3);
}

TEST_F(EstimatorTest, DataOfTheClientIsCounted) {
  EXPECT_EQ(Size("SELECT * FROM VALUES (1), (2), (3)").input_rows.median, 3);
  EXPECT_EQ(Size("SELECT * FROM VALUES (1), (2), (3)").input_rows.source, "local data: 3 rows");
  EXPECT_EQ(Size("SELECT * FROM range(10, 1010, 10)").input_rows.median, 100);
  EXPECT_EQ(Size(MakeRelation(spark::Range{0, 1'000'000, 1, {}})).input_rows.source, "range: 1.0 M rows");
  const auto block = std::make_shared<const std::string>(1 << 20, 'x');
  EXPECT_EQ(Size(MakeRelation(spark::LocalRelation{{block}, {}, ""})).input_bytes.median, kMiB);
  EXPECT_EQ(Size(MakeRelation(spark::CachedLocalRelation{{"known"}, "", false})).input_bytes.median, 6400);
  EXPECT_EQ(Size(MakeRelation(spark::CachedLocalRelation{{"other"}, "", false})).input_bytes.source,
            "nothing is known");
}

TEST_F(EstimatorTest, CommandsNeedWhatTheirQueryNeeds) {
  const auto query = MakeRelation(spark::NamedTable{{"sales"}, {}});
  const spark::Command write = spark::WriteFiles{.query = query};
  EXPECT_EQ(SizeOf(write, known_).input_rows.median, 1e6);
  const spark::Command view = spark::CreateView{.name = {"v"}, .plan = query};
  EXPECT_EQ(SizeOf(view, known_).input_rows.median, 0) << "nothing is read before it is asked for";
  EXPECT_EQ(Size("INSERT INTO t SELECT * FROM sales").input_rows.median, 1e6);
  EXPECT_EQ(Size("SHOW TABLES").input_rows.median, 0);
}

TEST_F(EstimatorTest, OfTheUnknownTheSpreadIsWide) {
  const PlanSize size = Size("SELECT count(*) FROM nowhere");
  EXPECT_EQ(size.input_bytes.source, "nothing is known");
  EXPECT_EQ(size.input_bytes.spread, Amount::kSpreadOfIgnorance);
  const Estimate estimate = EstimateOf(size, CostsOf("native"));
  EXPECT_GT(estimate.work.spread, Amount::kSpreadOfIgnorance);
  EXPECT_GT(estimate.work.median, 0);
  EXPECT_LT(EstimateOf(Size("SELECT sum(day) FROM sales"), CostsOf("native")).work.spread, 1);
}

TEST_F(EstimatorTest, WhatNamesItselfEnds) {
  known_.views["v"] = MakeRelation(spark::NamedTable{{"v"}, {}});
  const PlanSize size = Size("SELECT * FROM v");
  EXPECT_EQ(size.input_bytes.source, "nothing is known");
  EXPECT_LE(known_.asked, static_cast<int>(kEstimatedNodesMax));
}

bool IsFinite(const Estimate& estimate) {
  for (const Amount* amount :
       {&estimate.input_bytes, &estimate.input_rows, &estimate.work, &estimate.peak_memory}) {
    if (!std::isfinite(amount->median) || amount->median < 0 || !std::isfinite(amount->p99())) return false;
  }
  return true;
}

TEST_F(EstimatorTest, AbsurdFactsGiveAnEstimateAllTheSame) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (const double absurd : {0.0, -5.0, kNan, std::numeric_limits<double>::infinity(), 1e30, 1e308}) {
    InputFacts facts{.bytes = absurd, .rows = absurd, .spread = absurd};
    facts.columns = {{.name = "a",
                      .stored_bytes = absurd,
                      .raw_bytes = absurd,
                      .nulls = absurd,
                      .distinct = absurd,
                      .range = std::make_pair(absurd, -absurd)}};
    known_.tables["t"] = facts;
    for (const char* sql :
         {"SELECT a, count(*) FROM t GROUP BY a ORDER BY 2", "SELECT * FROM t x, t y, t z WHERE x.a < 3",
          "SELECT * FROM t WHERE a BETWEEN 1 AND 2 OR a IS NULL", "SELECT DISTINCT * FROM t LIMIT 5"}) {
      for (const char* engine : {"native", "spark", "other"})
        EXPECT_TRUE(IsFinite(EstimateOf(Size(sql), CostsOf(engine)))) << sql << absurd;
    }
  }
}

double SecondsOf(const std::function<void()>& body) {
  const auto begun = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

TEST_F(EstimatorTest, PlansOfAnyDepthAndSizeTakeBoundedTime) {
  RelationPtr deep = MakeRelation(spark::NamedTable{{"sales"}, {}});
  for (int i = 0; i < 1'000'000; ++i) deep = MakeRelation(spark::SubqueryAlias{deep, "a", {}, {}});
  EXPECT_LT(SecondsOf([&] { EXPECT_TRUE(IsFinite(EstimateOf(Size(deep), CostsOf("native")))); }), 10);

  RelationPtr columns = MakeRelation(spark::NamedTable{{"sales"}, {}});
  for (int i = 0; i < 20'000; ++i) {
    const auto alias = spark::MakeExpression(
        spark::Alias{spark::MakeExpression(spark::UnresolvedAttribute{{"day"}, {}, false}),
                     {"c" + std::to_string(i)},
                     ""});
    columns = MakeRelation(spark::WithColumns{columns, {alias}});
  }
  EXPECT_LT(SecondsOf([&] { Size(columns); }), 10);

  RelationPtr doubled = MakeRelation(spark::NamedTable{{"sales"}, {}});
  for (int i = 0; i < 100; ++i)
    doubled = MakeRelation(spark::SetOperation{doubled, doubled, spark::SetOperationType::kUnion, true});
  EXPECT_LT(SecondsOf([&] { EXPECT_TRUE(IsFinite(EstimateOf(Size(doubled), CostsOf("native")))); }), 10);

  spark::ExpressionPtr chain = spark::MakeExpression(spark::Literal{{true}, spark::DataType::Boolean()});
  for (int i = 0; i < 1'000'000; ++i) chain = spark::MakeCall(i % 2 == 0 ? "or" : "and", {chain, chain});
  EXPECT_LT(SecondsOf([&] { Size(MakeRelation(spark::Filter{deep, chain})); }), 10);

  std::string joins = "SELECT * FROM items t0";
  for (int i = 1; i < 900; ++i) joins += ", items t" + std::to_string(i);
  EXPECT_LT(SecondsOf([&] { EXPECT_TRUE(IsFinite(EstimateOf(Size(joins), CostsOf("native")))); }), 10);

  std::string names = "WITH t0 AS (SELECT 1 AS a)";
  for (int i = 1; i < 20'000; ++i)
    names += ", t" + std::to_string(i) + " AS (SELECT * FROM t" + std::to_string(i - 1) + ")";
  EXPECT_LT(SecondsOf([&] { Size(names + " SELECT * FROM t19999"); }), 10);
  std::vector<RelationPtr> given;
  for (int i = 0; i < 1'000'000; ++i)
    given.push_back(MakeRelation(spark::SubqueryAlias{nullptr, "g", {}, {}}));
  EXPECT_LT(SecondsOf([&] { Size(MakeRelation(spark::WithRelations{deep, given})); }), 10);

  RelationPtr joined = MakeRelation(spark::NamedTable{{"items"}, {}});
  for (int i = 0; i < 20'000; ++i) {
    joined = MakeRelation(spark::SubqueryAlias{
        MakeRelation(spark::Join{
            joined, MakeRelation(spark::Range{0, 5, 1, {}}), spark::JoinType::kLeftOuter, {}, {"id"}}),
        "j",
        {},
        {}});
  }
  EXPECT_LT(SecondsOf([&] { Size(joined); }), 10);

  std::string conditions = "SELECT * FROM items t0";
  for (int i = 1; i < 24; ++i) conditions += ", items t" + std::to_string(i);
  conditions += " WHERE t0.item = t1.item";
  for (int i = 0; i < 10'000; ++i)
    conditions += " AND t" + std::to_string(i % 24) + ".item = t" + std::to_string(i % 23 + 1) + ".item";
  EXPECT_LT(SecondsOf([&] { EXPECT_TRUE(IsFinite(EstimateOf(Size(conditions), CostsOf("native")))); }), 10);

  EXPECT_EQ(Size("SELECT '" + std::string(64 << 20, 'x') + "'").input_bytes.source, "nothing is known");
  EXPECT_TRUE(IsFinite(EstimateOf(Size("no sql at all"), CostsOf("native"))));
  EXPECT_TRUE(IsFinite(EstimateOf(Size(RelationPtr()), CostsOf("native"))));
}

}  // namespace
}  // namespace hearth::placement
