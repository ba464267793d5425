#include "gateway/table_statement.h"

#include <gtest/gtest.h>

namespace hearth::gateway {
namespace {

TEST(TableStatementTest, ATableIsExternalWhateverItIsHere) {
  catalog::Table table;
  table.name = {"sales", "odd`name"};
  table.kind = catalog::TableKind::kManaged;
  table.provider = "parquet";
  table.schema =
      R"({"type":"struct","fields":[{"name":"a b","type":"integer","nullable":true,"metadata":{"comment":"it's"}},)"
      R"({"name":"p","type":"string","nullable":true,"metadata":{}}]})";
  table.partition_columns = {"p"};
  table.location = "/data/it's";
  table.options = {{"o", "1"}};
  table.properties = {{"k", "v"}};
  EXPECT_EQ(TableStatement(table),
            "CREATE TABLE `sales`.`odd``name` (`a b` INT COMMENT 'it\\'s', `p` STRING) USING parquet "
            "OPTIONS ('o' = '1') PARTITIONED BY (`p`) LOCATION '/data/it\\'s' TBLPROPERTIES ('k' = 'v')");
}

TEST(TableStatementTest, AViewIsMadeUnderWhatItWasMadeUnder) {
  catalog::Table view;
  view.name = {"sales", "v"};
  view.kind = catalog::TableKind::kView;
  view.schema =
      R"({"type":"struct","fields":[{"name":"b","type":"integer","nullable":true,"metadata":{"comment":"c"}}]})";
  view.view = {"SELECT a FROM t", "other", {{"spark.sql.session.timeZone", "Asia/Tokyo"}}, {"a"}};
  EXPECT_EQ(
      ViewStatements(view),
      (std::vector<std::string>{"SET spark.sql.session.timeZone=Asia/Tokyo", "USE `other`",
                                "CREATE OR REPLACE VIEW `sales`.`v` (`b` COMMENT 'c') AS SELECT a FROM t"}));
}

TEST(TableStatementTest, DatabasesHaveAPlaceThatMayBeRemoved) {
  catalog::Database database;
  database.name = "sales";
  database.location = "/data/sales.db";
  EXPECT_EQ(DatabaseStatement(database, "/temp/sales"),
            "CREATE DATABASE IF NOT EXISTS `sales` LOCATION '/temp/sales'");
  EXPECT_EQ(DropStatement("database/sales"), "DROP DATABASE IF EXISTS `sales` CASCADE");
  EXPECT_EQ(DropStatement("table/sales/t"), "DROP TABLE IF EXISTS `sales`.`t`");
}

}  // namespace
}  // namespace hearth::gateway
