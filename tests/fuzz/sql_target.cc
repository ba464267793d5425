// SQL text: every way into the parser, then what a statement goes through.
#include "fuzz_target.h"
#include "golden_sql.h"
#include "journey.h"
#include "mutation.h"
#include "spark/error.h"
#include "spark/fingerprint/sql_effect.h"
#include "spark/sql/parser.h"

namespace hearth::fuzz {
namespace {

template <typename Call>
void Try(Call call) {
  try {
    call();
  } catch (const spark::Error&) {
    // An input may well be wrong.
  }
}

// Words that mutations put together.
constexpr const char* kWords[] = {
    "SELECT ", " FROM t ", " WHERE ", " GROUP BY ", " HAVING ", " ORDER BY ", " LIMIT 1 ", " OFFSET 1 ", "(", ")", ",",
    " JOIN u ON ", " LATERAL ", " USING (id) ", " UNION ALL ", " INTERSECT ", " EXCEPT ", " WITH c AS (SELECT 1) ", "*",
    " OVER (PARTITION BY ", " ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) ", " CASE WHEN ", " THEN ", " ELSE ", " END ",
    " IN ", " EXISTS (SELECT 1) ", " LIKE 'a%' ESCAPE '/' ", " BETWEEN 1 AND 2 ", " IS NOT DISTINCT FROM ", " NOT ",
    " CAST(", " AS ", "::", " DECIMAL(38,18)", " ARRAY<STRUCT<a: INT>>", " INTERVAL '1-2' YEAR TO MONTH ", " INTERVAL 1 DAY ",
    " DATE '2020-02-29' ", " TIMESTAMP '2020-01-01 00:00:00' ", " X'1F' ", " 1e400 ", " 99999999999999999999999999999999999999 ",
    " 1L ", " 1.0BD ", " NULL ", " -", " /", " %", " || ", " <=> ", " & ", " x -> x ", " [0]", " .", "`", "'", "\"", "--", "/*",
    " VALUES (1, 'a') ", " PIVOT (sum(i) FOR s IN ('a')) ", " TABLESAMPLE (1 PERCENT) ", " EXPLODE(array(1)) ", " :p ", " ? ",
    " CREATE TEMPORARY VIEW v AS ", " SET a.b=c ", " EXPLAIN ", " i ", " s ", " d ", " ts ", " count(*) ", " sum(i) ", ";"};

}  // namespace

const char* const kTargetName = "sql";

std::vector<std::string> Seeds() { return GoldenTexts(); }

void TakeInput(std::string_view input) {
  spark::ParserOptions options;
  options.double_quoted_identifiers = input.size() % 2 == 1;
  Try([&] { std::visit([](const auto& parsed) { Travel(parsed); }, spark::ParseStatement(input, options)); });
  Try([&] { spark::ParseExpression(input, options); });
  Try([&] { spark::ParseDataType(input, options); });
  Try([&] { spark::ParseTableSchema(input, options); });
  Try([&] { spark::ParseDdl(input, options); });
  Try([&] { spark::ParseIdentifier(input, options); });
  spark::EffectOfSql(input);
}

std::string Mutate(std::string input, Random& random) {
  if (Below(3, random) == 0) return MutateBytes(std::move(input), random);
  for (size_t changes = 1 + Below(3, random); changes > 0; --changes) {
    const size_t at = Below(input.size() + 1, random);
    if (Below(3, random) == 0) input.erase(at, Below(20, random));
    input.insert(at, kWords[Below(std::size(kWords), random)]);
  }
  return input;
}

}  // namespace hearth::fuzz
