"""Arrow streams that lie about themselves, as local data of a plan and as a cached block."""

import hashlib
import struct
import zlib

import pyarrow as pa
import pytest
import requests_of_all_rpcs as valid
from harness import places
from pyspark.sql.connect.proto import base_pb2 as base

SEEDS = {path.stem: path.read_bytes() for path in sorted((places.ROOT / "tests/fuzz/arrow_seeds").glob("*.arrow"))}


def ask(victim, stream):
    relation = valid.relations.Relation(local_relation={"data": stream})
    return victim.ask("ExecutePlan", valid.execute(base.Plan(root=relation)))


def test_the_seeds_are_read_or_declined(victim):
    assert len(SEEDS) > 20
    read = 0
    for stream in SEEDS.values():
        answer = ask(victim, stream)
        answer.check_is_sparks()
        assert answer.ok or answer.condition == "UNSUPPORTED_FEATURE", answer.message
        if answer.ok:
            read += 1
    assert read > 15


def lies(stream, chance, count):
    """Copies with a number or two changed, mostly to what a count, an offset or a length cannot be."""
    numbers = [0, 1, -1, 7, 1 << 20, (1 << 31) - 1, -(1 << 31)]
    for _ in range(count):
        content = bytearray(stream)
        for _ in range(chance.randint(1, 2)):
            at = chance.randrange(len(content) // 4) * 4
            (old,) = struct.unpack_from("<i", content, at)
            new = chance.choice([*numbers, old + 1, old - 1, old + 8, old * 8, ~old])
            struct.pack_into("<I", content, at, new & 0xFFFFFFFF)
        yield bytes(content)


def refuse_lies(victim, chance, count):
    for name, stream in SEEDS.items():
        for content in lies(stream, chance, count):
            answer = ask(victim, content)
            try:
                answer.check_is_sparks()
            except AssertionError as error:
                raise AssertionError(f"{name} {content.hex()}: {error}") from None


def test_numbers_that_lie(victim, chance):
    refuse_lies(victim, chance, 20)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_many_numbers_that_lie(victim, chance):
    refuse_lies(victim, chance, 1000)


def test_streams_that_are_cut(victim):
    for stream in (SEEDS["text"], SEEDS["lists"], SEEDS["text_zstd"]):
        for end in range(0, len(stream), 24):
            ask(victim, stream[:end]).check_is_sparks()


def test_buffers_that_claim_gigabytes(victim):
    """A compressed buffer says how large it will be. Nobody believes it."""
    content = bytearray(SEEDS["text_zstd"])
    found = 0
    at = content.find(b"\x28\xb5\x2f\xfd")
    while at >= 0:
        struct.pack_into("<q", content, at - 8, (1 << 31) - 1)
        found += 1
        at = content.find(b"\x28\xb5\x2f\xfd", at + 1)
    assert found >= 2
    before = victim.holdings()[0]
    answer = ask(victim, bytes(content) * 100)
    assert answer.condition == "CONNECT_INVALID_PLAN.CANNOT_PARSE" and "3 GiB" in answer.message, answer.message
    assert victim.holdings()[0] - before < 200 << 20


@pytest.mark.parametrize("levels", [40, 50, 200])
def test_types_nested_beyond_reason(victim, levels):
    """flatcc's verifier took 2^50 steps for fifty levels, and nothing could stop it."""
    kind = pa.int32()
    for _ in range(levels):
        kind = pa.list_(kind)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, pa.schema([("a", kind)])):
        pass
    answer = ask(victim, sink.getvalue().to_pybytes())
    assert answer.ok == (levels == 40)
    answer.check_is_sparks()


@pytest.mark.parametrize("content", [b"", b"\xff" * 100, SEEDS["text"]], ids=["empty", "noise", "not_a_relation"])
def test_cached_blocks_that_are_no_relation(victim, content):
    name = hashlib.sha256(content).hexdigest()
    chunk = {"data": content, "crc": zlib.crc32(content)}
    upload = base.AddArtifactsRequest(**valid.ids(), batch={"artifacts": [{"name": f"cache/{name}", "data": chunk}]})
    assert victim.ask("AddArtifacts", upload.SerializeToString()).ok
    relation = valid.relations.Relation(cached_local_relation={"hash": name})
    answer = victim.ask("ExecutePlan", valid.execute(base.Plan(root=relation)))
    answer.check_is_sparks()
    chunked = valid.relations.Relation(chunked_cached_local_relation={"dataHashes": [name]})
    victim.ask("ExecutePlan", valid.execute(base.Plan(root=chunked))).check_is_sparks()


def test_uploads_that_contradict_themselves(victim):
    def upload(**fields):
        return victim.ask("AddArtifacts", base.AddArtifactsRequest(**valid.ids(), **fields).SerializeToString())

    huge = {"name": "cache/x", "total_bytes": 1 << 62, "num_chunks": 1 << 40, "initial_chunk": {"data": b"x"}}
    none = {"name": "cache/x", "total_bytes": -5, "num_chunks": -1, "initial_chunk": {"data": b"x"}}
    for fields in (
        {"begin_chunk": huge},
        {"begin_chunk": none},
        {"chunk": {"data": b"of nothing"}},
        {"batch": {"artifacts": [{"name": "../../etc/passwd", "data": {"data": b"x"}}]}},
        {"batch": {"artifacts": [{"name": "", "data": {}}]}},
        {"batch": {}},
        {},
    ):
        answer = upload(**fields)
        assert answer.ok or answer.message, fields
