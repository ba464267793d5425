"""Streams that the server ends early: the client reattaches again and again, and no row is lost or repeated."""

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from harness import servers


@pytest.fixture(
    scope="module",
    params=[["--stream-bytes", "64KiB"], ["--stream-duration-ms", "20"]],
    ids=["bytes", "duration"],
)
def spark(request, is_hearth):
    if not is_hearth:
        pytest.skip("the limits are flags of hearth engine")
    with servers.hearth_engine(options=request.param) as engine:
        session = SparkSession.builder.remote(engine.url).create()
        session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "2000")
        yield session
        session.stop()


def test_every_row_once_and_in_order(spark):
    ids = spark.range(200_000).toArrow().column("id").combine_chunks()
    assert ids.equals(pa.array(range(200_000), pa.int64()))


def test_an_error_in_the_end_is_not_lost(spark):
    with pytest.raises(Exception, match="DIVIDE_BY_ZERO"):
        spark.sql("SELECT 1 / (id - 199999) FROM range(200000)").collect()
