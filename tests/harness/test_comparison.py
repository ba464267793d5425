"""The comparison must see what differs and forgive only what SQL leaves open."""

import decimal

import pyarrow as pa

from harness import tpch
from harness.comparison import difference

D = decimal.Decimal


def table(**columns):
    return pa.table(columns)


def test_equal_tables_do_not_differ():
    a = table(k=[1, 2], v=["x", None])
    assert difference(a, a) is None


def test_counts_of_rows_and_columns_matter():
    assert "rows" in difference(table(k=[1]), table(k=[1, 1]))
    assert "columns" in difference(table(k=[1]), table(k=[1], j=[1]))


def test_doubles_may_differ_in_the_tenth_digit_only():
    assert difference(table(x=[1.0]), table(x=[1.0 + 5e-10])) is None
    assert difference(table(x=[1.0]), table(x=[1.0 + 2e-9])) is not None
    assert difference(table(x=[float("nan")]), table(x=[float("nan")])) is None


def test_decimals_are_exact_but_a_double_is_compared_at_the_decimals_scale():
    assert difference(table(x=[D("1.10")]), table(x=[D("1.100")])) is None
    assert difference(table(x=[D("1.10")]), table(x=[D("1.11")])) is not None
    assert difference(table(x=[D("0.049986")]), table(x=[0.0499858])) is None
    assert difference(table(x=[D("0.049986")]), table(x=[0.0499870])) is not None


def test_null_is_neither_zero_nor_empty():
    assert difference(table(x=pa.array([None], pa.int64())), table(x=[0])) is not None
    assert difference(table(x=pa.array([None], pa.string())), table(x=[""])) is not None


def test_integer_widths_do_not_matter():
    assert (
        difference(table(x=pa.array([5], pa.int32())), table(x=pa.array([5], pa.decimal128(38, 0)))) is None
    )


def test_without_order_rows_are_a_bag():
    assert difference(table(x=[1, 2, 2]), table(x=[2, 1, 2])) is None
    assert difference(table(x=[1, 2, 2]), table(x=[1, 1, 2])) is not None


def test_with_order_only_ties_may_change_places():
    left = table(k=[1, 1, 2], v=["a", "b", "c"])
    assert difference(left, table(k=[1, 1, 2], v=["b", "a", "c"]), ["k"]) is None
    assert "order" in difference(left, table(k=[1, 2, 1], v=["a", "c", "b"]), ["k"])
    assert difference(left, table(k=[1, 1, 2], v=["b", "b", "c"]), ["k"]) is not None


def test_knows_the_order_of_every_tpch_query():
    texts = tpch.query_texts()
    keys = {number: tpch.order_by(text) for number, text in texts.items()}
    assert sorted(texts) == list(tpch.QUERIES)
    assert keys[1] == ["l_returnflag", "l_linestatus"]
    assert keys[3] == ["revenue", "o_orderdate"]
    assert [number for number, names in keys.items() if not names] == [6, 14, 17, 19]
