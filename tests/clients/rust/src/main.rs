//! What a user of the Rust client does in one session:
//!
//!     rust-client sc://HOST:PORT PARQUET_FILE
//!
//! The Parquet file holds `k BIGINT, v STRING` with the rows (0, "row 0") to (9, "row 9"). Prints a line a step and
//! stops at the first step that fails. The client lacks parameters of SQL, a stop, and conditions of errors, which it
//! shows as text.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{AsArray, Float64Array, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use spark_connect_rs::dataframe::{JoinType, SaveMode};
use spark_connect_rs::functions::{avg, col, count, lit, row_number, sum};
use spark_connect_rs::window::Window;
use spark_connect_rs::{DataFrame, SparkSession, SparkSessionBuilder};

type Outcome = Result<(), Box<dyn Error>>;

const ENDLESS: &str = "SELECT sum(id % 7) FROM range(1000000000000)";

fn longs(batch: &RecordBatch, column: usize) -> Vec<i64> {
    batch.column(column).as_primitive::<Int64Type>().values().to_vec()
}

fn people(spark: &SparkSession) -> Result<DataFrame, Box<dyn Error>> {
    let schema = Schema::new(vec![
        Field::new("id", DataType::Int32, false),
        Field::new("name", DataType::Utf8, true),
        Field::new("score", DataType::Float64, true),
    ]);
    let ids = Int32Array::from(vec![1, 2, 3, 4]);
    let names = StringArray::from(vec![Some("Ann"), Some("Bob"), None, Some("Ann")]);
    let scores = Float64Array::from(vec![Some(1.5), Some(2.5), None, Some(1.5)]);
    let rows = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(ids), Arc::new(names), Arc::new(scores)])?;
    Ok(spark.create_dataframe(&rows)?)
}

/// The text of the error that `result` must be.
fn failure<T>(result: Result<T, impl Error>) -> String {
    match result {
        Ok(_) => panic!("an error was expected"),
        Err(error) => error.to_string(),
    }
}

async fn configuration(spark: &SparkSession) -> Outcome {
    assert_eq!(spark.version().await?, "4.2.1");
    let mut conf = spark.conf();
    conf.set("spark.sql.session.timeZone", "UTC").await?;
    assert_eq!(conf.get("spark.sql.session.timeZone", None).await?, "UTC");
    assert_eq!(conf.get("my.own.key", Some("a default")).await?, "a default");
    assert!(conf.is_modifable("spark.sql.session.timeZone").await?);
    let text = failure(conf.get("no.such.key", None).await);
    assert!(text.contains("SQL_CONF_NOT_FOUND"), "{text}");
    Ok(())
}

async fn range_and_local_data(spark: &SparkSession) -> Outcome {
    assert_eq!(longs(&spark.range(None, 3, 1, None).collect().await?, 0), [0, 1, 2]);
    assert_eq!(people(spark)?.count().await?, 4);
    let unnamed = people(spark)?.filter("name IS NULL").select([col("id").cast("bigint")]).collect().await?;
    assert_eq!(longs(&unnamed, 0), [3]);
    assert_eq!(people(spark)?.columns().await?, ["id", "name", "score"]);
    Ok(())
}

async fn sql_and_views(spark: &SparkSession) -> Outcome {
    let sum_of_range = spark.sql("SELECT sum(id) AS total FROM range(5)").await?.collect().await?;
    assert_eq!(longs(&sum_of_range, 0), [10]);
    people(spark)?.create_or_replace_temp_view("rust_people").await?;
    let ann = spark.sql("SELECT count(*) AS n FROM rust_people WHERE name = 'Ann'").await?.collect().await?;
    assert_eq!(longs(&ann, 0), [2]);
    assert_eq!(spark.table("rust_people")?.count().await?, 4);
    assert!(spark.catalog().drop_temp_view("rust_people").await?);
    let text = failure(spark.table("rust_people")?.collect().await);
    assert!(text.contains("TABLE_OR_VIEW_NOT_FOUND"), "{text}");
    Ok(())
}

async fn group_join_and_window(spark: &SparkSession) -> Outcome {
    let grouped = people(spark)?
        .group_by(Some(["name"]))
        .agg([count(col("id")).alias("n"), avg(col("score")).alias("score")])
        .filter(col("name").is_not_null())
        .order_by([col("name").asc()]);
    let batch = grouped.collect().await?;
    assert_eq!(batch.column(0).as_string::<i32>().iter().collect::<Vec<_>>(), [Some("Ann"), Some("Bob")]);
    assert_eq!(longs(&batch, 1), [2, 1]);

    let left = people(spark)?.alias("l");
    let right = spark.range(Some(2), 9, 1, None).alias("r");
    let joined = left.join(right, Some(col("l.id").eq(col("r.id"))), JoinType::Inner);
    assert_eq!(longs(&joined.select([col("r.id")]).order_by([col("id").desc()]).collect().await?, 0), [4, 3, 2]);

    let running = Window::new().order_by([col("id")]).rows_between(Window::unbounded_preceding(), 0);
    let sums = spark.range(None, 4, 1, None).select([sum(col("id")).over(running).alias("total")]);
    assert_eq!(longs(&sums.collect().await?, 0), [0, 1, 3, 6]);
    let places = spark
        .range(None, 3, 1, None)
        .with_column("place", row_number().over(Window::new().order_by([col("id").desc()])))
        .filter(col("place").eq(lit(1)));
    assert_eq!(longs(&places.collect().await?, 0), [2]);
    Ok(())
}

async fn parquet(spark: &SparkSession, file: &str) -> Outcome {
    let rows = spark.read().format("parquet").load([file])?;
    assert_eq!(longs(&rows.clone().filter("k >= 8").order_by([col("k").asc()]).collect().await?, 0), [8, 9]);
    let written = format!("{file}.written");
    let outcome = rows.write().format("parquet").mode(SaveMode::ErrorIfExists).save(&written).await;
    match outcome {
        Ok(()) => assert_eq!(spark.read().format("parquet").load([written.as_str()])?.count().await?, 10),
        Err(error) => {
            assert!(error.to_string().contains("UNSUPPORTED_FEATURE"), "{error}");
            assert!(!std::path::Path::new(&written).exists());
        }
    }
    Ok(())
}

async fn show_schema_and_explain(spark: &SparkSession) -> Outcome {
    people(spark)?.show(Some(2), None, None).await?;
    let schema = people(spark)?.print_schema(None).await?;
    let expected = "root\n |-- id: integer (nullable = false)\n |-- name: string (nullable = true)\n \
                    |-- score: double (nullable = true)\n";
    assert_eq!(schema, expected);
    assert!(people(spark)?.explain(None).await?.contains("== Physical Plan =="));
    Ok(())
}

async fn errors(spark: &SparkSession) -> Outcome {
    let text = failure(spark.range(None, 1, 1, None).select([col("idd")]).collect().await);
    assert!(text.contains("UNRESOLVED_COLUMN.WITH_SUGGESTION"), "{text}");
    let text = failure(match spark.sql("SELECT 1 / 0 AS x").await {
        Ok(frame) => frame.collect().await,
        Err(error) => Err(error),
    });
    assert!(text.contains("DIVIDE_BY_ZERO"), "{text}");
    assert_eq!(spark.range(None, 1, 1, None).count().await?, 1);
    Ok(())
}

async fn interrupt_by_tag(spark: &SparkSession) -> Outcome {
    let mut tagged = spark.clone();
    tagged.add_tag("mine")?;
    let endless = tokio::spawn(async move {
        match tagged.sql(ENDLESS).await {
            Ok(frame) => failure(frame.collect().await),
            Err(error) => error.to_string(),
        }
    });
    assert!(spark.interrupt_tag("of nobody").await?.is_empty());
    let mut interrupted = vec![];
    for _ in 0..600 {
        interrupted = spark.interrupt_tag("mine").await?;
        if !interrupted.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(interrupted.len(), 1);
    let text = endless.await?;
    assert!(text.contains("OPERATION_CANCELED"), "{text}");
    Ok(())
}

async fn large_result(spark: &SparkSession) -> Outcome {
    let rows = spark.range(None, 100_000, 1, None).select_expr(["id", "concat('row ', id) AS text"]).collect().await?;
    assert_eq!(longs(&rows, 0), (0..100_000).collect::<Vec<i64>>());
    assert_eq!(rows.column(1).as_string::<i32>().value(99_999), "row 99999");
    Ok(())
}

#[tokio::main]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().collect();
    let spark = SparkSessionBuilder::remote(&arguments[1]).build().await?;
    configuration(&spark).await?;
    println!("ok configuration");
    range_and_local_data(&spark).await?;
    println!("ok range_and_local_data");
    sql_and_views(&spark).await?;
    println!("ok sql_and_views");
    group_join_and_window(&spark).await?;
    println!("ok group_join_and_window");
    parquet(&spark, &arguments[2]).await?;
    println!("ok parquet");
    show_schema_and_explain(&spark).await?;
    println!("ok show_schema_and_explain");
    errors(&spark).await?;
    println!("ok errors");
    interrupt_by_tag(&spark).await?;
    println!("ok interrupt_by_tag");
    large_result(&spark).await?;
    println!("ok large_result");
    println!("passed: every step with spark-connect-rs 0.0.2");
    Ok(())
}
