"""Rows of the client: many of them come into bounded memory."""

import pathlib

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import SparkSession

from harness import servers

COLUMNS = 16


def family(pid):
    """The process and all its descendants."""
    found = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += family(int(child))
    return found


def gateway_and_engine(pid):
    """Without keepers, which hold no data."""
    return [p for p in family(pid) if b"keep" not in pathlib.Path(f"/proc/{p}/cmdline").read_bytes().split(b"\0")]


def peak_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) << 10
    raise RuntimeError(f"/proc/{pid}/status has no VmHWM")


def test_local_data_is_held_once_by_each_process(is_hearth):
    """A quarter of a gigabyte: the data and 128 MiB more, in gateway and engine."""
    if not is_hearth:
        pytest.skip("looks into the processes of hearth serve")
    data_bytes = 256 << 20
    frame = pd.DataFrame(
        np.random.default_rng(1).random((data_bytes // 8 // COLUMNS, COLUMNS)),
        columns=[f"c{i}" for i in range(COLUMNS)],
    )
    with servers.hearth_serve(options=["--memory", "1GiB"]) as serve:
        spark = SparkSession.builder.remote(serve.url).create()
        assert spark.range(1).count() == 1
        before = {pid: peak_bytes(pid) for pid in gateway_and_engine(serve.process.pid)}
        assert len(before) == 2
        rows = spark.createDataFrame(frame)
        assert rows.count() == len(frame)
        assert rows.selectExpr("max(c0)", "min(c15)").collect() == [(frame.c0.max(), frame.c15.min())]
        assert gateway_and_engine(serve.process.pid) == list(before)
        for pid, bytes_before in before.items():
            assert peak_bytes(pid) - bytes_before < data_bytes + (128 << 20)
        spark.stop()
