"""Where things are: the repository, the program under test, and the virtual environments of scripts/deps.sh.

Each place can be moved by an environment variable, so that a test run can point at another build.
"""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPS = pathlib.Path(os.environ.get("HEARTH_DEPS", ROOT / "build/deps"))
DATA = pathlib.Path(os.environ.get("HEARTH_TEST_DATA", ROOT / "build/data"))


def program():
    """The hearth program to test or measure."""
    return pathlib.Path(os.environ.get("HEARTH_PROGRAM", ROOT / "build/release/hearth"))


def spark_home():
    """The folder of the installed Apache Spark distribution (the full pyspark package)."""
    if "HEARTH_SPARK_HOME" in os.environ:
        return pathlib.Path(os.environ["HEARTH_SPARK_HOME"])
    found = sorted(DEPS.glob("spark/lib/python3*/site-packages/pyspark"))
    if not found:
        raise FileNotFoundError("Apache Spark is not installed: run scripts/deps.sh spark")
    return found[0]


def sail_program():
    path = pathlib.Path(os.environ.get("HEARTH_SAIL", DEPS / "sail/bin/sail"))
    if not path.exists():
        raise FileNotFoundError("Sail is not installed: run scripts/deps.sh sail")
    return path
