"""Errors: what the trailer says, and what FetchErrorDetails tells once."""

import uuid

import pytest
from pyspark.sql.connect.proto import base_pb2 as base
from pyspark.sql.connect.proto import expressions_pb2 as expressions
from raw_session import range_plan, sql_plan

Context = base.FetchErrorDetailsResponse.QueryContext


@pytest.fixture
def division(session, fails):
    with fails("DIVIDE_BY_ZERO") as caught:
        session.execute(sql_plan("SELECT 1/0"))
    return caught[0]


def test_the_status_is_internal_and_says_the_condition(division):
    assert division.code.name == "INTERNAL"
    assert division.message.startswith("[DIVIDE_BY_ZERO] Division by zero.")
    assert division.status.message == division.message


def test_the_trailer_tells_class_condition_state_and_parameters(division):
    assert division.info.domain == "org.apache.spark"
    assert division.info.reason == "org.apache.spark.SparkArithmeticException"
    assert division.classes == [
        "org.apache.spark.SparkArithmeticException", "java.lang.ArithmeticException", "java.lang.RuntimeException",
        "java.lang.Exception", "java.lang.Throwable", "java.lang.Object"]  # fmt: skip
    assert division.sql_state == "22012"
    assert division.parameters == {"config": '"spark.sql.ansi.enabled"'}
    assert "stackTrace" not in division.metadata


def test_details_tell_the_whole_error(session, division):
    details = session.fetch_error(division.error_id)
    (error,) = details.errors
    assert details.root_error_idx == 0
    assert list(error.error_type_hierarchy) == division.classes
    assert error.message == division.message
    assert not error.HasField("cause_idx")
    assert error.spark_throwable.error_class == "DIVIDE_BY_ZERO"
    assert error.spark_throwable.sql_state == "22012"
    assert dict(error.spark_throwable.message_parameters) == division.parameters


def test_details_tell_where_in_the_text(session, division):
    (context,) = session.fetch_error(division.error_id).errors[0].spark_throwable.query_contexts
    assert context.context_type == Context.SQL
    assert (context.fragment, context.start_index, context.stop_index) == ("1/0", 7, 9)
    assert context.summary == "== SQL (line 1, position 8) ==\nSELECT 1/0\n       ^^^\n"


def from_python(part, fragment, line):
    """Marks an expression with the place of a program that made it, as PySpark does."""
    part.common.origin.python_origin.fragment = fragment
    part.common.origin.python_origin.call_site = f"ada/job.py:{line}"
    return part


def divided_by(divisor):
    """spark.range(3).select(col("id") / divisor), made at lines of a program."""
    plan = range_plan(3)
    plan.root.project.input.CopyFrom(range_plan(3).root)
    division = from_python(plan.root.project.expressions.add(), "__truediv__", 7)
    division.unresolved_function.function_name = "/"
    column = from_python(division.unresolved_function.arguments.add(), "col", 6)
    column.unresolved_attribute.unparsed_identifier = "id"
    division.unresolved_function.arguments.add().CopyFrom(divisor)
    return plan


def test_details_tell_which_call_of_the_program(session, fails):
    zero = from_python(expressions.Expression(literal=expressions.Expression.Literal(integer=0)), "lit", 7)
    with fails("DIVIDE_BY_ZERO") as caught:
        session.execute(divided_by(zero))
    summary = '== DataFrame ==\n"__truediv__" was called from\nada/job.py:7\n'
    assert caught[0].message.endswith(summary)
    (context,) = session.fetch_error(caught[0].error_id).errors[0].spark_throwable.query_contexts
    assert context.context_type == Context.DATAFRAME
    assert (context.fragment, context.call_site, context.summary) == ("__truediv__", "ada/job.py:7", summary)
    assert (context.object_type, context.object_name, context.start_index) == ("", "", 0)


def test_details_tell_which_call_names_what_is_not_there(session, fails):
    nope = from_python(expressions.Expression(), "col", 9)
    nope.unresolved_attribute.unparsed_identifier = "nope"
    with fails("UNRESOLVED_COLUMN.WITH_SUGGESTION") as caught:
        session.execute(divided_by(nope))
    (context,) = session.fetch_error(caught[0].error_id).errors[0].spark_throwable.query_contexts
    assert (context.fragment, context.call_site) == ("col", "ada/job.py:9")


def test_details_are_told_once(session, division):
    session.fetch_error(division.error_id)
    again = session.fetch_error(division.error_id)
    assert not again.HasField("root_error_idx")
    assert not again.errors


@pytest.mark.parametrize(
    "content, words",
    [
        (b"PAR1", "file:{path} is not a Parquet file (length is too low: 4)"),
        (b"PAR1 nonsense", "file:{path} is not a Parquet file. Expected magic number at tail, but found [101, 110, 115, 101]"),
        (b"PAR1 no footer" + b"\xe8\x03\0\0PAR1", "corrupted file: the footer index is not within the file: -986"),
        (b"PAR1 no footer" + b"\xfb\xff\xff\xffPAR1", "footer is too large: 4294967291to be read"),
    ],
    ids=["short", "magic", "index", "length"],
)
def test_details_tell_what_caused_it(session, fails, tmp_path, content, words):
    """Each error of the chain points to the next."""
    path = tmp_path / "bad.parquet"
    path.write_bytes(content)
    with fails("FAILED_TO_CREATE_PLAN_FOR_DIRECT_QUERY") as caught:
        session.execute(sql_plan(f"SELECT * FROM parquet.`{path}`"))
    errors = session.fetch_error(caught[0].error_id).errors
    assert [error.spark_throwable.error_class for error in errors] == [
        "FAILED_TO_CREATE_PLAN_FOR_DIRECT_QUERY", "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER", ""]  # fmt: skip
    assert [error.error_type_hierarchy[0] for error in errors] == [
        "org.apache.spark.sql.AnalysisException", "org.apache.spark.SparkException", "java.lang.RuntimeException"]  # fmt: skip
    assert [error.cause_idx if error.HasField("cause_idx") else None for error in errors] == [1, 2, None]
    assert errors[2].message == words.format(path=path)


@pytest.mark.parametrize("error_id", [str(uuid.uuid4()), "no uuid", ""])
def test_details_of_nothing_are_empty(session, error_id):
    details = session.fetch_error(error_id)
    assert not details.HasField("root_error_idx")
    assert not details.errors


def test_details_are_a_sessions_own(session, division):
    other = session.elsewhere(session_id=str(uuid.uuid4()))
    assert not other.fetch_error(division.error_id).errors
    assert session.fetch_error(division.error_id).errors


def test_an_error_may_be_poor(session, fails):
    session.set_config({"spark.sql.connect.enrichError.enabled": "false"})
    with fails("DIVIDE_BY_ZERO") as caught:
        session.execute(sql_plan("SELECT 1/0"))
    assert caught[0].error_id == ""


@pytest.mark.parametrize(
    ("text", "condition", "exception"),
    [
        ("SELECT nope FROM range(1)", "UNRESOLVED_COLUMN.WITH_SUGGESTION",
         "org.apache.spark.sql.catalyst.ExtendedAnalysisException"),
        ("SELEC 1", "PARSE_SYNTAX_ERROR", "org.apache.spark.sql.catalyst.parser.ParseException"),
        ("SELECT CAST('x' AS INT)", "CAST_INVALID_INPUT", "org.apache.spark.SparkNumberFormatException"),
        ("SELECT * FROM nope", "TABLE_OR_VIEW_NOT_FOUND", "org.apache.spark.sql.catalyst.ExtendedAnalysisException"),
    ],
)  # fmt: skip
def test_each_error_is_of_sparks_class(session, fails, text, condition, exception):
    with fails(condition) as caught:
        session.execute(sql_plan(text))
    assert caught[0].classes[0] == exception
    error = session.fetch_error(caught[0].error_id).errors[0]
    assert error.spark_throwable.error_class == condition
    assert error.error_type_hierarchy[0] == exception


def test_parameters_that_are_too_long_come_with_the_details_only(session, fails):
    name = "c" * 1500
    with fails("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION") as caught:
        session.execute(sql_plan(f"SELECT {name}"))
    assert "errorClass" not in caught[0].metadata
    assert "messageParameters" not in caught[0].metadata
    throwable = session.fetch_error(caught[0].error_id).errors[0].spark_throwable
    assert throwable.message_parameters["objectName"] == f"`{name}`"


def test_a_message_that_is_too_long_is_cut_in_the_status_only(session, fails):
    with fails("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION") as caught:
        session.execute(sql_plan(f"SELECT {'c' * 5000}"))
    assert len(caught[0].message) == 2048
    assert caught[0].message.endswith("...")
    assert len(session.fetch_error(caught[0].error_id).errors[0].message) > 5000


def test_an_error_of_the_protocol_has_details_too(session, fails):
    session.server_side_id()
    with fails("INVALID_HANDLE.OPERATION_NOT_FOUND") as caught:
        session.reattach(str(uuid.uuid4())).read()
    error = session.fetch_error(caught[0].error_id).errors[0]
    assert error.error_type_hierarchy[0] == "org.apache.spark.SparkSQLException"


@pytest.mark.parametrize(
    "kind, fields, condition",
    [
        ("decimal", dict(precision=0, scale=-1), "NEGATIVE_SCALE_DISALLOWED"),
        ("decimal", dict(precision=3, scale=5), "_LEGACY_ERROR_TEMP_1228"),
        ("decimal", dict(precision=39, scale=0), "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION"),
        ("year_month_interval", dict(start_field=1, end_field=0), "_LEGACY_ERROR_TEMP_1224"),
        ("day_time_interval", dict(start_field=3, end_field=1), "_LEGACY_ERROR_TEMP_1224"),
        ("time", dict(precision=7), "UNSUPPORTED_TIME_PRECISION"),
    ],
)
def test_a_type_that_cannot_be_is_refused(session, fails, kind, fields, condition):
    plan = base.Plan()
    plan.root.to_schema.input.CopyFrom(range_plan(1).root)
    field = plan.root.to_schema.schema.struct.fields.add(name="a", nullable=True)
    getattr(field.data_type, kind).MergeFrom(type(getattr(field.data_type, kind))(**fields))
    with fails(condition):
        session.execute(plan)
    assert len(session.execute(range_plan(3)).rows()) == 3


def test_an_unknown_method_is_unimplemented(session):
    call = session.channel.unary_unary("/spark.connect.SparkConnectService/Nope")
    with pytest.raises(Exception, match="UNIMPLEMENTED") as caught:
        call(b"", timeout=10)
    assert caught.value.details() == "Method not found: spark.connect.SparkConnectService/Nope"
