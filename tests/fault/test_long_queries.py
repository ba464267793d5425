"""What never ends is kept apart from the rest."""

import pytest
from pyspark.errors import PySparkException

from watching import Background, connect, eventually, operation

ENDLESS = "SELECT max(a.id * b.id % 7) AS m FROM range(1000000) a CROSS JOIN range(100000000) b"


@pytest.fixture
def beside_endless(start):
    """A server where an endless query runs on the first cluster, and a session that was there before it."""
    server = start("--clusters", 2)
    spark, hog = connect(server), connect(server)
    spark.range(7).createOrReplaceGlobalTempView("everywhere")
    assert operation(server, "create_dataframe_view")["cluster"] == "native-1"
    endless = Background(lambda: hog.sql(ENDLESS).collect())
    # A cluster with an endless query is known as such a quarter of a second later.
    eventually(lambda: cluster_of(server, connect(server).range(3).count) == "native-2", 30)
    yield server, spark
    hog.interruptAll()
    with pytest.raises(PySparkException, match="OPERATION_CANCELED"):
        endless.result()


def cluster_of(server, action):
    action()
    return operation(server, "aggregate")["cluster"]


def test_others_run_on_another_cluster(beside_endless):
    server, _ = beside_endless
    for _ in range(3):
        assert cluster_of(server, connect(server).range(3).count) == "native-2"


def test_sessions_with_global_views_stay_where_those_are(beside_endless):
    server, spark = beside_endless
    assert cluster_of(server, spark.table("global_temp.everywhere").count) == "native-1"
    another = connect(server)
    assert cluster_of(server, another.range(3).count) == "native-2"
    assert another.sql("SELECT count(*) AS n FROM global_temp.everywhere").first().n == 7
    assert operation(server, "sql")["cluster"] == "native-1"
    another.table("global_temp.everywhere").createTempView("mine")
    assert cluster_of(server, another.table("mine").count) == "native-1"
    clone = another.cloneSession()
    assert cluster_of(server, clone.table("mine").count) == "native-1"
    assert another.catalog.dropGlobalTempView("everywhere")
    with pytest.raises(PySparkException, match="TABLE_OR_VIEW_NOT_FOUND"):
        spark.table("global_temp.everywhere").count()
