"""A server under attack: what it answers to bytes, whether it still works, and what its processes hold."""

import pathlib
import time
import uuid

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from pyspark.sql.connect.proto import base_pb2 as base

import requests_of_all_rpcs as valid

SERVICE = "/spark.connect.SparkConnectService/"
STREAMING = {"ExecutePlan", "ReattachExecute"}
OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.use_local_subchannel_pool", 1),
]
# What may be left of work that is over: buffers and pages that are kept for the next one, idle threads that have not
# ended yet. Small leaks are for test_growth.py.
MEMORY_SLACK = 256 << 20
DESCRIPTOR_SLACK = 4
THREAD_SLACK = 24


def command_of(pid):
    return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")


def is_spare(pid):
    """A keeper that keeps nothing yet: one that does has the cluster in its name."""
    return b"keep" in command_of(pid) and pathlib.Path(f"/proc/{pid}/comm").read_text().startswith("hearth")


class Answer:
    """What a server answered: its responses as bytes, and its status."""

    def __init__(self, responses=(), failure=None):
        self.responses = list(responses)
        self.code = failure.code() if failure else grpc.StatusCode.OK
        self.message = failure.details() if failure else ""
        self.info = error_details_pb2.ErrorInfo()
        for detail in _details(failure):
            if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
                detail.Unpack(self.info)

    @property
    def ok(self):
        return self.code is grpc.StatusCode.OK

    @property
    def condition(self):
        return self.info.metadata.get("errorClass", "")

    def check_is_sparks(self):
        """A good answer, or an error that tells a client which exception to raise."""
        if not self.ok:
            assert self.code is grpc.StatusCode.INTERNAL, (self.code, self.message)
            assert self.info.domain == "org.apache.spark", (self.code, self.message)
            assert self.info.metadata.get("classes"), self.message
            assert self.message


def _details(failure):
    """What the trailer tells; nothing if the client refused to take it."""
    try:
        status = rpc_status.from_call(failure) if failure else None
    except ValueError:
        return ()
    return status.details if status else ()


class Victim:
    def __init__(self, server):
        self.server = server
        self._before = None
        self._channel = self.connect()
        # Whoever does nothing wrong has a session of their own: what attackers set in theirs is theirs.
        self._session = {"session_id": str(uuid.uuid4()), "user_context": base.UserContext(user_id="alice")}

    def connect(self, *options):
        return grpc.insecure_channel(self.server.endpoint, [*OPTIONS, *options])

    def ask(self, method, request, *, timeout=30, channel=None, metadata=None):
        """Sends bytes to an RPC and takes all that comes back."""
        path = SERVICE + method
        channel = channel or self._channel
        try:
            if method == "AddArtifacts":
                return Answer([channel.stream_unary(path)(iter([request]), timeout=timeout, metadata=metadata)])
            if method in STREAMING:
                return Answer(channel.unary_stream(path)(request, timeout=timeout, metadata=metadata))
            return Answer([channel.unary_unary(path)(request, timeout=timeout, metadata=metadata)])
        except grpc.RpcError as failure:
            return Answer(failure=failure)

    def count_of_range(self, rows=1000, **options):
        """Runs range(rows) and gives the number of rows that came, for a client that does nothing wrong."""
        answer = self.ask("ExecutePlan", valid.range_request(rows, self._session), **options)
        assert answer.ok, answer.message
        return valid.rows_of(answer.responses)

    # ---- what its processes hold ----

    def processes(self):
        """The server's process and all below it, but for a spare keeper, which comes when a cluster is ready."""
        found, left = [], [self.server.process.pid]
        while left:
            pid = left.pop()
            # Between fork and exec a keeper looks like the server.
            while pid != self.server.process.pid and command_of(pid) == command_of(self.server.process.pid):
                time.sleep(0.001)
            if is_spare(pid):
                continue
            found.append(pid)
            for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
                left += [int(child) for child in task.read_text().split()]
        return found

    def holdings(self):
        """(bytes of resident memory, descriptors, threads) of all its processes."""
        memory = descriptors = threads = 0
        for pid in self.processes():
            status = dict(
                line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
            )
            memory += int(status["VmRSS"].split()[0]) << 10
            threads += int(status["Threads"])
            descriptors += len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))
        return memory, descriptors, threads

    def settle(self):
        """Brings it to where it does all that a first request makes it do, and remembers what it holds."""
        assert self.count_of_range() == 1000
        self._before = (self.processes(), *self.holdings())

    def check_unharmed(self, *, memory_slack=MEMORY_SLACK, seconds=10):
        """It answers, no process of it died, and it gave back what it took."""
        assert self.server.process.poll() is None, self.server.log_text[-3000:]
        assert self.count_of_range() == 1000
        pids, *before = self._before
        now = {pid: b" ".join(command_of(pid))[:200] for pid in self.processes()}
        assert list(now) == pids, ("a process of the server was replaced", now, pids, self.server.log_text[-2000:])
        slack = (memory_slack, DESCRIPTOR_SLACK, THREAD_SLACK)
        deadline = time.monotonic() + seconds
        while True:
            grown = [now - then for now, then in zip(self.holdings(), before, strict=True)]
            if all(growth <= most for growth, most in zip(grown, slack, strict=True)):
                return
            assert time.monotonic() < deadline, f"grown by (bytes, descriptors, threads) {grown}"
            time.sleep(0.1)
