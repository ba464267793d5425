#include "engine/service/schema_ddl.h"

#include <gtest/gtest.h>

namespace hearth::engine {
namespace {

using spark::DataType;

TEST(SchemaDdl, QuotesNamesThatNeedIt) {
  EXPECT_EQ(SchemaDdl(DataType::Struct({{"a", DataType::Integer()},
                                        {"b c", DataType::String(), false},
                                        {"1", DataType::Decimal(10, 2)},
                                        {"d", DataType::Date(), true, R"({"comment":"it's"})"}})),
            R"(a INT,`b c` STRING NOT NULL,`1` DECIMAL(10,2),d DATE COMMENT 'it\'s')");
}

}  // namespace
}  // namespace hearth::engine
