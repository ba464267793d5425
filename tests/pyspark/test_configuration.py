"""Runtime configuration, as recorded from a live Apache Spark."""

import pathlib

import pytest
from pyspark.errors import AnalysisException, SparkNoSuchElementException
from pyspark.sql.connect import proto

RECORD = pathlib.Path(__file__).parents[1] / "golden/configuration.txt"


def recorded():
    for line in RECORD.read_text().splitlines():
        # Spark knows these only once it has loaded Hive's classes.
        if not line.startswith(("#", "spark.sql.hive.")):
            key, modifiable, value = line.split("\t")[:3]
            yield key, modifiable == "true", value


def test_set_get_unset(spark):
    default = spark.conf.get("spark.sql.shuffle.partitions")
    spark.conf.set("spark.sql.shuffle.partitions", "17")
    assert spark.conf.get("spark.sql.shuffle.partitions") == "17"
    spark.conf.unset("spark.sql.shuffle.partitions")
    assert spark.conf.get("spark.sql.shuffle.partitions") == default


def test_defaults_are_those_of_spark(spark):
    expected = {key: value for key, _, value in recorded() if value != "<machine>"}
    operation = proto.ConfigRequest.Operation()
    operation.get_option.keys.extend(expected)
    answers = {
        key: "<unset>" if value is None else escape(value)
        for key, value in spark.client.config(operation).pairs
    }
    assert {key: answers[key] for key in expected if answers[key] != expected[key]} == {}


def escape(value):
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def test_which_keys_can_be_modified(spark):
    assert {key: spark.conf.isModifiable(key) for key, _, _ in recorded()} == {
        key: can for key, can, _ in recorded()
    }


def test_unknown_key(spark):
    with pytest.raises(SparkNoSuchElementException) as caught:
        spark.conf.get("spark.sql.no.such.key")
    assert caught.value.getCondition() == "SQL_CONF_NOT_FOUND"
    assert spark.conf.get("spark.sql.no.such.key", "fallback") == "fallback"


def test_static_key(spark):
    with pytest.raises(AnalysisException) as caught:
        spark.conf.set("spark.sql.warehouse.dir", "/tmp/other")
    assert caught.value.getCondition() == "CANNOT_MODIFY_STATIC_CONFIG"


def test_bad_value(spark):
    with pytest.raises(Exception) as caught:
        spark.conf.set("spark.sql.shuffle.partitions", "many")
    assert caught.value.getCondition() == "INVALID_CONF_VALUE.TYPE_MISMATCH"


def test_sessions_do_not_share_settings(server, spark):
    from pyspark.sql import SparkSession

    spark.conf.set("spark.sql.shuffle.partitions", "17")
    other = SparkSession.builder.remote(server.url).create()
    try:
        assert other.conf.get("spark.sql.shuffle.partitions") != "17"
    finally:
        other.stop()


def test_batches_honour_the_setting(spark):
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "3")
    client = spark.client
    frame = spark.range(10).repartition(1)
    plan = frame._plan.to_proto(client)
    sizes = [t.num_rows for t in client.to_table_as_iterator(plan, {}) if hasattr(t, "num_rows")]
    assert sum(sizes) == 10 and max(sizes) <= 3


def test_time_zone_of_the_session(spark):
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    assert (
        spark.sql("SELECT CAST(TIMESTAMP '2020-01-01 00:00:00Z' AS STRING)").first()[0]
        == "2020-01-01 09:00:00"
    )


def test_application_name(server, recwarn):
    """Every notebook sets it. Spark reports it as not modifiable, and takes it all the same."""
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote(server.url).appName("my notebook").create()
    try:
        assert session.conf.get("spark.app.name") == "my notebook"
        assert [str(warning.message) for warning in recwarn if "Failed to set" in str(warning.message)] == []
    finally:
        session.stop()


def test_unknown_keys_may_be_set(spark):
    spark.conf.set("my.own.key", "value")
    assert spark.conf.get("my.own.key") == "value"
    spark.conf.set("spark.my.own.key", "value")
    assert spark.conf.get("spark.my.own.key") == "value"
    spark.conf.unset("my.own.key")
    assert spark.conf.get("my.own.key", "gone") == "gone"
