"""Config: every operation, for keys that are set, known, static, unknown and wrong."""

import pytest
from pyspark.sql.connect.proto import base_pb2 as base
from raw_session import sql_plan

Config = base.ConfigRequest
PARTITIONS = "spark.sql.shuffle.partitions"
STATIC = "spark.sql.warehouse.dir"


def answers(response):
    return {pair.key: pair.value if pair.HasField("value") else None for pair in response.pairs}



def with_default(session, key, value):
    request = Config.GetWithDefault(pairs=[base.KeyValue(key=key, value=value)])
    return answers(session.config(get_with_default=request))[key]


def test_get_answers_in_order(session):
    session.set_config({PARTITIONS: "7"})
    assert session.get_config("spark.sql.ansi.enabled", PARTITIONS) == ["true", "7"]


def test_get_of_an_unknown_key_fails(session, fails):
    with fails("SQL_CONF_NOT_FOUND") as caught:
        session.get_config("spark.sql.ansi.enabled", "no.such.key")
    assert caught[0].parameters == {"sqlConf": '"no.such.key"'}


def test_any_key_can_be_set(session):
    session.set_config({"my.own.key": "v"})
    assert session.get_config("my.own.key") == ["v"]


def test_get_option_knows_defaults_and_nothing_of_unknown_keys(session):
    keys = ["no.such.key", "spark.sql.ansi.enabled"]
    assert answers(session.config(get_option=Config.GetOption(keys=keys))) == {
        "no.such.key": None, "spark.sql.ansi.enabled": "true"}  # fmt: skip


def test_a_default_is_the_callers(session):
    session.set_config({PARTITIONS: "7"})
    assert with_default(session, "no.such.key", "d") == "d"
    assert with_default(session, "spark.sql.ansi.enabled", "false") == "false"
    assert with_default(session, PARTITIONS, "9") == "7"
    assert with_default(session, "no.such.key", None) is None


def test_a_default_must_be_a_value_of_its_key(session, fails):
    with fails("INVALID_CONF_VALUE.TYPE_MISMATCH"):
        with_default(session, "spark.sql.ansi.enabled", "perhaps")


def test_unset_goes_back_to_the_default_and_answers_nothing(session):
    session.set_config({PARTITIONS: "7"})
    response = session.config(unset=Config.Unset(keys=[PARTITIONS, "no.such.key"]))
    assert answers(response) == {}
    assert session.get_config(PARTITIONS) == ["200"]


def test_get_all_cuts_the_prefix_off(session):
    session.set_config({"my.own.key": "v", "my.other": "w"})
    assert answers(session.config(get_all=Config.GetAll(prefix="my.own."))) == {"key": "v"}
    assert answers(session.config(get_all=Config.GetAll(prefix="nothing."))) == {}
    assert answers(session.config(get_all=Config.GetAll())).items() >= {("my.own.key", "v"), ("my.other", "w")}


@pytest.mark.parametrize(
    ("key", "modifiable"),
    [(PARTITIONS, "true"), (STATIC, "false"), ("no.such.key", "false"), ("spark.executor.memory", "false")],
)
def test_is_modifiable(session, key, modifiable):
    assert answers(session.config(is_modifiable=Config.IsModifiable(keys=[key]))) == {key: modifiable}


@pytest.mark.parametrize(
    ("key", "condition"),
    [
        (STATIC, "CANNOT_MODIFY_STATIC_CONFIG"),
        ("spark.connect.grpc.binding.port", "CANNOT_MODIFY_STATIC_CONFIG"),
        ("spark.sql.globalTempDatabase", "CANNOT_MODIFY_STATIC_CONFIG"),
        ("spark.executor.memory", "CANNOT_MODIFY_CONFIG"),
        ("spark.driver.memory", "CANNOT_MODIFY_CONFIG"),
    ],
)
@pytest.mark.parametrize("operation", ["set", "unset"])
def test_what_cannot_change_is_refused(session, fails, key, condition, operation):
    with fails(condition) as caught:
        if operation == "set":
            session.set_config({key: "1"})
        else:
            session.config(unset=Config.Unset(keys=[key]))
    assert caught[0].parameters["key"] == f'"{key}"'
    assert caught[0].sql_state == "46110"


INVALID = [
    (PARTITIONS, "abc", "TYPE_MISMATCH", {"confType": "int"}),
    (PARTITIONS, "", "TYPE_MISMATCH", {"confType": "int"}),
    (PARTITIONS, "99999999999", "TYPE_MISMATCH", {"confType": "int"}),
    (PARTITIONS, "0", "REQUIREMENT", {"confRequirement": f"The value of {PARTITIONS} must be positive"}),
    ("spark.sql.ansi.enabled", "1", "TYPE_MISMATCH", {"confType": "boolean"}),
    ("spark.sql.session.timeZone", "Nowhere/Land", "TIME_ZONE", {}),
    ("spark.sql.session.timeZone", "pst", "TIME_ZONE", {}),
    ("spark.sql.session.timeZone", "PDT", "TIME_ZONE", {}),
    ("spark.sql.session.timeZone", "ROC", "TIME_ZONE", {}),
    ("spark.sql.session.timeZone", "posix/Europe/Berlin", "TIME_ZONE", {}),
    ("spark.sql.session.timeZone", "+18:30", "TIME_ZONE", {}),
    ("spark.sql.autoBroadcastJoinThreshold", "10zb", "TYPE_MISMATCH", {"confType": "bytes in BYTE"}),
    ("spark.sql.broadcastTimeout", "x", "TYPE_MISMATCH", {"confType": "time in SECONDS"}),
    ("spark.connect.progress.reportInterval", "x", "TYPE_MISMATCH", {"confType": "time in MILLISECONDS"}),
    ("spark.sql.cbo.joinReorder.card.weight", "x", "TYPE_MISMATCH", {"confType": "double"}),
    ("spark.sql.storeAssignmentPolicy", "nope", "OUT_OF_RANGE_OF_OPTIONS", {"confOptions": "ANSI, LEGACY, STRICT"}),
    ("spark.sql.timestampType", "x", "OUT_OF_RANGE_OF_OPTIONS", {"confOptions": "TIMESTAMP_NTZ, TIMESTAMP_LTZ"}),
]


@pytest.mark.parametrize(("key", "value", "what", "said"), INVALID)
def test_a_value_must_be_one_of_its_key(session, fails, key, value, what, said):
    before = session.get_config(key)
    with fails(f"INVALID_CONF_VALUE.{what}") as caught:
        session.set_config({key: value})
    assert caught[0].parameters == {"confName": key, "confValue": value, **said}
    assert caught[0].sql_state == "22022"
    assert session.get_config(key) == before


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (PARTITIONS, " 12 "),
        ("spark.sql.ansi.enabled", " TRUE "),
        ("spark.sql.session.timeZone", "+02:00"),
        ("spark.sql.autoBroadcastJoinThreshold", "-1"),
        ("spark.sql.autoBroadcastJoinThreshold", "10mb"),
        ("spark.sql.broadcastTimeout", "5m"),
        ("spark.sql.storeAssignmentPolicy", "ansi"),
        ("spark.app.name", "mine"),
    ],
)
def test_a_value_is_kept_as_it_was_written(session, key, value):
    session.set_config({key: value})
    assert session.get_config(key) == [value]


@pytest.mark.parametrize(
    ("zone", "clock"),
    [
        ("PST", "2023-11-14 14:13:20"),
        ("EST", "2023-11-14 17:13:20"),
        ("AST", "2023-11-14 13:13:20"),
        ("ACT", "2023-11-15 07:43:20"),
        ("UTC+1:30", "2023-11-14 23:43:20"),
        ("-00:30", "2023-11-14 21:43:20"),
    ],
)
def test_a_time_zone_may_have_a_short_name(session, zone, clock):
    session.set_config({"spark.sql.session.timeZone": zone})
    query = sql_plan("SELECT CAST(TIMESTAMP'2023-11-14 22:13:20Z' AS STRING)")
    assert session.execute(query).rows() == [(clock,)]


def test_what_fails_in_a_set_ends_it(session, fails):
    with fails("CANNOT_MODIFY_STATIC_CONFIG"):
        session.set_config({PARTITIONS: "6", STATIC: "/x", "my.key": "v"})
    assert session.get_config(PARTITIONS) == ["6"]
    with fails("SQL_CONF_NOT_FOUND"):
        session.get_config("my.key")


def test_a_silent_set_warns_and_goes_on(session):
    response = session.set_config({STATIC: "/x", PARTITIONS: "5"}, silent=True)
    assert [warning.split(" due to ")[0] for warning in response.warnings] == [f"Failed to set {STATIC} to Some(/x)"]
    assert session.get_config(PARTITIONS) == ["5"]


def test_a_value_must_be_given(session, fails):
    with fails("") as caught:
        session.config(set=Config.Set(pairs=[base.KeyValue(key="k")]))
    assert caught[0].message == "requirement failed: value cannot be null for key: k"


def test_an_operation_must_be_given(session, fails):
    with fails("") as caught:
        session.config()
    assert caught[0].classes[0] == "java.lang.UnsupportedOperationException"


def test_settings_by_sql_and_by_config_are_the_same(session):
    session.sql(f"SET {PARTITIONS}=11")
    assert session.get_config(PARTITIONS) == ["11"]
    session.sql(f"RESET {PARTITIONS}")
    assert session.get_config(PARTITIONS) == ["200"]
