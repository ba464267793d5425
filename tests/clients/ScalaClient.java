import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

import static org.apache.spark.sql.functions.*;

/**
 * What a user of the Scala client does in one session, told in Java since that needs no Scala compiler:
 *
 * <pre>java -cp JARS ScalaClient.java sc://HOST:PORT PARQUET_FILE</pre>
 *
 * The Parquet file holds {@code k BIGINT, v STRING} with the rows (0, "row 0") to (9, "row 9"). Prints a line a step
 * and stops at the first step that fails.
 */
public final class ScalaClient {
  private static final String ENDLESS = "SELECT sum(id % 7) FROM range(1000000000000)";

  private final SparkSession spark;
  private final String file;

  private ScalaClient(SparkSession spark, String file) {
    this.spark = spark;
    this.file = file;
  }

  public static void main(String[] arguments) throws Exception {
    SparkSession spark = SparkSession.builder().remote(arguments[0]).config("spark.api.mode", "connect").getOrCreate();
    new ScalaClient(spark, arguments[1]).run();
    spark.stop();
    System.out.println("passed: every step with the Scala client " + org.apache.spark.SparkBuildInfo.spark_version());
    System.exit(0);  // the client's threads would linger
  }

  private interface Step {
    void run() throws Exception;
  }

  private void run() throws Exception {
    step("configuration", this::configuration);
    step("rangeAndLocalData", this::rangeAndLocalData);
    step("sqlAndViews", this::sqlAndViews);
    step("groupJoinAndWindow", this::groupJoinAndWindow);
    step("parquet", this::parquet);
    step("showSchemaAndExplain", this::showSchemaAndExplain);
    step("errors", this::errors);
    step("interruptByTag", this::interruptByTag);
    step("largeResult", this::largeResult);
  }

  private static void step(String name, Step step) throws Exception {
    step.run();
    System.out.println("ok " + name);
  }

  private static void same(Object actual, Object expected) {
    if (!actual.equals(expected)) throw new AssertionError(actual + "\n  is not\n" + expected);
  }

  private static void condition(String expected, Class<? extends Throwable> type, Step step) throws Exception {
    try {
      step.run();
    } catch (Exception error) {
      if (!type.isInstance(error)) throw error;
      same(((SparkThrowable) error).getCondition(), expected);
      return;
    }
    throw new AssertionError(expected + " was not raised");
  }

  private static String rows(Dataset<Row> frame) {
    return frame.collectAsList().toString();
  }

  private Dataset<Row> people() {
    StructType schema = new StructType()
        .add("id", DataTypes.IntegerType, false).add("name", DataTypes.StringType).add("score", DataTypes.DoubleType);
    List<Row> rows = List.of(RowFactory.create(1, "Ann", 1.5), RowFactory.create(2, "Bob", 2.5),
        RowFactory.create(3, null, null), RowFactory.create(4, "Ann", 1.5));
    return spark.createDataFrame(rows, schema);
  }

  private void configuration() throws Exception {
    same(spark.version(), "4.2.1");
    spark.conf().set("spark.sql.session.timeZone", "America/New_York");
    same(spark.conf().get("spark.sql.session.timeZone"), "America/New_York");
    same(rows(spark.sql("SELECT CAST(TIMESTAMP'2024-01-01 12:00:00Z' AS STRING)")), "[[2024-01-01 07:00:00]]");
    spark.conf().set("spark.sql.session.timeZone", "UTC");
    same(spark.conf().get("my.own.key", "a default"), "a default");
    same(spark.conf().getOption("my.own.key").isEmpty(), true);
    same(spark.conf().isModifiable("spark.sql.warehouse.dir"), false);
    try {
      spark.conf().get("no.such.key");
    } catch (NoSuchElementException expected) {
      return;
    }
    throw new AssertionError("an unknown key has a value");
  }

  private void rangeAndLocalData() {
    same(rows(spark.range(3).toDF()), "[[0], [1], [2]]");
    same(people().count(), 4L);
    same(rows(people().filter(col("name").isNull())), "[[3,null,null]]");
    same(people().schema().simpleString(), "struct<id:int,name:string,score:double>");
    same(spark.range(5).isEmpty(), false);
  }

  private void sqlAndViews() throws Exception {
    same(rows(spark.sql("SELECT :low + id AS n FROM range(:n)", Map.of("low", 10, "n", 2))), "[[10], [11]]");
    same(rows(spark.sql("SELECT ? AS a, ? AS b", new Object[] {7, "y"})), "[[7,y]]");
    same(spark.sql("SELECT 1.10 AS d").head().getDecimal(0), new BigDecimal("1.10"));
    people().createOrReplaceTempView("people");
    same(rows(spark.sql("SELECT count(*) AS n FROM people WHERE name = 'Ann'")), "[[2]]");
    same(spark.table("people").count(), 4L);
    same(spark.catalog().dropTempView("people"), true);
    condition("TABLE_OR_VIEW_NOT_FOUND", AnalysisException.class, () -> spark.table("people").collectAsList());
  }

  private void groupJoinAndWindow() {
    Dataset<Row> grouped = people().groupBy("name").agg(count("*").as("n"), avg("score")).orderBy("name");
    same(rows(grouped), "[[null,1,null], [Ann,2,1.5], [Bob,1,2.5]]");
    Dataset<Row> tags = spark.sql("VALUES (1, 'x'), (1, 'y'), (9, 'w') AS t(id, tag)");
    same(rows(people().join(tags, "id").select("id", "tag").orderBy("tag")), "[[1,x], [1,y]]");
    Dataset<Row> left = people();
    same(left.join(tags, left.col("id").equalTo(tags.col("id")), "left_anti").count(), 3L);
    same(rows(spark.range(4).select(sum("id").over(Window.orderBy("id").rowsBetween(Window.unboundedPreceding(), 0)))),
        "[[0], [1], [3], [6]]");
    same(rows(people().withColumn("place", row_number().over(Window.partitionBy("name").orderBy(col("id").desc())))
        .filter("name = 'Ann'").select("id", "place").orderBy("id")), "[[1,2], [4,1]]");
  }

  private void parquet() throws Exception {
    Dataset<Row> given = spark.read().parquet(file);
    same(rows(given.filter("k >= 8").orderBy("k")), "[[8,row 8], [9,row 9]]");
    condition("PATH_NOT_FOUND", AnalysisException.class, () -> spark.read().parquet(file + ".nothing").schema());
    String written = file + ".written";
    try {
      given.write().parquet(written);
    } catch (Exception error) {
      same(((SparkThrowable) error).getCondition(), "UNSUPPORTED_FEATURE");
      same(Files.exists(Path.of(written)), false);
      return;
    }
    same(spark.read().parquet(written).count(), 10L);
  }

  private void showSchemaAndExplain() {
    people().show();
    people().printSchema();
    people().explain();
    same(people().schema().treeString(), "root\n |-- id: integer (nullable = false)\n"
        + " |-- name: string (nullable = true)\n |-- score: double (nullable = true)\n");
  }

  private void errors() throws Exception {
    condition("UNRESOLVED_COLUMN.WITH_SUGGESTION", AnalysisException.class,
        () -> spark.range(1).select("idd").collectAsList());
    condition("PARSE_SYNTAX_ERROR", AnalysisException.class, () -> spark.sql("SELECT 1 FORM t WHERE"));
    condition("DIVIDE_BY_ZERO", ArithmeticException.class, () -> spark.sql("SELECT 1 / 0").collectAsList());
    same(spark.range(1).count(), 1L);
  }

  private void interruptByTag() throws Exception {
    CompletableFuture<String> endless = CompletableFuture.supplyAsync(() -> {
      spark.addTag("mine");
      try {
        return rows(spark.sql(ENDLESS));
      } catch (Exception error) {
        return error.getMessage();
      }
    });
    same(spark.interruptTag("of nobody").isEmpty(), true);
    BooleanSupplier interrupted = () -> !spark.interruptTag("mine").isEmpty();
    for (int i = 0; i < 600 && !interrupted.getAsBoolean(); ++i) Thread.sleep(20);
    String text = endless.get();
    if (!text.contains("OPERATION_CANCELED")) throw new AssertionError(text);
    same(spark.interruptAll().isEmpty(), true);
  }

  private void largeResult() {
    List<Row> rows = spark.range(100_000).selectExpr("id", "concat('row ', id) AS text").collectAsList();
    same(rows.size(), 100_000);
    for (int i = 0; i < rows.size(); ++i) same(rows.get(i).toString(), "[" + i + ",row " + i + "]");
  }
}
