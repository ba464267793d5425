"""A Spark Connect client without a client: requests as protobuf messages, answers and errors as they came.

A RawSession is one session on one channel. Every method sends exactly one RPC and raises what the server
answered as RpcFailure. Streams are read with `Stream`. Not thread safe, except that gRPC stubs are.
"""

import dataclasses
import json
import uuid

import grpc
import pyarrow as pa
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from pyspark.sql.connect.proto import base_pb2 as base
from pyspark.sql.connect.proto import base_pb2_grpc as service
from pyspark.sql.connect.proto import commands_pb2 as commands
from pyspark.sql.connect.proto import relations_pb2 as relations

TIMEOUT = 60  # seconds; no RPC of a test takes nearly so long
CHANNEL_OPTIONS = [
    ("grpc.max_receive_message_length", 128 << 20),
    ("grpc.max_send_message_length", 128 << 20),
    ("grpc.use_local_subchannel_pool", 1),
]


class RpcFailure(Exception):
    """An RPC that ended with an error: the gRPC status and what the trailer tells of it."""

    def __init__(self, call):
        super().__init__(f"{call.code()}: {call.details()}")
        self.code = call.code()
        self.message = call.details()
        self.info = error_details_pb2.ErrorInfo()
        self.status = rpc_status.from_call(call)
        for detail in self.status.details if self.status else ():
            if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
                detail.Unpack(self.info)

    @property
    def metadata(self):
        return dict(self.info.metadata)

    @property
    def condition(self):
        """Spark's error condition; of errors that travel without metadata, the one their message begins with."""
        if "errorClass" in self.metadata:
            return self.metadata["errorClass"]
        head = self.message.partition("]")[0]
        return head[1:] if head.startswith("[") else ""

    @property
    def sql_state(self):
        return self.metadata.get("sqlState", "")

    @property
    def parameters(self):
        return json.loads(self.metadata.get("messageParameters", "{}"))

    @property
    def classes(self):
        return json.loads(self.metadata.get("classes", "[]"))

    @property
    def error_id(self):
        return self.metadata.get("errorId", "")


def called(rpc, *arguments, **options):
    try:
        return rpc(*arguments, timeout=options.pop("timeout", TIMEOUT), **options)
    except grpc.RpcError as error:
        raise RpcFailure(error) from None


@dataclasses.dataclass
class Stream:
    """A stream of ExecutePlan or ReattachExecute and what came out of it so far."""

    call: object
    responses: list = dataclasses.field(default_factory=list)

    def next(self):
        """The next response, or None at the clean end."""
        try:
            response = next(self.call)
        except StopIteration:
            return None
        except grpc.RpcError as error:
            raise RpcFailure(error) from None
        self.responses.append(response)
        return response

    def read(self):
        """Reads to the end and returns itself."""
        while self.next() is not None:
            pass
        return self

    def cancel(self):
        self.call.cancel()

    # ---- of what has come ----

    def kinds(self, *, without=("execution_progress",)):
        """What each response is; one that carries several things counts as all of them."""
        kinds = []
        for response in self.responses:
            kinds += [kind for kind in kinds_of(response) if kind not in without]
        return kinds

    def batches(self):
        return [response.arrow_batch for response in self.responses if response.HasField("arrow_batch")]

    def rows(self):
        """All rows as tuples, chunked batches put together."""
        rows, parts = [], []
        for batch in self.batches():
            parts.append(batch.data)
            if len(parts) < max(batch.num_chunks_in_batch, 1):
                continue
            table = pa.ipc.open_stream(b"".join(parts)).read_all()
            rows += list(zip(*(column.to_pylist() for column in table.columns), strict=True))
            parts = []
        return rows

    @property
    def complete(self):
        return bool(self.responses) and self.responses[-1].HasField("result_complete")

    @property
    def operation_id(self):
        return self.responses[0].operation_id

    @property
    def ids(self):
        return [response.response_id for response in self.responses]


def kinds_of(response):
    kinds = ["schema"] if response.HasField("schema") else []
    kinds += [one for one in (response.WhichOneof("response_type"),) if one]
    kinds += ["metrics"] if response.HasField("metrics") else []
    kinds += ["observed_metrics"] if response.observed_metrics else []
    return kinds


# ---- plans ----


def range_plan(end, start=0, partitions=None):
    relation = relations.Relation(range=relations.Range(start=start, end=end, step=1))
    if partitions:
        relation.range.num_partitions = partitions
    return base.Plan(root=relation)


def sql_plan(text):
    return base.Plan(root=relations.Relation(sql=relations.SQL(query=text)))


def sql_command(text):
    """What spark.sql(text) sends."""
    plan = base.Plan()
    plan.command.sql_command.input.sql.query = text
    return plan


def view_command(name, relation, *, replace=False, is_global=False):
    view = commands.CreateDataFrameViewCommand(name=name, replace=replace, is_global=is_global, input=relation)
    return base.Plan(command=commands.Command(create_dataframe_view=view))


def write_command(relation, path, *, source="parquet"):
    """What df.write.mode("overwrite").format(source).save(path) sends."""
    write = commands.WriteOperation(input=relation, source=source, path=str(path))
    write.mode = commands.WriteOperation.SAVE_MODE_OVERWRITE
    return base.Plan(command=commands.Command(write_operation=write))


class RawSession:
    """One session (user id, session id) on a channel of its own."""

    def __init__(self, endpoint, *, user="tester", session_id=None):
        self.endpoint, self.user = endpoint, user
        self.session_id = session_id or str(uuid.uuid4())
        self.channel = grpc.insecure_channel(endpoint, CHANNEL_OPTIONS)
        self.stub = service.SparkConnectServiceStub(self.channel)

    def close(self):
        self.channel.close()

    def elsewhere(self, **changes):
        """The same session from another connection; `changes` replace its user or id."""
        return RawSession(self.endpoint, **{"user": self.user, "session_id": self.session_id, **changes})

    def ids(self, observed=None):
        ids = dict(session_id=self.session_id, user_context=base.UserContext(user_id=self.user))
        if observed is not None:
            ids["client_observed_server_side_session_id"] = observed
        return ids

    # ---- operations ----

    def execute_request(
        self, plan, *, operation_id=None, reattachable=True, tags=(), chunking=None, chunk_bytes=None, observed=None
    ):
        request = base.ExecutePlanRequest(
            **self.ids(observed), plan=plan, operation_id=operation_id, tags=tags, client_type="raw"
        )
        if reattachable:
            request.request_options.add().reattach_options.reattachable = True
        if chunking is not None:
            options = request.request_options.add().result_chunking_options
            options.allow_arrow_batch_chunking = chunking
            if chunk_bytes is not None:
                options.preferred_arrow_chunk_size = chunk_bytes
        return request

    def start(self, plan, *, timeout=TIMEOUT, **options):
        """Sends an ExecutePlan and returns its stream, unread."""
        return Stream(self.stub.ExecutePlan(self.execute_request(plan, **options), timeout=timeout))

    def execute(self, plan, **options):
        return self.start(plan, **options).read()

    def sql(self, text):
        """Runs a SQL command the way spark.sql does."""
        return self.execute(sql_command(text))

    def reattach(self, operation_id, after=None, observed=None):
        request = base.ReattachExecuteRequest(
            **self.ids(observed), operation_id=operation_id, last_response_id=after
        )
        return Stream(self.stub.ReattachExecute(request, timeout=TIMEOUT))

    def release(self, operation_id, *, until=None, everything=True, observed=None):
        request = base.ReleaseExecuteRequest(**self.ids(observed), operation_id=operation_id)
        if until is not None:
            request.release_until.response_id = until
        elif everything:
            request.release_all.SetInParent()
        return called(self.stub.ReleaseExecute, request)

    def interrupt(self, kind="ALL", *, observed=None, **what):
        request = base.InterruptRequest(**self.ids(observed), **what)
        if kind is not None:
            request.interrupt_type = base.InterruptRequest.InterruptType.Value(f"INTERRUPT_TYPE_{kind}")
        return called(self.stub.Interrupt, request)

    def get_status(self, *operation_ids, ask=True, observed=None):
        request = base.GetStatusRequest(**self.ids(observed))
        if ask:
            request.operation_status.SetInParent()
            request.operation_status.operation_ids.extend(operation_ids)
        return called(self.stub.GetStatus, request)

    def state_of(self, operation_id):
        """The name of the state that GetStatus tells of an operation, without its prefix."""
        (status,) = self.get_status(operation_id).operation_statuses
        state = base.GetStatusResponse.OperationStatus.OperationState.Name(status.state)
        return state.removeprefix("OPERATION_STATE_")

    # ---- everything else ----

    def analyze(self, *, observed=None, **what):
        return called(self.stub.AnalyzePlan, base.AnalyzePlanRequest(**self.ids(observed), **what))

    def config(self, *, observed=None, **operation):
        request = base.ConfigRequest(**self.ids(observed), operation=base.ConfigRequest.Operation(**operation))
        return called(self.stub.Config, request)

    def set_config(self, pairs, silent=None):
        pairs = [base.KeyValue(key=key, value=value) for key, value in pairs.items()]
        return self.config(set=base.ConfigRequest.Set(pairs=pairs, silent=silent))

    def get_config(self, *keys):
        response = self.config(get=base.ConfigRequest.Get(keys=keys))
        return [pair.value if pair.HasField("value") else None for pair in response.pairs]

    def add_artifacts(self, requests):
        return called(self.stub.AddArtifacts, iter(requests))

    def artifact_statuses(self, *names):
        response = called(self.stub.ArtifactStatus, base.ArtifactStatusesRequest(**self.ids(), names=names))
        return {name: status.exists for name, status in response.statuses.items()}

    def fetch_error(self, error_id):
        request = base.FetchErrorDetailsRequest(**self.ids(), error_id=error_id)
        return called(self.stub.FetchErrorDetails, request)

    def release_session(self, *, allow_reconnect=False):
        request = base.ReleaseSessionRequest(**self.ids(), allow_reconnect=allow_reconnect)
        return called(self.stub.ReleaseSession, request)

    def clone_session(self, new_session_id=None, observed=None):
        request = base.CloneSessionRequest(**self.ids(observed), new_session_id=new_session_id)
        return called(self.stub.CloneSession, request)

    def server_side_id(self):
        return self.analyze(spark_version=base.AnalyzePlanRequest.SparkVersion()).server_side_session_id
