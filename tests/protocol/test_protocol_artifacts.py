"""AddArtifacts and ArtifactStatus: batches, chunks, checksums, names; local data sent ahead."""

import hashlib
import zlib

import pyarrow as pa
import pytest
from pyspark.sql.connect.proto import base_pb2 as base
from pyspark.sql.connect.proto import relations_pb2 as relations

Request = base.AddArtifactsRequest


def chunk(data, crc=None):
    return Request.ArtifactChunk(data=data, crc=zlib.crc32(data) if crc is None else crc)


def single(session, name, data=b"hello", crc=None):
    artifact = Request.SingleChunkArtifact(name=name, data=chunk(data, crc))
    return Request(**session.ids(), batch=Request.Batch(artifacts=[artifact]))


def chunked(session, name, parts, *, count=None, total=None, bad=None):
    """The requests that upload `parts`; the checksum of the part at index `bad` is wrong."""
    crc = {bad: 7}
    begin = Request.BeginChunkedArtifact(
        name=name, total_bytes=sum(map(len, parts)) if total is None else total,
        num_chunks=len(parts) if count is None else count, initial_chunk=chunk(parts[0], crc.get(0)))  # fmt: skip
    return [Request(**session.ids(), begin_chunk=begin)] + [
        Request(**session.ids(), chunk=chunk(part, crc.get(index))) for index, part in enumerate(parts[1:], 1)
    ]


def added(session, requests):
    return [(one.name, one.is_crc_successful) for one in session.add_artifacts(requests).artifacts]


BLOCK = "cache/" + "a" * 64


@pytest.mark.parametrize("name", [BLOCK, "jars/x.jar", "files/a.txt", "pyfiles/m.py", "classes/A.class", "pyfiles/a/m.py"])
def test_an_artifact_is_taken(session, name):
    assert added(session, [single(session, name)]) == [(name, True)]


def test_the_reply_names_the_session(session):
    response = session.add_artifacts([single(session, BLOCK)])
    assert response.session_id == session.session_id
    assert response.server_side_session_id == session.server_side_id()


def test_several_come_in_one_call(session):
    requests = [single(session, "files/a"), *chunked(session, BLOCK, [b"ab", b"c"]), single(session, "files/b")]
    assert added(session, requests) == [("files/a", True), (BLOCK, True), ("files/b", True)]


def test_status_knows_blocks_only(session):
    session.add_artifacts([single(session, BLOCK), single(session, "files/a.txt")])
    other = "cache/" + "b" * 64
    assert session.artifact_statuses(BLOCK, other, "files/a.txt") == {BLOCK: True, other: False, "files/a.txt": False}
    assert session.artifact_statuses() == {}


def test_a_block_is_a_sessions_own(session):
    session.add_artifacts([single(session, BLOCK)])
    assert session.elsewhere(user="other").artifact_statuses(BLOCK) == {BLOCK: False}


def test_chunks_are_put_together(session):
    assert added(session, chunked(session, BLOCK, [b"ab", b"cd", b"e"])) == [(BLOCK, True)]
    assert session.artifact_statuses(BLOCK) == {BLOCK: True}


@pytest.mark.parametrize("bad", [0, 1])
def test_a_wrong_checksum_is_told_and_the_artifact_forgotten(session, bad):
    assert added(session, chunked(session, BLOCK, [b"ab", b"cd"], bad=bad)) == [(BLOCK, False)]
    assert session.artifact_statuses(BLOCK) == {BLOCK: False}
    assert added(session, [single(session, BLOCK, crc=7)]) == [(BLOCK, False)]
    assert added(session, [single(session, BLOCK)]) == [(BLOCK, True)]


@pytest.mark.parametrize("name", ["", "/etc/x", "../x", "files/../../x", "classes/../../../x"])
def test_a_name_that_leads_elsewhere_is_refused(session, fails, name):
    with fails("INVALID_ARTIFACT_PATH") as caught:
        session.add_artifacts([single(session, name)])
    assert caught[0].parameters == {"name": name}
    assert caught[0].sql_state == "22023"


def test_a_name_that_stays_inside_is_taken(session):
    assert added(session, [single(session, "files/a/../b")]) == [("files/a/../b", True)]


@pytest.mark.parametrize("name", ["jars/x.jar", "files/a.txt", "pyfiles/m.py"])
def test_an_artifact_is_not_overwritten(session, fails, name):
    session.add_artifacts([single(session, name)])
    assert added(session, [single(session, name)]) == [(name, True)]
    with fails("ARTIFACT_ALREADY_EXISTS") as caught:
        session.add_artifacts([single(session, name, b"other")])
    assert caught[0].parameters == {"normalizedRemoteRelativePath": name}
    assert caught[0].sql_state == "42713"


def test_a_class_is_overwritten(session):
    session.add_artifacts([single(session, "classes/A.class")])
    assert added(session, [single(session, "classes/A.class", b"other")]) == [("classes/A.class", True)]


def test_a_chunk_of_nothing_is_refused(session, fails):
    with fails("") as caught:
        session.add_artifacts([Request(**session.ids(), chunk=chunk(b"x"))])
    assert caught[0].message == "requirement failed"


def test_an_artifact_ends_before_the_next_begins(session, fails):
    with fails(""):
        session.add_artifacts([chunked(session, BLOCK, [b"ab", b"cd"])[0], single(session, "files/a")])


@pytest.mark.parametrize(
    ("announced", "message"),
    [
        ({"count": 2, "total": 100}, "Missing data chunks for artifact"),
        ({"count": 0}, "Excessive data chunks for artifact"),
    ],
)
def test_chunks_are_as_many_as_announced(session, fails, announced, message):
    with fails("") as caught:
        session.add_artifacts(chunked(session, BLOCK, [b"ab", b"cd"], **announced))
    assert caught[0].message.startswith(message)
    assert caught[0].classes[0] == "java.lang.RuntimeException"


# ---- local data sent ahead ----


def stream_of(table):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def upload(session, content):
    digest = hashlib.sha256(content).hexdigest()
    session.add_artifacts([single(session, f"cache/{digest}", content)])
    return digest


def test_a_cached_local_relation_is_read(session):
    local = relations.LocalRelation(data=stream_of(pa.table({"a": [1, 2]})), schema="a BIGINT")
    digest = upload(session, local.SerializeToString())
    plan = base.Plan(root=relations.Relation(cached_local_relation=relations.CachedLocalRelation(hash=digest)))
    assert session.execute(plan).rows() == [(1,), (2,)]


def test_a_chunked_local_relation_is_read(session):
    digests = [upload(session, stream_of(pa.table({"a": [i, i + 1]}))) for i in (1, 3)]
    schema = upload(session, b"a BIGINT")
    relation = relations.ChunkedCachedLocalRelation(dataHashes=digests, schemaHash=schema)
    plan = base.Plan(root=relations.Relation(chunked_cached_local_relation=relation))
    assert sorted(session.execute(plan).rows()) == [(1,), (2,), (3,), (4,)]


def test_a_block_that_is_not_there_is_told(session, fails):
    missing = "0" * 64
    plan = base.Plan(root=relations.Relation(cached_local_relation=relations.CachedLocalRelation(hash=missing)))
    with fails("CONNECT_INVALID_PLAN.CANNOT_FIND_CACHED_LOCAL_RELATION") as caught:
        session.execute(plan)
    assert caught[0].parameters == {"hash": missing}
    chunks = relations.ChunkedCachedLocalRelation(dataHashes=[missing])
    with fails("CONNECT_INVALID_PLAN.NOT_FOUND_CHUNKED_CACHED_LOCAL_RELATION"):
        session.execute(base.Plan(root=relations.Relation(chunked_cached_local_relation=chunks)))
    nothing = relations.ChunkedCachedLocalRelation()
    with fails("CONNECT_INVALID_PLAN.CHUNKED_CACHED_LOCAL_RELATION_WITHOUT_DATA"):
        session.execute(base.Plan(root=relations.Relation(chunked_cached_local_relation=nothing)))
