"""Connections that are not used as they should be: the port stays open to everyone else."""

import resource
import socket
import struct
import time

import grpc
import pytest
import requests_of_all_rpcs as valid
from victim import SERVICE

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\0\0\0\4\0\0\0\0\0"


def tcp(victim):
    host, port = victim.server.endpoint.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=10)


def frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def headers_frame(path, stream=1):
    """HEADERS of a gRPC call, written without compression."""

    def text(value):
        assert len(value) < 127
        return bytes([len(value)]) + value.encode()

    names = [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "x"),
             ("content-type", "application/grpc"), ("te", "trailers")]  # fmt: skip
    return frame(1, 4, stream, b"".join(b"\0" + text(name) + text(value) for name, value in names))


def begun_call(victim, method):
    """A connection on which a call has begun and no message has come yet."""
    connection = tcp(victim)
    connection.sendall(PREFACE + SETTINGS + headers_frame(SERVICE + method))
    return connection


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
        PREFACE,
        PREFACE + b"\xff" * 100,
        PREFACE + SETTINGS + frame(1, 4, 1, b"\xff" * 50),  # headers that do not decompress
        PREFACE + SETTINGS + frame(0, 0, 1, b"data of no stream"),
        PREFACE + SETTINGS + frame(8, 0, 0, b"\xff\xff\xff\xff") * 10,  # windows beyond all bounds
        PREFACE + SETTINGS + headers_frame("/") + headers_frame("//", 3),
    ],
    ids=["nothing", "http1", "tls", "preface", "noise", "headers", "data", "window", "paths"],
)
def test_what_is_no_grpc(victim, said):
    connections = [tcp(victim) for _ in range(20)]
    for connection in connections:
        connection.sendall(said)
    assert victim.count_of_range() == 1000
    for connection in connections:
        connection.close()


def test_random_bytes_on_the_socket(victim, chance):
    for _ in range(100):
        with tcp(victim) as connection:
            connection.sendall(chance.choice([b"", PREFACE, PREFACE + SETTINGS]) + chance.randbytes(chance.randint(1, 2000)))
            if chance.random() < 0.5:  # a reset instead of an end
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_calls_that_never_say_what_they_want(victim):
    connections = [begun_call(victim, method) for method in valid.METHODS for _ in range(5)]
    assert victim.count_of_range() == 1000
    for connection in connections:
        connection.close()


def test_a_message_that_comes_byte_by_byte(victim):
    """Slow senders hold what they sent, and no thread: many of them leave room for everybody else."""
    request = valid.range_request(5)
    message = b"\0" + struct.pack(">I", len(request)) + request
    slow = [begun_call(victim, "ExecutePlan") for _ in range(50)]
    for i in range(len(message)):
        for connection in slow:
            connection.sendall(frame(0, 1 if i + 1 == len(message) else 0, 1, message[i : i + 1]))
        if i % 40 == 0:
            assert victim.count_of_range() == 1000
    for connection in slow:
        connection.settimeout(10)
        received = b""
        while b"grpc-status" not in received and b"x.org.apache.spark" not in received and len(received) < 200:
            part = connection.recv(65536)
            assert part, "the server hung up"
            received += part
        connection.close()


def test_messages_that_promise_more_than_they_hold(victim):
    """A prefix of 100 MB costs nothing before the bytes come."""
    promising = []
    for _ in range(40):
        connection = begun_call(victim, "ExecutePlan")
        connection.sendall(frame(0, 0, 1, b"\0" + struct.pack(">I", 100 << 20) + b"abc"))
        promising.append(connection)
    assert victim.count_of_range() == 1000
    memory = victim.holdings()[0]
    assert memory - victim._before[1] < 256 << 20
    for connection in promising:
        connection.close()


def test_metadata_beyond_all_bounds(victim):
    for size, count in [(100, 10), (5_000, 1), (100_000, 1), (1_000, 200)]:
        metadata = [(f"x-{i}", "y" * size) for i in range(count)]
        answer = victim.ask("ExecutePlan", valid.range_request(3), metadata=metadata, channel=victim.connect())
        closed = answer.code is grpc.StatusCode.UNAVAILABLE  # while the client was still sending
        assert answer.ok or closed or "metadata" in answer.message, answer.message


def test_long_errors_fit_into_what_clients_accept(victim):
    """gRPC clients refuse trailers above 8 KiB, and then nobody knows what was wrong."""
    for text in ["é" * 5000, "SELECT " + "ä" * 3000, "SELECT * FROM `" + "☃" * 2000 + "`", "SELECT '" + "\\'" * 3000]:
        answer = victim.ask("ExecutePlan", valid.sql_request(text))
        assert not answer.ok
        answer.check_is_sparks()


def many_connections(victim, count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < count + 500:
        pytest.skip(f"a process here may have {hard} descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        connections = []
        for _ in range(count):
            connection = tcp(victim)
            connection.sendall(PREFACE + SETTINGS)
            connections.append(connection)
        began = time.monotonic()
        assert victim.count_of_range() == 1000
        assert victim.count_of_range(channel=victim.connect()) == 1000
        assert time.monotonic() - began < 5
    finally:
        for connection in connections:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_500_connections(victim):
    many_connections(victim, 500)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_10000_connections(victim):
    many_connections(victim, 10_000)


def test_a_server_without_descriptors_takes_connections_again(started):
    """gRPC's own listener stops for good when it runs out of them once."""
    victim = started("engine")
    victim.settle()
    pid = victim.server.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    try:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (100, before[1]))
        greedy = [tcp(victim) for _ in range(150)]
        assert victim.count_of_range() == 1000, "who is there already is not harmed"
        refused = victim.ask("ExecutePlan", valid.range_request(1), channel=victim.connect(), timeout=5)
        assert refused.code is grpc.StatusCode.UNAVAILABLE, "who is not is told at once"
        for connection in greedy:
            connection.close()
        deadline = time.monotonic() + 10
        while not victim.ask("ExecutePlan", valid.range_request(1), channel=victim.connect(), timeout=5).ok:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
    victim.check_unharmed()


def test_channels_that_come_and_go(victim):
    for _ in range(100):
        channel = victim.connect()
        assert victim.count_of_range(3, channel=channel) == 3
        channel.close()


def test_calls_that_are_given_up(victim, chance):
    """Clients that cancel at any moment of a call."""
    stub = victim.connect().unary_stream(SERVICE + "ExecutePlan")
    for _ in range(150):
        call = stub(valid.range_request(2_000_000))
        time.sleep(chance.random() * 0.01)
        call.cancel()


