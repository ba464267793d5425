// What a query resolves to: its schema, or its error. The expected texts are answers of a live Apache
// Spark 4.2.1.
#include "spark/analysis/analyzer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "spark/analysis/analysis_test_environment.h"

namespace hearth::spark {
namespace {

struct Case {
  const char* sql;
  const char* answer;
};

class AnalyzerTest : public testing::Test {
 protected:
  AnalyzerTest() {
    environment_.AddTable("/t",
                          "a int not null, b string not null, c double not null, l bigint not null, "
                          "d date not null, st struct<f:int not null,g:string not null> not null");
    environment_.AddView("t", "select * from parquet.`/t`");
    environment_.AddView("u", "select * from values (1, 'x'), (2, 'y') as u(a, k)");
  }

  void Check(const std::vector<Case>& cases) {
    for (const Case& c : cases) {
      EXPECT_EQ(Describe(TestEnvironment::Parse(c.sql), environment_), c.answer) << c.sql;
    }
  }

  TestEnvironment environment_;
};

TEST_F(AnalyzerTest, NamesColumns) {
  Check({{"select cast(a as string), cast(a + 1 as string), A, st.f from t",
          "a string not null, CAST((a + 1) AS STRING) string not null, A int not null, f int not null"},
         {"select a as x, x + 1 from t", "x int not null, (lateralAliasReference(x) + 1) int not null"},
         {"select (select max(a) from u), exists(select 1 from u), a in (select a from u) from t",
          "scalarsubquery() int, exists() boolean not null, (a IN (listquery())) boolean not null"},
         {"select st.* from t", "f int not null, g string not null"},
         {"select t.a, u.* from t full outer join u using (a)", "a int, a int, k string"}});
}

TEST_F(AnalyzerTest, SuggestsNames) {
  Check({{"select nope from t",
          "UNRESOLVED_COLUMN.WITH_SUGGESTION objectName=`nope` proposal=`a`, `b`, `c`, `d`, `l`"},
         {"select a from t join u on t.a = u.a",
          "AMBIGUOUS_REFERENCE name=`a` referenceNames=[`t`.`a`, `u`.`a`]"},
         {"select distinct a from t order by c",
          "UNRESOLVED_COLUMN.WITH_SUGGESTION objectName=`c` proposal=`a`"},
         {"select 1 as a, 2 as a order by a",
          "UNRESOLVED_COLUMN.WITH_SUGGESTION objectName=`a` proposal=`a`, `a`"}});
}

TEST_F(AnalyzerTest, ChecksAggregates) {
  Check({{"select a, count(*) from t", "MISSING_GROUP_BY"},
         {"select a, b, count(*) from t group by a",
          "MISSING_AGGREGATION expression=\"b\" expressionAnyValue=\"any_value(b)\""},
         {"select sum(count(*)) from t", "NESTED_AGGREGATE_FUNCTION"},
         {"select a from t group by 3", "GROUP_BY_POS_OUT_OF_RANGE index=3 size=1"},
         {"select a from t group by a having b > 1",
          "UNRESOLVED_COLUMN.WITH_SUGGESTION objectName=`b` proposal=`a`"},
         {"select a, grouping(a), grouping_id() from t group by rollup(a)",
          "a int, grouping(a) tinyint not null, grouping_id() bigint not null"},
         {"select count(*) from t where count(*) > 1",
          "INVALID_WHERE_CONDITION condition=\"(count(1) > 1)\" expressionList=count(1)"}});
}

TEST_F(AnalyzerTest, ChecksSubqueriesAndSets) {
  Check({{"select (select k from u where u.a = t.a) from t", "scalarsubquery(a) string"},
         {"select (select max(k) from u where u.a = t.a) as m, count(*) from t group by t.b",
          "SCALAR_SUBQUERY_IS_IN_GROUP_BY_OR_AGGREGATE_FUNCTION sqlExpr=\"scalarsubquery(a)\""},
         {"select (select a, b from t)",
          "INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN number=2"},
         {"select * from t union all select a from t",
          "NUM_COLUMNS_MISMATCH firstNumColumns=6 invalidNumColumns=1 invalidOrdinalNum=second "
          "operator=UNION"}});
}

TEST_F(AnalyzerTest, SaysWhereAnErrorBegins) {
  try {
    Analyze(TestEnvironment::Parse("select nope from t"), environment_);
    FAIL() << "resolved";
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("SQLSTATE: 42703; line 1 pos 7"), std::string::npos) << error.message();
  }
}

}  // namespace
}  // namespace hearth::spark
