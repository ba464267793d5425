#include "engine/duckdb/parquet_schema.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "spark/error.h"

namespace hearth::engine {
namespace {

namespace fs = std::filesystem;
using spark::DataSourceRead;
using spark::Error;

class ParquetSchemaTest : public ::testing::Test {
 protected:
  ParquetSchemaTest() : folder_(fs::path(::testing::TempDir()) / ("parquet." + std::to_string(getpid()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~ParquetSchemaTest() override { fs::remove_all(folder_); }

  std::string Path(const std::string& name) const { return (folder_ / name).string(); }

  void Write(const std::string& name, const std::string& select, const std::string& options = "") {
    fs::create_directories(fs::path(Path(name)).parent_path());
    database_.Connect().Execute("COPY (" + select + ") TO '" + Path(name) + "' (FORMAT parquet" + options +
                                ")");
  }

  std::shared_ptr<const spark::FileRelation> Open(const std::vector<std::string>& paths,
                                                  std::optional<spark::DataType> schema = std::nullopt) {
    DataSourceRead read;
    read.format = "parquet";
    read.paths = paths;
    read.schema = std::move(schema);
    return files_.Open(read);
  }

  std::string ErrorOf(const std::vector<std::string>& paths) {
    try {
      Open(paths);
    } catch (const Error& error) {
      return error.decline().empty() ? error.condition() : "declined";
    }
    return "";
  }

  Database database_{DatabaseOptions{.threads = 1}};
  ParquetFiles files_{&database_};
  fs::path folder_;
};

TEST_F(ParquetSchemaTest, TranslatesTypes) {
  Write("t.parquet",
        "SELECT 1::TINYINT a, 1::SMALLINT b, 1::INTEGER c, 1::BIGINT d, 1::UTINYINT ua, 1::USMALLINT ub,"
        " 1::UINTEGER uc, 1::UBIGINT ud, 1.5::FLOAT f, 1.5::DOUBLE g, 1.5::DECIMAL(15,2) h, 'x' s, 'x'::BLOB "
        "bin,"
        " true t, DATE '2020-01-01' dt, TIMESTAMP '2020-01-01 00:00:00' ntz,"
        " TIMESTAMPTZ '2020-01-01 00:00:00+00' ts, [1] arr, MAP {'k': 1} m, {'x': 1, 'y': ['z']} st");
  EXPECT_EQ(
      Open({Path("t.parquet")})->schema.simple_string(),
      "struct<a:tinyint,b:smallint,c:int,d:bigint,ua:smallint,ub:int,uc:bigint,ud:decimal(20,0),f:float,"
      "g:double,h:decimal(15,2),s:string,bin:binary,t:boolean,dt:date,ntz:timestamp_ntz,ts:timestamp,"
      "arr:array<int>,m:map<string,int>,st:struct<x:int,y:array<string>>>");
}

TEST_F(ParquetSchemaTest, DeclinesTimesOfAnOlderCalendar) {
  const auto write = [&](const std::string& name, const std::string& select, const std::string& metadata) {
    Write(name, select, ", KV_METADATA {" + metadata + "}");
    return ErrorOf({Path(name)});
  };
  const std::string version_3 = "'org.apache.spark.version': '3.5.1'";
  const std::string legacy = ", 'org.apache.spark.legacyDateTime': ''";
  EXPECT_EQ(write("a.parquet", "SELECT DATE '1500-01-01' d", version_3), "");
  EXPECT_EQ(write("b.parquet", "SELECT DATE '1500-01-01' d", version_3 + legacy), "declined");
  EXPECT_EQ(write("c.parquet", "SELECT TIMESTAMPTZ '1500-01-01 00:00:00+00' t", version_3 + legacy),
            "declined");
  EXPECT_EQ(write("d.parquet", "SELECT [DATE '1500-01-01'] d", "'org.apache.spark.version': '2.4.5'"),
            "declined");
  EXPECT_EQ(write("e.parquet", "SELECT 1 i", "'org.apache.spark.version': '2.4.5'"), "");
  // Without Spark's version, another program wrote it.
  EXPECT_EQ(write("f.parquet", "SELECT DATE '1500-01-01' d", "'org.apache.spark.legacyDateTime': ''"), "");
}

TEST_F(ParquetSchemaTest, MarksWhatDuckDbReadsAsSomethingElse) {
  Write("t.parquet", "SELECT 1::UTINYINT a, 1 b, [1::UINTEGER] c, TIMESTAMPTZ '2020-01-01 00:00:00+00' d");
  EXPECT_EQ(Open({Path("t.parquet")})->cast_fields, (std::vector<bool>{true, false, true, false}));
}

TEST_F(ParquetSchemaTest, DeclinesTypesThatSparkReadsDifferently) {
  Write("ns.parquet", "SELECT '2020-01-01'::TIMESTAMP_NS x");
  Write("time.parquet", "SELECT TIME '01:02:03' x");
  Write("uuid.parquet", "SELECT uuid() x");
  EXPECT_EQ(ErrorOf({Path("ns.parquet")}), "declined");
  EXPECT_EQ(ErrorOf({Path("time.parquet")}), "declined");
  EXPECT_EQ(ErrorOf({Path("uuid.parquet")}), "declined");
}

TEST_F(ParquetSchemaTest, PrefersTheSchemaThatSparkWrote) {
  const std::string json =
      R"({"type":"struct","fields":[{"name":"i","type":"interval day to second","nullable":false,"metadata":{}}]})";
  Write("s.parquet", "SELECT 5::BIGINT i",
        ", KV_METADATA {'org.apache.spark.sql.parquet.row.metadata': '" + json + "'}");
  const spark::DataType schema = Open({Path("s.parquet")})->schema;
  EXPECT_EQ(schema.simple_string(), "struct<i:interval day to second>");
  EXPECT_TRUE(schema.fields()[0].nullable);

  Write("lie.parquet", "SELECT 'x' i",
        ", KV_METADATA {'org.apache.spark.sql.parquet.row.metadata': '" + json + "'}");
  EXPECT_EQ(ErrorOf({Path("lie.parquet")}), "declined");
}

TEST_F(ParquetSchemaTest, ListsDirectoriesAndGlobs) {
  Write("d/b.parquet", "SELECT 1 x");
  Write("d/a.parquet", "SELECT 2 x");
  Write("d/_hidden.parquet", "SELECT 'other' y");
  Write("d/.crc.parquet", "SELECT 'other' y");
  Write("d/below/c.parquet", "SELECT 'other' y");
  std::ofstream(Path("d/_SUCCESS")).flush();
  std::ofstream(Path("d/empty")).flush();
  const std::vector<std::string> both = {Path("d/a.parquet"), Path("d/b.parquet")};
  EXPECT_EQ(Open({Path("d")})->files, both);
  EXPECT_EQ(Open({"file://" + Path("d/")})->files, both);
  EXPECT_EQ(Open({Path("d/[ab].parquet")})->files, both);
  EXPECT_EQ(Open({Path("d/{a,b}.par*")})->files, both);
  EXPECT_EQ(Open({Path("*/a.parquet")})->files, std::vector<std::string>{both[0]});
  EXPECT_EQ(Open({Path("d/b.parquet"), Path("d/a.parquet")})->files,
            (std::vector<std::string>{both[1], both[0]}));
}

TEST_F(ParquetSchemaTest, ErrorsAreSparks) {
  EXPECT_EQ(ErrorOf({Path("nothing.parquet")}), "PATH_NOT_FOUND");
  EXPECT_EQ(ErrorOf({Path("*.nothing")}), "PATH_NOT_FOUND");
  fs::create_directories(Path("void"));
  EXPECT_EQ(ErrorOf({Path("void")}), "UNABLE_TO_INFER_SCHEMA");
  std::ofstream(Path("text.parquet")) << "this is not parquet, but it is long enough";
  EXPECT_EQ(ErrorOf({Path("text.parquet")}), "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER");
  EXPECT_EQ(ErrorOf({"s3://bucket/x.parquet"}), "declined");
  Write("p/day=1/a.parquet", "SELECT 1 x");
  EXPECT_EQ(ErrorOf({Path("p")}), "declined");
  Write("one.parquet", "SELECT 1 x");
  Write("two.parquet", "SELECT 1::BIGINT x");
  EXPECT_EQ(ErrorOf({Path("one.parquet"), Path("two.parquet")}), "declined");
}

TEST_F(ParquetSchemaTest, AnOverwrittenFileIsReadAgain) {
  Write("x.parquet", "SELECT 1 a");
  EXPECT_EQ(Open({Path("x.parquet")})->schema.simple_string(), "struct<a:int>");
  fs::remove(Path("x.parquet"));
  Write("x.parquet", "SELECT 'long enough to differ in size' b");
  EXPECT_EQ(Open({Path("x.parquet")})->schema.simple_string(), "struct<b:string>");
}

TEST_F(ParquetSchemaTest, AUsersSchemaPicksColumnsOfTheSameType) {
  Write("x.parquet", "SELECT 1 a, 'x' b");
  const auto wanted = spark::DataType::Struct({{"B", spark::DataType::String(), false}});
  EXPECT_EQ(Open({Path("x.parquet")}, wanted)->schema.simple_string(), "struct<B:string>");
  EXPECT_TRUE(Open({Path("x.parquet")}, wanted)->schema.fields()[0].nullable);
  EXPECT_THROW(Open({Path("x.parquet")}, spark::DataType::Struct({{"a", spark::DataType::Long()}})), Error);
}

}  // namespace
}  // namespace hearth::engine
