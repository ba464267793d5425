"""DataFrame.observe: observed metrics in the responses of ExecutePlan."""

import pytest
from pyspark.sql.connect.proto import base_pb2 as base
from pyspark.sql.connect.proto import expressions_pb2 as expressions
from pyspark.sql.connect.proto import relations_pb2 as relations
from raw_session import kinds_of, range_plan, sql_plan, view_command

Relation = relations.Relation


def expression(text):
    return expressions.Expression(expression_string=expressions.Expression.ExpressionString(expression=text))


def numbers(end, partitions=1):
    return range_plan(end, partitions=partitions).root


def rows_of(sql):
    return sql_plan(sql).root


def observe(relation, name, *metrics, plan_id=None):
    observed = Relation(
        collect_metrics=relations.CollectMetrics(
            input=relation, name=name, metrics=[expression(metric) for metric in metrics]
        )
    )
    if plan_id is not None:
        observed.common.plan_id = plan_id
    return observed


def where(relation, condition):
    return Relation(filter=relations.Filter(input=relation, condition=expression(condition)))


def limit(relation, rows):
    return Relation(limit=relations.Limit(input=relation, limit=rows))


def grouped(relation, *keys):
    aggregate = relations.Aggregate(
        input=relation,
        group_type=relations.Aggregate.GROUP_TYPE_GROUPBY,
        grouping_expressions=[expression(key) for key in keys],
        aggregate_expressions=[expression("count(1) AS n")],
    )
    return Relation(aggregate=aggregate)


def ordered(relation, key, ascending=False):
    order = expressions.Expression.SortOrder(
        child=expression(key),
        direction=1 if ascending else 2,  # SORT_DIRECTION_ASCENDING, SORT_DIRECTION_DESCENDING
        null_ordering=expressions.Expression.SortOrder.SORT_NULLS_LAST,
    )
    return Relation(sort=relations.Sort(input=relation, order=[order], is_global=True))


def joined(left, right, kind):
    return Relation(join=relations.Join(left=left, right=right, join_type=kind, using_columns=["id"]))


def metrics_of(stream):
    """{name: {key: value}} of all that was observed."""
    told = [metrics for response in stream.responses for metrics in response.observed_metrics]
    return {metrics.name: dict(zip(metrics.keys, map(value_of, metrics.values), strict=True)) for metrics in told}


def value_of(literal):
    kind = literal.WhichOneof("literal_type")
    if kind == "null":
        return None
    if kind == "array":
        return [value_of(element) for element in literal.array.elements]
    if kind == "struct":
        return tuple(value_of(element) for element in literal.struct.elements)
    if kind == "map":
        return dict(zip(map(value_of, literal.map.keys), map(value_of, literal.map.values), strict=True))
    if kind == "decimal":
        return (literal.decimal.value, literal.decimal.precision, literal.decimal.scale)
    return getattr(literal, kind)


@pytest.fixture
def run(session):
    """run(relation) executes it and gives its stream."""
    return lambda relation: session.execute(base.Plan(root=relation))


@pytest.fixture
def metrics(run):
    """metrics(relation) executes it and gives what was observed."""
    return lambda relation: metrics_of(run(relation))


COUNT = "count(1) AS n"


def test_metrics_come_after_the_result_and_before_its_end(run):
    stream = run(observe(numbers(10), "a", COUNT, "sum(id) AS s", "max(id)", plan_id=7))
    assert stream.kinds() == ["schema", "arrow_batch", "metrics", "observed_metrics", "result_complete"]
    (told,) = [one for response in stream.responses for one in response.observed_metrics]
    assert (told.name, told.plan_id, list(told.keys)) == ("a", 7, ["n", "s", "max(id)"])
    assert [value.long for value in told.values] == [10, 45, 9]
    assert not told.HasField("root_error_idx")
    assert stream.rows() == [(i,) for i in range(10)]


def test_all_of_several_observations_come_in_one_response(run):
    stream = run(observe(where(observe(numbers(10), "a", COUNT), "id > 5"), "b", COUNT, "min(id) AS low"))
    (response,) = [one for one in stream.responses if "observed_metrics" in kinds_of(one)]
    assert [told.name for told in response.observed_metrics] == ["a", "b"]
    assert metrics_of(stream) == {"a": {"n": 10}, "b": {"n": 4, "low": 6}}


@pytest.mark.parametrize("relation", ["range(0)", "range(5) WHERE id > 100"])
def test_no_rows_are_observed_too(metrics, relation):
    observed = observe(rows_of(f"SELECT * FROM {relation}"), "a", COUNT, "sum(id) AS s", "avg(id) AS m")
    assert metrics(observed) == {"a": {"n": 0, "s": None, "m": None}}


def test_an_aggregate_of_nothing_keeps_its_type(run):
    observed = observe(rows_of("SELECT id, CAST(id AS DECIMAL(10,2)) AS d FROM range(0)"), "a", "sum(id)", "max(d)")
    (told,) = [one for response in run(observed).responses for one in response.observed_metrics]
    assert told.values[0].null.HasField("long")
    assert (told.values[1].null.decimal.precision, told.values[1].null.decimal.scale) == (10, 2)


VALUES = {
    "max(id)": 2,
    "max(CAST(id AS INT))": 2,
    "max(CAST(id AS SMALLINT))": 2,
    "max(CAST(id AS TINYINT))": 2,
    "max(id > 1)": True,
    "max(CAST(id AS STRING))": "2",
    "max(X'00FF')": b"\x00\xff",
    "max(CAST(id / 2 AS DOUBLE))": 1.0,
    "max(CAST(id AS FLOAT))": 2.0,
    "max(CAST(id AS DECIMAL(10,2)))": ("2.00", 3, 2),
    "min(CAST(id AS DECIMAL(10,2)))": ("0.00", 1, 2),
    "avg(CAST(id AS DECIMAL(10,2)))": ("1.000000", 7, 6),
    "max(CAST(1E-9BD AS DECIMAL(38,18)))": ("1.000000000E-9", 10, 18),
    "min(CAST(id AS DECIMAL(10,9)))": ("0E-9", 1, 9),
    "first(array(id, NULL))": [0, None],
    "first(named_struct('a', id, 'b', 'x'))": (0, "x"),
    "max(DATE'2020-01-01')": 18262,
    "max(TIMESTAMP'2020-01-01 00:00:00Z')": 1577836800000000,
    "max(TIMESTAMP_NTZ'2020-01-01 00:00:00')": 1577836800000000,
    "stddev(id)": 1.0,
    "count_if(id > 1)": 1,
    "3": 3,
    "'q'": "q",
    "sum(id) + count(1)": 6,
    "CASE WHEN count(1) > 2 THEN 'many' ELSE 'few' END": "many",
}


@pytest.mark.parametrize("metric", VALUES)
def test_a_metric_of_each_kind(metrics, metric):
    assert metrics(observe(numbers(3), "a", f"{metric} AS x")) == {"a": {"x": VALUES[metric]}}


# ---- what stands above ----


def test_what_only_passes_rows_on_changes_nothing(metrics):
    projected = Relation(project=relations.Project(input=observe(numbers(10), "a", COUNT), expressions=[expression("1")]))
    assert metrics(projected) == {"a": {"n": 10}}
    assert metrics(ordered(observe(numbers(10), "a", COUNT), "id")) == {"a": {"n": 10}}
    assert metrics(grouped(observe(numbers(10), "a", COUNT))) == {"a": {"n": 10}}
    assert metrics(grouped(observe(numbers(10), "a", COUNT), "id % 3")) == {"a": {"n": 10}}


def test_a_filter_above_sees_what_is_left(metrics):
    assert metrics(where(observe(numbers(10), "a", COUNT), "id > 5")) == {"a": {"n": 10}}
    assert metrics(where(observe(numbers(10), "a", COUNT), "id > 500")) == {"a": {"n": 10}}


def test_a_union_observes_its_sides(metrics):
    union = Relation(
        set_op=relations.SetOperation(
            left_input=observe(numbers(4), "l", COUNT, plan_id=1),
            right_input=observe(numbers(6), "r", COUNT, plan_id=2),
            set_op_type=relations.SetOperation.SET_OP_TYPE_UNION,
            is_all=True,
        )
    )
    assert metrics(union) == {"l": {"n": 4}, "r": {"n": 6}}


def test_the_side_that_an_outer_join_keeps_is_observed(metrics):
    left = joined(observe(numbers(10), "a", COUNT), numbers(3), relations.Join.JOIN_TYPE_LEFT_OUTER)
    assert metrics(left) == {"a": {"n": 10}}
    right = joined(numbers(3), observe(numbers(10), "a", COUNT), relations.Join.JOIN_TYPE_RIGHT_OUTER)
    assert metrics(right) == {"a": {"n": 10}}


def test_a_limit_that_cuts_nothing_off_changes_nothing(metrics):
    assert metrics(limit(observe(numbers(10), "a", COUNT), 20)) == {"a": {"n": 10}}


def test_a_limit_above_a_sort_or_an_aggregate_sees_all_rows(metrics):
    assert metrics(limit(ordered(observe(numbers(10), "a", COUNT), "id"), 2)) == {"a": {"n": 10}}
    assert metrics(limit(grouped(observe(numbers(10), "a", COUNT), "id"), 2)) == {"a": {"n": 10}}


def test_rows_below_a_limit_are_observed(metrics):
    assert metrics(observe(limit(numbers(10), 3), "a", COUNT, "sum(id) AS s")) == {"a": {"n": 3, "s": 3}}


def test_show_observes_what_it_shows(run):
    shown = Relation(show_string=relations.ShowString(input=observe(numbers(10), "a", COUNT), num_rows=20, truncate=20))
    stream = run(shown)
    assert metrics_of(stream) == {"a": {"n": 10}}
    assert stream.kinds()[-2:] == ["observed_metrics", "result_complete"]


def test_a_view_tells_what_it_is_made_with_and_nothing_when_it_is_read(session):
    made = session.execute(view_command("v", observe(numbers(10), "a", COUNT, plan_id=3)))
    (told,) = [one for response in made.responses for one in response.observed_metrics]
    assert (told.name, told.plan_id, list(told.keys), list(told.values)) == ("a", 3, [], [])
    read = session.execute(sql_plan("SELECT count(*) FROM v"))
    assert read.rows() == [(10,)]
    assert metrics_of(read) == {}


DEPENDS = {
    "a limit that cuts": lambda observed: limit(observed, 3),
    "a limit of none": lambda observed: limit(observed, 0),
    "show of more": lambda observed: Relation(show_string=relations.ShowString(input=observed, num_rows=5, truncate=20)),
    "an inner join": lambda observed: joined(observed, numbers(3), relations.Join.JOIN_TYPE_INNER),
    "the other side of an outer join": lambda observed: joined(
        numbers(3), observed, relations.Join.JOIN_TYPE_LEFT_OUTER
    ),
    "a contradiction": lambda observed: where(observed, "id <> id"),
    "two conditions that exclude each other": lambda observed: where(where(observed, "id = 5"), "id = 6"),
    "an aggregation of nothing": lambda observed: grouped(where(observed, "id > 500"), "id"),
    "a limit of rows that come sorted": lambda observed: limit(ordered(observed, "id", ascending=True), 2),
    "tail": lambda observed: Relation(tail=relations.Tail(input=observed, limit=2)),
}


@pytest.mark.parametrize("shape", DEPENDS)
@pytest.mark.better("what Spark tells here depends on partitions and on its optimizer")
def test_what_depends_on_partitions_is_declined(run, fails, shape):
    with fails("UNSUPPORTED_FEATURE") as caught:
        run(DEPENDS[shape](observe(numbers(10), "a", COUNT)))
    assert "observed metrics" in caught[0].metadata["hearth.decline"]


# ---- errors ----


REFUSED = {
    "id": ("NON_AGGREGATE_FUNC_ARG_IS_ATTRIBUTE", '"id"'),
    "id + 1 AS x": ("NON_AGGREGATE_FUNC_ARG_IS_ATTRIBUTE", '"(id + 1) AS x"'),
    "id + sum(id) AS x": ("NON_AGGREGATE_FUNC_ARG_IS_ATTRIBUTE", '"(id + sum(id)) AS x"'),
    "count(DISTINCT id) AS x": ("AGGREGATE_EXPRESSION_WITH_DISTINCT_UNSUPPORTED", '"count(DISTINCT id) AS x"'),
    "sum(id) FILTER (WHERE id > 3) AS x": (
        "AGGREGATE_EXPRESSION_WITH_FILTER_UNSUPPORTED", '"sum(id) FILTER (WHERE (id > 3)) AS x"'),
    "sum(sum(id)) AS x": ("NESTED_AGGREGATES_UNSUPPORTED", '"sum(sum(id)) AS x"'),
    "sum(id) OVER () AS x": (
        "WINDOW_EXPRESSIONS_UNSUPPORTED",
        '"sum(id) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS x"'),
}  # fmt: skip


@pytest.mark.parametrize("metric", REFUSED)
def test_what_is_no_metric_is_refused(run, fails, metric):
    condition, text = REFUSED[metric]
    with fails(f"INVALID_OBSERVED_METRICS.{condition}") as caught:
        run(observe(numbers(10), "a", metric))
    assert caught[0].parameters == {"expr": text}
    assert caught[0].sql_state == "42K0E"
    assert caught[0].classes[:2] == [
        "org.apache.spark.sql.catalyst.ExtendedAnalysisException", "org.apache.spark.sql.AnalysisException"]  # fmt: skip


def test_a_column_that_is_not_there(run, fails):
    with fails("UNRESOLVED_COLUMN.WITH_SUGGESTION"):
        run(observe(numbers(10), "a", "sum(nope)"))


def test_two_observations_share_no_name(run, fails):
    with fails("DUPLICATED_METRICS_NAME") as caught:
        run(observe(observe(numbers(10), "a", COUNT, plan_id=1), "a", COUNT, plan_id=2))
    assert caught[0].parameters == {"metricName": "a"}
    assert caught[0].sql_state == "42710"


def test_one_dataframe_twice_is_one_observation(metrics):
    same = observe(numbers(10), "a", COUNT, plan_id=1)
    union = Relation(
        set_op=relations.SetOperation(
            left_input=same, right_input=same, set_op_type=relations.SetOperation.SET_OP_TYPE_UNION, is_all=True
        )
    )
    assert metrics(union) == {"a": {"n": 10}}


def test_an_observation_needs_a_name_and_metrics(run, session):
    with pytest.raises(Exception, match="requirement failed: Name must not be empty"):
        run(observe(numbers(10), "", COUNT))
    with pytest.raises(Exception, match="Found the unresolved operator: 'CollectMetrics a"):
        run(observe(numbers(10), "a"))


def test_an_error_at_a_row_is_the_querys(run, fails):
    with fails("DIVIDE_BY_ZERO"):
        run(observe(numbers(10), "a", "sum(1 / id) AS x"))


def test_an_error_in_what_is_made_of_the_aggregates_is_told_instead(run):
    stream = run(observe(numbers(10), "a", "1 / sum(id * 0) AS x"))
    assert stream.rows() == [(i,) for i in range(10)]
    (told,) = [one for response in stream.responses for one in response.observed_metrics]
    assert (list(told.keys), list(told.values), told.root_error_idx) == ([], [], 0)
    assert told.errors[0].spark_throwable.error_class == "DIVIDE_BY_ZERO"
    assert told.errors[0].error_type_hierarchy[:2] == [
        "org.apache.spark.SparkArithmeticException", "java.lang.ArithmeticException"]  # fmt: skip
    (context,) = told.errors[0].spark_throwable.query_contexts
    assert context.fragment == "1 / sum(id * 0)"
