"""ExecutePlan as bytes in and bytes out: what a server costs without what PySpark costs."""

import uuid

import grpc
from pyspark.sql.connect.proto import base_pb2 as base
from pyspark.sql.connect.proto import relations_pb2 as relations

SERVICE = "/spark.connect.SparkConnectService/"
OPTIONS = [("grpc.max_receive_message_length", 256 << 20), ("grpc.max_send_message_length", 256 << 20)]


def sql(text):
    """The relation of a SQL query."""
    return relations.Relation(sql=relations.SQL(query=text))


class RawClient:
    """One session on one channel. Not thread safe."""

    def __init__(self, endpoint, relation=None):
        self._channel = grpc.insecure_channel(endpoint, OPTIONS)
        self._execute = self._channel.unary_stream(SERVICE + "ExecutePlan")
        self._release = self._channel.unary_unary(SERVICE + "ReleaseExecute")
        self._session, self._user = str(uuid.uuid4()), base.UserContext(user_id="bench")
        self._plan = base.Plan(
            root=relation or relations.Relation(range=relations.Range(start=0, end=1, step=1))
        )

    def request(self, reattachable):
        """Bytes of a request with a new operation id, and that id."""
        operation_id = str(uuid.uuid4())
        request = base.ExecutePlanRequest(
            session_id=self._session, user_context=self._user, plan=self._plan, operation_id=operation_id,
            client_type="bench")  # fmt: skip
        request.request_options.add().reattach_options.reattachable = reattachable
        return request.SerializeToString(), operation_id

    def execute(self, request):
        """Runs a request to its end; returns how many bytes came."""
        return sum(len(response) for response in self._execute(request, timeout=60))

    def release(self, operation_id):
        message = base.ReleaseExecuteRequest(
            session_id=self._session, user_context=self._user, operation_id=operation_id
        )
        message.release_all.SetInParent()
        self._release(message.SerializeToString(), timeout=60)

    def close(self):
        self._channel.close()
