"""One scenario with every client that is said to work: PySpark of four lines, the Scala client, a Rust client.

Each client is a program of its own in an environment of its own (scripts/deps.sh client-*), which runs against
`hearth engine` alone and through `hearth serve`. HEARTH_TEST_URL=sc://HOST:PORT runs it against an Apache Spark that is
already there, which proves the scenario.
"""

import os
import pathlib
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from harness import places, servers  # noqa: E402

pytestmark = pytest.mark.long

OUTSIDE = os.environ.get("HEARTH_TEST_URL")


@pytest.fixture(scope="module", params=["outside"] if OUTSIDE else ["engine", "serve"])
def url(request):
    if OUTSIDE:
        yield OUTSIDE
        return
    with {"engine": servers.hearth_engine, "serve": servers.hearth_serve}[request.param]() as server:
        yield server.url


@pytest.fixture
def parquet_file(tmp_path):
    file = tmp_path / "given.parquet"
    pq.write_table(pa.table({"k": range(10), "v": [f"row {i}" for i in range(10)]}), file)
    return file


def run(arguments, **options):
    """Runs a program to its end and returns what it printed, which a failure shows."""
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    assert done.returncode == 0, f"{arguments[0]} ended with {done.returncode}\n{done.stdout}"
    return done.stdout


def install(component):
    run([places.ROOT / "scripts/deps.sh", component], env={**os.environ, "HEARTH_DEPS": str(places.DEPS)})
    return places.DEPS / component


def run_client(arguments):
    output = run(arguments, timeout=300)
    assert "\npassed: " in output, output


@pytest.mark.parametrize("component", ["client-3.5", "client-4.0", "client-4.1", "client"])
def test_pyspark(url, component, tmp_path):
    python = install(component) / "bin/python"
    run_client([python, HERE / "scenario.py", url, tmp_path, *(["--spark"] if OUTSIDE else [])])


def test_scala(url, parquet_file):
    install("client-scala")
    jars = places.spark_home() / "jars"
    (client,) = jars.glob("connect-repl/spark-connect-client-jvm_*.jar")
    java = ["java", "--add-opens=java.base/java.nio=ALL-UNNAMED", "-cp", f"{client}:{jars}/*"]
    run_client([*java, HERE / "ScalaClient.java", url, parquet_file])


def test_rust(url, parquet_file):
    target = install("client-rust")
    build = ["cargo", "build", "--quiet", "--manifest-path", HERE / "rust/Cargo.toml"]
    run(build, env={**os.environ, "CARGO_TARGET_DIR": str(target)})
    run_client([target / "debug/rust-client", url, parquet_file])
