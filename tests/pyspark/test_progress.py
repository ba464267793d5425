"""The progress of a query, as PySpark's handlers see it."""


def test_a_handler_sees_a_query_begin_grow_and_end(spark, tpch_folder):
    spark.conf.set("spark.connect.progress.reportInterval", "20ms")
    seen = []

    def handler(stages, inflight_tasks, operation_id, done):
        seen.append((sum(stage.num_completed_tasks for stage in stages), inflight_tasks, operation_id, done))

    spark.registerProgressHandler(handler)
    lines = spark.read.parquet(f"{tpch_folder}/lineitem.parquet")
    orders = spark.read.parquet(f"{tpch_folder}/orders.parquet")
    many = lines.union(lines).union(lines).union(lines)  # so that a fast machine is seen on its way
    pairs = many.join(orders, many.l_suppkey == orders.o_custkey)
    assert pairs.selectExpr("concat(l_comment, o_comment) AS both").distinct().count() > 0
    spark.removeProgressHandler(handler)
    counts = [count for count, *_ in seen]
    assert counts == sorted(counts)
    assert len(set(counts)) >= 3
    assert {done for *_, done in seen[:-1]} == {False}
    assert seen[-1][3]
    assert len({operation for _, _, operation, _ in seen}) == 1
