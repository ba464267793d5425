"""Errors as PySpark users catch them, and the shape of a decline."""

import json

import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from pyspark.errors import (
    AnalysisException,
    ArithmeticException,
    ParseException,
    UnsupportedOperationException,
)
from pyspark.sql import functions as F


class LastErrorInfo:
    """Keeps the google.rpc.ErrorInfo of a session's last failed RPC, which PySpark drops."""

    def __init__(self, spark):
        self.info, self.message, handle = None, None, spark.client._handle_rpc_error

        def keep(rpc_error):
            status = rpc_status.from_call(rpc_error)
            for detail in status.details if status else ():
                if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
                    self.info, self.message = (
                        error_details_pb2.ErrorInfo.FromString(detail.value),
                        status.message,
                    )
            handle(rpc_error)

        spark.client._handle_rpc_error = keep


def test_parse_error(spark):
    with pytest.raises(ParseException) as caught:
        spark.sql("SELECT 1 FORM t WHERE")
    assert caught.value.getCondition() == "PARSE_SYNTAX_ERROR"
    assert caught.value.getSqlState() == "42601"
    assert "(line 1, pos" in str(caught.value)


def test_unresolved_column(spark):
    with pytest.raises(AnalysisException) as caught:
        spark.range(1).select("idd").collect()
    assert caught.value.getCondition() == "UNRESOLVED_COLUMN.WITH_SUGGESTION"
    assert caught.value.getMessageParameters()["objectName"] == "`idd`"
    assert caught.value.getMessageParameters()["proposal"] == "`id`"


def test_table_not_found(spark):
    with pytest.raises(AnalysisException) as caught:
        spark.table("no_such_table").collect()
    assert caught.value.getCondition() == "TABLE_OR_VIEW_NOT_FOUND"


def test_error_while_running(spark):
    with pytest.raises(ArithmeticException) as caught:
        spark.sql("SELECT id / (id - 500) FROM range(1000)").collect()
    assert caught.value.getCondition() == "DIVIDE_BY_ZERO"
    (context,) = caught.value.getQueryContext()
    assert context.fragment() == "id / (id - 500)"
    assert (context.startIndex(), context.stopIndex()) == (7, 21)


def test_error_info_names_the_java_classes(spark):
    last = LastErrorInfo(spark)
    with pytest.raises(AnalysisException):
        spark.range(1).select("idd").collect()
    assert last.info.domain == "org.apache.spark"
    assert "org.apache.spark.sql.AnalysisException" in json.loads(last.info.metadata["classes"])
    assert last.info.metadata["errorClass"] == "UNRESOLVED_COLUMN.WITH_SUGGESTION"
    assert last.info.metadata["sqlState"] == "42703"
    assert last.message.startswith("[UNRESOLVED_COLUMN.WITH_SUGGESTION]")


def test_session_works_after_errors(spark):
    for _ in range(3):
        with pytest.raises(ParseException):
            spark.sql("SELEC")
    assert spark.range(2).count() == 2


def unsupported(spark):
    """A plan that the native engine cannot run: it has no Python workers."""
    return spark.range(3).select(F.udf(lambda x: x + 1, "bigint")("id"))


@pytest.mark.parametrize(
    "act", [lambda frame: frame.collect(), lambda frame: frame.schema], ids=["execute", "analyze"]
)
def test_shape_of_a_decline(spark, is_hearth, act):
    if not is_hearth:
        pytest.skip("only Hearth declines")
    last = LastErrorInfo(spark)
    with pytest.raises(UnsupportedOperationException) as caught:
        act(unsupported(spark))
    assert caught.value.getCondition().startswith("UNSUPPORTED_FEATURE")
    assert "hearth.decline" in last.info.metadata
    assert "org.apache.spark.SparkUnsupportedOperationException" in json.loads(last.info.metadata["classes"])


def test_decline_has_no_effect_on_the_session(spark, is_hearth):
    if not is_hearth:
        pytest.skip("only Hearth declines")
    spark.range(4).createOrReplaceTempView("kept")
    with pytest.raises(UnsupportedOperationException):
        unsupported(spark).collect()
    assert spark.table("kept").count() == 4
