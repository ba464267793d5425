#!/usr/bin/env python3
"""A Spark Connect server that only replays: the least that moving a result to a PySpark client can cost.

    floor_server.py FOLDER

FOLDER holds Arrow files NAME.arrow. Each is cut into record batches of about BATCH_BYTES, whose responses are
built before the server says it is ready. A plan that reads the table `NAME`, or whose only literal is the
text NAME, gets them. Nothing is computed, checked or buffered; ids are appended to the prebuilt bytes (the
last value of a protobuf field wins).
"""

import concurrent.futures
import pathlib
import sys
import uuid

import grpc
import pyarrow as pa
from pyspark.sql.connect.proto import base_pb2 as base
from pyspark.sql.connect.types import pyspark_types_to_proto_types
from pyspark.sql.pandas.types import from_arrow_schema

BATCH_BYTES = 4 << 20
SERVICE = "spark.connect.SparkConnectService"
COMPLETE = base.ExecutePlanResponse(result_complete=base.ExecutePlanResponse.ResultComplete()).SerializeToString()


def stream_bytes(batch):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


class Replay:
    """One prebuilt result: the schema and the responses, as bytes without ids."""

    def __init__(self, table):
        self.schema = pyspark_types_to_proto_types(from_arrow_schema(table.schema))
        rows = max(1, int(BATCH_BYTES / max(1, table.nbytes / max(1, table.num_rows))))
        self.responses = [base.ExecutePlanResponse(schema=self.schema).SerializeToString()]
        offset = 0
        for batch in table.combine_chunks().to_batches(max_chunksize=rows):
            response = base.ExecutePlanResponse()
            response.arrow_batch.row_count, response.arrow_batch.start_offset = batch.num_rows, offset
            response.arrow_batch.data = stream_bytes(batch)
            offset += batch.num_rows
            self.responses.append(response.SerializeToString())
        self.responses.append(COMPLETE)


class FloorServer(grpc.GenericRpcHandler):
    def __init__(self, replays):
        self._replays, self._server_side = replays, str(uuid.uuid4())

    def service(self, call):
        method = call.method.rsplit("/", 1)[1]
        handler = getattr(self, method, None)
        if handler is None or not call.method.startswith(f"/{SERVICE}/"):
            return None
        if method == "ExecutePlan":
            return grpc.unary_stream_rpc_method_handler(handler)
        return grpc.unary_unary_rpc_method_handler(handler)

    def _find(self, plan):
        text = plan.SerializeToString()
        for name, replay in self._replays.items():
            if name.encode() in text:
                return replay
        raise KeyError("no prebuilt result has this name")

    def ExecutePlan(self, data, _context):
        request = base.ExecutePlanRequest.FromString(data)
        ids = dict(
            session_id=request.session_id,
            operation_id=request.operation_id,
            server_side_session_id=self._server_side,
        )
        if request.plan.command.HasField("sql_command"):
            responses = [self._echo(request.plan.command.sql_command.input), COMPLETE]
        else:
            responses = self._find(request.plan).responses
        for prebuilt in responses:
            yield prebuilt + base.ExecutePlanResponse(response_id=str(uuid.uuid4()), **ids).SerializeToString()

    @staticmethod
    def _echo(relation):
        """Spark's answer to spark.sql() of a query: the relation itself, which the client then runs."""
        response = base.ExecutePlanResponse()
        response.sql_command_result.relation.CopyFrom(relation)
        return response.SerializeToString()

    def AnalyzePlan(self, data, _context):
        request = base.AnalyzePlanRequest.FromString(data)
        reply = base.AnalyzePlanResponse(
            session_id=request.session_id, server_side_session_id=self._server_side
        )
        reply.schema.schema.CopyFrom(self._find(request.schema.plan).schema)
        return reply.SerializeToString()

    def Config(self, data, _context):
        request = base.ConfigRequest.FromString(data)
        reply = base.ConfigResponse(session_id=request.session_id, server_side_session_id=self._server_side)
        which = request.operation.WhichOneof("op_type")
        for key in getattr(getattr(request.operation, which), "keys", ()):
            reply.pairs.add(key=key, value="-1" if key.endswith("threshold") else "")
        return reply.SerializeToString()

    def ReleaseExecute(self, data, _context):
        request = base.ReleaseExecuteRequest.FromString(data)
        return base.ReleaseExecuteResponse(
            session_id=request.session_id,
            operation_id=request.operation_id,
            server_side_session_id=self._server_side,
        ).SerializeToString()

    def ReleaseSession(self, data, _context):
        request = base.ReleaseSessionRequest.FromString(data)
        return base.ReleaseSessionResponse(session_id=request.session_id).SerializeToString()


def main():
    replays = {}
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.arrow")):
        with pa.memory_map(str(path)) as source:
            replays[path.stem] = Replay(pa.ipc.open_file(source).read_all())
    options = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
    server = grpc.server(
        concurrent.futures.ThreadPoolExecutor(4), handlers=[FloorServer(replays)], options=options
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"floor ready on 127.0.0.1:{port}", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
