"""Writes tests/fuzz/arrow_seeds: small Arrow IPC streams of every type and encoding that a client can send.

Run it with the client environment after adding a case: build/deps/client/bin/python tests/fuzz/make_arrow_seeds.py
"""

import datetime
import decimal
import pathlib

import pyarrow as pa

FOLDER = pathlib.Path(__file__).resolve().parent / "arrow_seeds"

FLAT = {
    "integers": pa.table({"a": pa.array([1, None, 3], pa.int8()), "b": pa.array([1, 2, None], pa.int64())}),
    "unsigned": pa.table({"a": pa.array([1, 2], pa.uint32())}),
    "reals": pa.table({"a": pa.array([1.5, None], pa.float32()), "b": pa.array([1.5, None], pa.float64())}),
    "booleans": pa.table({"a": [True, None, False] * 5}),
    "text": pa.table({"a": ["x", None, "é", ""], "b": pa.array(["long", "", None, "y"], pa.large_string())}),
    "binary": pa.table({"a": [b"x", None], "b": pa.array([b"abc", b"def"], pa.binary(3))}),
    "decimals": pa.table({"a": pa.array([decimal.Decimal("1.23"), None], pa.decimal128(10, 2))}),
    "dates": pa.table({"a": [datetime.date(2020, 2, 29), None]}),
    "timestamps": pa.table(
        {
            "a": pa.array([1, None], pa.timestamp("us", "UTC")),
            "b": pa.array([1, 2], pa.timestamp("us")),
            "c": pa.array([1, 2], pa.timestamp("ns", "Europe/Berlin")),
        }
    ),
    "durations": pa.table({"a": pa.array([1, None], pa.duration("us"))}),
    "nulls": pa.table({"a": pa.nulls(3)}),
    "lists": pa.table({"a": [[1, 2], None, []], "b": [[["x"], None], [], None]}),
    "large_lists": pa.table({"a": pa.array([[1, 2], None, []], pa.large_list(pa.int32()))}),
    "fixed_lists": pa.table({"a": pa.array([[1, 2], None], pa.list_(pa.int32(), 2))}),
    "maps": pa.table({"a": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int32()))}),
    "structs": pa.table({"a": [{"x": 1, "y": {"z": "t"}}, None]}),
    "dictionary": pa.table({"a": pa.array(["x", "y", "x", None]).dictionary_encode()}),
    "no_columns": pa.table({}),
    "no_rows": pa.table({"a": pa.array([], pa.int32())}),
}


def stream(table, **options):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def main():
    FOLDER.mkdir(exist_ok=True)
    seeds = {name: stream(table) for name, table in FLAT.items()}
    for codec in ("lz4", "zstd"):
        for name in ("integers", "text", "lists", "dictionary"):
            seeds[f"{name}_{codec}"] = stream(FLAT[name], compression=codec)
    seeds["two_streams"] = seeds["integers"] * 2
    seeds["two_batches"] = stream(pa.concat_tables([FLAT["text"], FLAT["text"]]))
    for name, content in seeds.items():
        (FOLDER / f"{name}.arrow").write_bytes(content)


if __name__ == "__main__":
    main()
