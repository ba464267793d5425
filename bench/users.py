"""Users of a server, asked with raw calls: many of them in one process take little of the processors that they measure."""

import concurrent.futures
import contextlib
import random
import threading
import time

import grpc
from pyspark.sql.connect.proto import base_pb2 as base
from pyspark.sql.connect.proto import base_pb2_grpc
from pyspark.sql.connect.proto import commands_pb2 as commands
from pyspark.sql.connect.proto import relations_pb2 as relations

from harness import servers
from raw_client import new_session, sql

# A bench that waits longer for an answer than that has found a fault.
ANSWER_SECONDS_MAX = 600


class User:
    """A session of somebody, over a connection of its own. Thread safe."""

    def __init__(self, endpoint, name="bench"):
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", -1)]
        self._channel = grpc.insecure_channel(endpoint, options=options)
        self._stub = base_pb2_grpc.SparkConnectServiceStub(self._channel)
        self.session = {**new_session(), "user_context": base.UserContext(user_id=name)}

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        with contextlib.suppress(grpc.RpcError):
            self._stub.ReleaseSession(base.ReleaseSessionRequest(client_type="bench", **self.session), timeout=10)
        self._channel.close()

    def begin(self, relation, timeout=None):
        """The stream of its answer, which may be cancelled."""
        return self._execute(base.Plan(root=relation), timeout)

    def seconds(self, relation, timeout=None):
        """What the whole answer takes; RpcError if it is an error."""
        started = time.perf_counter()
        for _ in self.begin(relation, timeout):
            pass
        return time.perf_counter() - started

    def command(self, text):
        self._finish(commands.Command(sql_command=commands.SqlCommand(input=sql(text))))

    def use_tables(self, folder, tables):
        """Temporary views of Parquet files."""
        for table in tables:
            files = relations.Read.DataSource(format="parquet", paths=[f"{folder / table}.parquet"])
            view = commands.CreateDataFrameViewCommand(
                input=relations.Relation(read=relations.Read(data_source=files)), name=table, replace=True)
            self._finish(commands.Command(create_dataframe_view=view))

    def _execute(self, plan, timeout=None):
        request = base.ExecutePlanRequest(plan=plan, client_type="bench", **self.session)
        return self._stub.ExecutePlan(request, timeout=timeout)

    def _finish(self, command):
        for _ in self._execute(base.Plan(command=command)):
            pass


class Asking:
    """Users who ask one of the same queries after the other, each thinking for an exponential time before it, whose
    mean is `pause` seconds. Every query is known to every user's session from the start."""

    def __init__(self, users, queries, pause):
        self._users, self._queries, self._pause = users, queries, pause
        self._draws = [random.Random(i) for i in range(len(users))]
        for user in users:
            for query in queries:
                user.seconds(query)

    def during(self, work):
        """While the work is done: for each user the seconds of what he asked."""
        stop = threading.Event()
        with concurrent.futures.ThreadPoolExecutor(len(self._users)) as pool:
            asked = [pool.submit(self._ask, *one, stop) for one in zip(self._users, self._draws, strict=True)]
            try:
                work()
            finally:
                stop.set()
        return [one.result() for one in asked]

    def _ask(self, user, draw, stop):
        seconds = []
        while not stop.wait(draw.expovariate(1 / self._pause)):
            seconds.append(user.seconds(draw.choice(self._queries), timeout=ANSWER_SECONDS_MAX))
        return seconds


@contextlib.contextmanager
def flood(user, queries, width):
    """While so many of these run or wait at any time: each that ends is followed by another."""
    streams = [None] * width
    ending = False

    def ask(number):
        while not ending:
            streams[number] = user.begin(queries[number % len(queries)])
            if ending:
                streams[number].cancel()
            try:
                for _ in streams[number]:
                    pass
            except grpc.RpcError:
                if not ending:
                    raise

    with concurrent.futures.ThreadPoolExecutor(width) as pool:
        asked = [pool.submit(ask, number) for number in range(width)]
        try:
            yield
        finally:
            ending = True  # before any is cancelled, so that whoever begins one now sees it
            for stream in streams:
                if stream is not None:
                    stream.cancel()
    for one in asked:
        one.result()


def until_nothing_runs(server):
    while any(cluster["running"] for cluster in servers.hearth_status(server.data)["clusters"]):
        time.sleep(0.05)
