"""Records the configuration of a live Apache Spark: every key it knows, with its default and what it refuses.

Keys are those that appear in PySpark's SQL sources, those that `SET -v` lists, and those that the classes of
Spark's own jars name. Defaults are the server's answers to Config.GetOption in a fresh session; rules are what
it says to values that hardly any key accepts. So nothing in the file comes from memory.
"""

import pathlib
import re
import zipfile

import pyspark
from harness import places
from pyspark.errors import PySparkException
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


def server_keys():
    """Every string of Spark's own classes that looks like a key."""
    keys = set()
    for jar in (places.spark_home() / "jars").glob("spark-*.jar"):
        if not jar.name.startswith(_JARS):
            continue
        with zipfile.ZipFile(jar) as classes:
            for name in classes.namelist():
                if name.endswith(".class"):
                    keys.update(key.decode() for key in _CONSTANT.findall(classes.read(name)))
    return keys


_JARS = ("spark-core", "spark-catalyst", "spark-sql", "spark-connect", "spark-common-utils", "spark-pipelines")
# A constant of a class file: its length in two bytes, then the text. Keys are shorter than 256 bytes.
_CONSTANT = re.compile(rb"\x01\x00.(spark\.[a-z][A-Za-z0-9_.]*[A-Za-z0-9])(?=[\x00-\x14])", re.DOTALL)


class Rules:
    """Asks a session's server what values a key takes: its type, its options or its lower bound."""

    GARBAGE = "no value of any key"
    # Smallest accepted values that are looked for, and what is refused below them.
    BOUNDS = ("-1", "0", "1", "2")
    NUMBERS = ("int", "long", "double", "bytes", "time")

    def __init__(self, session):
        self._session = session

    def refusal(self, key, value):
        """(condition, parameters) of the error that Set answers, or None."""
        try:
            self._session.conf.set(key, value)
        except PySparkException as error:
            return error.getCondition(), error.getMessageParameters() or {}
        self._session.conf.unset(key)
        return None

    def of(self, key):
        """The columns that describe the rule: its kind, its argument and the words of its refusal."""
        condition, parameters = self.refusal(key, self.GARBAGE) or ("", {})
        if condition in ("CANNOT_MODIFY_STATIC_CONFIG", "CANNOT_MODIFY_CONFIG"):
            return ("static" if condition == "CANNOT_MODIFY_STATIC_CONFIG" else "core", "", "")
        if condition == "INVALID_CONF_VALUE.OUT_OF_RANGE_OF_OPTIONS":
            options = parameters["confOptions"]
            first = options.split(", ")[0]
            any_case = not self.refusal(key, first.upper()) and not self.refusal(key, first.lower())
            return ("options in any case" if any_case else "options", options, "")
        if condition == "INVALID_CONF_VALUE.TYPE_MISMATCH":
            type_name = parameters["confType"]
            return (type_name, *self._bound(key, type_name)) if type_name.startswith(self.NUMBERS) else (type_name, "", "")
        return ("", "", "")

    def _bound(self, key, type_name):
        refusals = [self.refusal(key, value) for value in ("-2", *self.BOUNDS)]
        refused = [r is not None and r[0] == "INVALID_CONF_VALUE.REQUIREMENT" for r in refusals]
        first = refused.index(False) if False in refused else 0
        if first == 0 or any(refused[first:]) or (type_name == "double" and self.BOUNDS[first - 1] != "0"):
            return ("", "")  # No lower bound, or none that these values find.
        return (self.BOUNDS[first - 1], refusals[0][1]["confRequirement"])


def record(session):
    """The text of configuration.txt."""
    documented = {row.key for row in session.sql("SET -v").collect()}
    keys = sorted(client_keys() | documented | server_keys())
    values = dict(_ask(session, "get_option", keys=keys))
    modifiable = dict(_ask(session, "is_modifiable", keys=keys))
    rules = Rules(session)
    lines = [
        f"# Apache Spark {session.version}: configuration as a fresh Connect session answers it.",
        "# Written by record.py --configuration. Columns, separated by tabs: key, whether Config.IsModifiable, default,",
        "# then what Config.Set refuses: kind, argument, words.",
        "# <unset>: known or not, it has no value and no default. <machine>: it describes the server's machine or run.",
        "# Kinds: static and core (every value), options (all others than these), a type (what is none of it, and what",
        "# is less than the argument, in these words). Backslash, newline, carriage return and tab are escaped as in C.",
    ]
    for key in keys:
        rule = rules.of(key)
        if key not in documented and key not in client_keys() and values.get(key) is None and not any(rule):
            continue  # A string that only looks like a key.
        hidden = MACHINE_DEPENDENT.fullmatch(key) or _PATH.search(values.get(key) or "")
        value = "<machine>" if hidden else _escape(values.get(key))
        lines.append(f"{key}\t{modifiable[key]}\t{value}" + "".join(f"\t{_escape(part)}" for part in rule if part))
    return "\n".join(lines) + "\n"


_PATH = re.compile(r"^(file:)?/(tmp|home|root|var|usr|work)/")


def _escape(value):
    if value is None:
        return "<unset>"
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
