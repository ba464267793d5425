"""AnalyzePlan: every question, and what is no question."""

import pytest
from pyspark.sql.connect.proto import base_pb2 as base
from pyspark.sql.connect.proto import common_pb2 as common
from raw_session import range_plan, sql_command, sql_plan

Analyze = base.AnalyzePlanRequest
Mode = Analyze.Explain.ExplainMode


def schema_of(session, plan):
    return session.analyze(schema=Analyze.Schema(plan=plan)).schema.schema


def names(schema):
    return [field.name for field in schema.struct.fields]


def test_schema(session):
    schema = schema_of(session, sql_plan("SELECT 1 AS a, 'x' AS b, CAST(NULL AS DECIMAL(5, 2)) AS c"))
    assert names(schema) == ["a", "b", "c"]
    assert [field.data_type.WhichOneof("kind") for field in schema.struct.fields] == ["integer", "string", "decimal"]
    assert [field.nullable for field in schema.struct.fields] == [False, False, True]


def test_a_command_has_no_schema(session, fails):
    with fails("CONNECT_INVALID_PLAN.INVALID_ONE_OF_FIELD_NOT_SET"):
        schema_of(session, sql_command("SELECT 1"))


def test_analysis_fails_as_execution_would(session, fails):
    with fails("UNRESOLVED_COLUMN.WITH_SUGGESTION") as caught:
        schema_of(session, sql_plan("SELECT idd FROM range(3)"))
    assert caught[0].parameters == {"objectName": "`idd`", "proposal": "`id`"}
    with fails("PARSE_SYNTAX_ERROR") as caught:
        schema_of(session, sql_plan("SELEC 1"))
    assert caught[0].classes[0] == "org.apache.spark.sql.catalyst.parser.ParseException"


@pytest.mark.parametrize(
    ("mode", "headings"),
    [
        ("SIMPLE", ["Physical Plan"]),
        ("FORMATTED", ["Physical Plan"]),
        ("EXTENDED", ["Parsed Logical Plan", "Analyzed Logical Plan", "Optimized Logical Plan", "Physical Plan"]),
        ("COST", ["Optimized Logical Plan", "Physical Plan"]),
    ],
)
def test_explain(session, mode, headings):
    request = Analyze.Explain(plan=range_plan(3), explain_mode=Mode.Value(f"EXPLAIN_MODE_{mode}"))
    text = session.analyze(explain=request).explain.explain_string
    assert [line.strip("= ") for line in text.splitlines() if line.startswith("==")] == headings


def test_explain_of_generated_code_counts_it(session):
    request = Analyze.Explain(plan=range_plan(3), explain_mode=Mode.EXPLAIN_MODE_CODEGEN)
    assert "WholeStageCodegen subtrees." in session.analyze(explain=request).explain.explain_string


def test_explain_of_cost_has_statistics(session):
    request = Analyze.Explain(plan=range_plan(3), explain_mode=Mode.EXPLAIN_MODE_COST)
    assert "Statistics(sizeInBytes=" in session.analyze(explain=request).explain.explain_string


def test_explain_needs_a_mode(session, fails):
    with fails("") as caught:
        session.analyze(explain=Analyze.Explain(plan=range_plan(3)))
    assert caught[0].message == "Unknown Explain Mode EXPLAIN_MODE_UNSPECIFIED!"


def test_tree_string(session):
    plan = sql_plan("SELECT 1 AS a, struct(2 AS x) AS b")
    whole = session.analyze(tree_string=Analyze.TreeString(plan=plan)).tree_string.tree_string
    assert whole == (
        "root\n |-- a: integer (nullable = false)\n |-- b: struct (nullable = false)\n"
        " |    |-- x: integer (nullable = false)\n"
    )
    top = session.analyze(tree_string=Analyze.TreeString(plan=plan, level=1)).tree_string.tree_string
    assert top == "root\n |-- a: integer (nullable = false)\n |-- b: struct (nullable = false)\n"


def test_is_local(session):
    assert not session.analyze(is_local=Analyze.IsLocal(plan=range_plan(3))).is_local.is_local


def test_is_streaming(session):
    assert not session.analyze(is_streaming=Analyze.IsStreaming(plan=range_plan(3))).is_streaming.is_streaming


def test_input_files_of_no_files(session):
    assert not session.analyze(input_files=Analyze.InputFiles(plan=range_plan(3))).input_files.files


def test_spark_version(session):
    assert session.analyze(spark_version=Analyze.SparkVersion()).spark_version.version == "4.2.1"


def test_ddl_parse(session):
    parsed = session.analyze(ddl_parse=Analyze.DDLParse(ddl_string="a INT, b STRING NOT NULL")).ddl_parse.parsed
    assert names(parsed) == ["a", "b"]
    assert [field.nullable for field in parsed.struct.fields] == [True, False]
    single = session.analyze(ddl_parse=Analyze.DDLParse(ddl_string="array<int>")).ddl_parse.parsed
    assert single.array.element_type.WhichOneof("kind") == "integer"


def test_json_to_ddl(session):
    json = '{"type":"struct","fields":[{"name":"a b","type":"integer","nullable":false,"metadata":{}}]}'
    answer = session.analyze(json_to_ddl=Analyze.JsonToDDL(json_string=json)).json_to_ddl
    assert answer.ddl_string == "`a b` INT NOT NULL"


@pytest.mark.parametrize(("other", "same"), [(range_plan(3), True), (range_plan(4), False)])
def test_same_semantics(session, other, same):
    request = Analyze.SameSemantics(target_plan=range_plan(3), other_plan=other)
    assert session.analyze(same_semantics=request).same_semantics.result == same


def test_semantic_hash(session):
    def semantic_hash(plan):
        return session.analyze(semantic_hash=Analyze.SemanticHash(plan=plan)).semantic_hash.result

    assert semantic_hash(range_plan(3)) == semantic_hash(range_plan(3)) != semantic_hash(range_plan(4))


def test_persist_reports_its_level(session):
    relation = range_plan(100 + hash(session.session_id) % 1000000).root
    level = common.StorageLevel(use_memory=True, replication=2)

    def reported():
        answer = session.analyze(get_storage_level=Analyze.GetStorageLevel(relation=relation))
        return answer.get_storage_level.storage_level

    nothing = reported()
    assert (nothing.use_disk, nothing.use_memory) == (False, False)
    session.analyze(persist=Analyze.Persist(relation=relation, storage_level=level))
    assert reported() == level
    session.analyze(unpersist=Analyze.Unpersist(relation=relation, blocking=True))
    assert reported() == nothing


def test_persist_without_a_level_is_memory_and_disk(session):
    relation = range_plan(200 + hash(session.session_id) % 1000000).root
    session.analyze(persist=Analyze.Persist(relation=relation))
    answer = session.analyze(get_storage_level=Analyze.GetStorageLevel(relation=relation))
    level = answer.get_storage_level.storage_level
    session.analyze(unpersist=Analyze.Unpersist(relation=relation))
    assert (level.use_disk, level.use_memory, level.deserialized, level.replication) == (True, True, True, 1)


def test_a_question_must_be_asked(session, fails):
    with fails("CONNECT_INVALID_PLAN.UNKNOWN_ANALYZE_METHOD"):
        session.analyze()
