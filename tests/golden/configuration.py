"""Records the configuration of a live Apache Spark: every key a PySpark client can ask for, with its default.

Keys are those that appear as string literals in PySpark's SQL sources, and those that `SET -v` lists. The
values are the server's answers to Config.GetOption in a fresh session, so nothing in the file comes from
memory.
"""

import pathlib
import re

import pyspark
from pyspark.sql.connect import proto

# Their value says where and when the server ran, not what Spark's default is.
MACHINE_DEPENDENT = re.compile(
    r"spark\.(app\.(id|name|startTime|submitTime|initial\..*)|driver\.(host|port|memory|extraJavaOptions)"
    r"|executor\.(id|extraJavaOptions)|master|jars|repl\.local\.jars|submit\..*|ui\..*|connect\.grpc\.binding\..*"
    r"|sql\.session\.timeZone|sql\.warehouse\.dir|hadoop\..*|rdd\..*|serializer\..*)"
)
_KEY = re.compile(
    r"""["'](spark\.(?:sql|connect|executor|scheduler|shuffle|hadoop|python|app|default|task|ui)(?:\.\w+)+)["'=]"""
)


def client_keys():
    """Every configuration key named in PySpark's SQL sources."""
    sources = pathlib.Path(pyspark.__file__).parent / "sql"
    keys = set()
    for path in sources.rglob("*.py"):
        if path.parent.name != "proto":
            keys.update(_KEY.findall(path.read_text()))
    return keys


def _ask(session, field, **values):
    operation = proto.ConfigRequest.Operation()
    getattr(operation, field).keys.extend(values["keys"])
    return session.client.config(operation).pairs


def record(session):
    """The text of configuration.txt."""
    documented = {row.key for row in session.sql("SET -v").collect()}
    keys = sorted(client_keys() | documented)
    values = dict(_ask(session, "get_option", keys=keys))
    modifiable = dict(_ask(session, "is_modifiable", keys=keys))
    lines = [
        f"# Apache Spark {session.version}: configuration as a fresh Connect session answers it.",
        "# Written by record.py --configuration. Columns, separated by tabs: key, whether Config.Set may change it, value.",
        "# <unset>: known or not, it has no value and no default. <machine>: the value describes the server's machine or run.",
        "# Backslash, newline, carriage return and tab are escaped as in C.",
    ]
    for key in keys:
        value = "<machine>" if MACHINE_DEPENDENT.fullmatch(key) else _escape(values.get(key))
        lines.append(f"{key}\t{modifiable[key]}\t{value}")
    return "\n".join(lines) + "\n"


def _escape(value):
    if value is None:
        return "<unset>"
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
