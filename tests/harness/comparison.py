"""Compares two answers to one query, given as Arrow tables that may come from engines with different type
rules.

Values are equal when they are the same; where one side is a floating point number they may differ by 1e-9
relatively, and by half a unit of the last digit that a decimal on the other side keeps (Spark's avg of a
decimal is a decimal, DuckDB's a double). Two decimals must be equal exactly. Rows are compared in the order
of `order_by`; rows that tie there are compared as a set, for SQL leaves their order open.
"""

import collections
import decimal
import math

import pyarrow as pa

RELATIVE = 1e-9


def difference(left, right, order_by=()):
    """None when the answers agree, else one line that says where they do not.

    order_by: names of output columns by which both answers are sorted; names that no column has are ignored.
    """
    if left.num_columns != right.num_columns:
        return f"{left.num_columns} columns against {right.num_columns}"
    if left.num_rows != right.num_rows:
        return f"{left.num_rows} rows against {right.num_rows}"
    inexact = [_inexact(a.type) or _inexact(b.type) for a, b in zip(left.columns, right.columns)]
    names = [name.lower() for name in left.column_names]
    keys = [names.index(name.lower()) for name in order_by if name.lower() in names]
    left_rows, right_rows = _rows(left), _rows(right)
    start = 0
    while start < len(left_rows):
        end = start + 1
        while end < len(left_rows) and all(_same(left_rows[end][k], left_rows[start][k]) for k in keys):
            end += 1
        for row in right_rows[start:end]:
            if not all(_same(row[k], left_rows[start][k]) for k in keys):
                return f"row {start + 1}: the order differs: {left_rows[start]} against {row}"
        missing = _unmatched(left_rows[start:end], right_rows[start:end], inexact)
        if missing:
            return f"rows {start + 1} to {end}: {missing[0]} against {missing[1]}"
        start = end
    return None


def _rows(table):
    columns = [column.to_pylist() for column in table.columns]
    return list(zip(*columns)) if columns else [()] * table.num_rows


def _inexact(arrow_type):
    return pa.types.is_floating(arrow_type)


def _unmatched(left, right, inexact):
    """A pair of rows that shows the two sets to differ, or None."""

    def bucket(row):
        return tuple(_exact_key(value) for value, skip in zip(row, inexact) if not skip)

    waiting = collections.defaultdict(list)
    for row in right:
        waiting[bucket(row)].append(row)
    for row in left:
        candidates = waiting[bucket(row)]
        for index, other in enumerate(candidates):
            if all(_same(a, b) for a, b in zip(row, other)):
                candidates.pop(index)
                break
        else:
            rest = candidates or [other for rows in waiting.values() for other in rows]
            return row, rest[0]
    return None


def _exact_key(value):
    if isinstance(value, decimal.Decimal):
        return ("number", value.normalize())
    if isinstance(value, int) and not isinstance(value, bool):
        return ("number", decimal.Decimal(value))
    return repr(value)


def _same(a, b):
    if a is None or b is None:
        return a is b
    if isinstance(a, float) or isinstance(b, float):
        if not isinstance(a, (int, float, decimal.Decimal)) or not isinstance(
            b, (int, float, decimal.Decimal)
        ):
            return False
        x, y = float(a), float(b)
        if math.isnan(x) or math.isnan(y):
            return math.isnan(x) and math.isnan(y)
        if x == y:
            return True
        return abs(x - y) <= RELATIVE * max(abs(x), abs(y)) + max(_half_digit(a), _half_digit(b))
    return a == b


def _half_digit(value):
    return 0.5 * 10.0 ** value.as_tuple().exponent if isinstance(value, decimal.Decimal) else 0.0
