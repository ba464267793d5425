"""The progress of a query, as PySpark's handlers see it."""

import functools


def seen_of(spark, query):
    """What a handler was told while the query ran: tasks completed, tasks in flight, operation, done."""
    seen = []

    def handler(stages, inflight_tasks, operation_id, done):
        seen.append((sum(stage.num_completed_tasks for stage in stages), inflight_tasks, operation_id, done))

    spark.registerProgressHandler(handler)
    assert query.count() > 0
    spark.removeProgressHandler(handler)
    return seen


def test_a_handler_sees_a_query_begin_grow_and_end(spark, tpch_folder):
    spark.conf.set("spark.connect.progress.reportInterval", "20ms")
    lines = spark.read.parquet(f"{tpch_folder}/lineitem.parquet")
    orders = spark.read.parquet(f"{tpch_folder}/orders.parquet")
    for copies in (4, 8, 16, 32):  # until it is long enough for this machine
        many = functools.reduce(lambda all_, more: all_.union(more), [lines] * copies)
        pairs = many.join(orders, many.l_suppkey == orders.o_custkey)
        seen = seen_of(spark, pairs.selectExpr("concat(l_comment, o_comment) AS both").distinct())
        counts = [count for count, *_ in seen]
        if len(set(counts)) >= 3:
            break
    assert counts == sorted(counts)
    assert len(set(counts)) >= 3
    assert {done for *_, done in seen[:-1]} == {False}
    assert seen[-1][3]
    assert len({operation for _, _, operation, _ in seen}) == 1
