"""A valid request of every RPC, plans of many kinds, and ways to spoil them."""

import uuid

import pyarrow as pa
from google.protobuf.descriptor import FieldDescriptor
from pyspark.sql.connect.proto import base_pb2 as base
from pyspark.sql.connect.proto import expressions_pb2 as expressions
from pyspark.sql.connect.proto import relations_pb2 as relations

USER = base.UserContext(user_id="mallory")
_session = str(uuid.uuid4())


def renew_session():
    """What was set in a session by a spoiled request that made sense is no other test's."""
    global _session
    _session = str(uuid.uuid4())


def ids():
    return {"session_id": _session, "user_context": USER}


def execute(plan, session=None, **fields):
    request = base.ExecutePlanRequest(**(session or ids()), plan=plan, operation_id=str(uuid.uuid4()), **fields)
    return request.SerializeToString()


def range_relation(rows=10):
    return relations.Relation(range=relations.Range(end=rows, step=1))


def range_request(rows, session=None):
    return execute(base.Plan(root=range_relation(rows)), session)


def sql_relation(text):
    return relations.Relation(sql=relations.SQL(query=text))


def sql_request(text):
    return execute(base.Plan(root=sql_relation(text)))


def column(name):
    return expressions.Expression(
        unresolved_attribute=expressions.Expression.UnresolvedAttribute(unparsed_identifier=name)
    )


def literal(value):
    return expressions.Expression(literal=expressions.Expression.Literal(integer=value))


def call(name, *arguments):
    function = expressions.Expression.UnresolvedFunction(function_name=name, arguments=arguments)
    return expressions.Expression(unresolved_function=function)


def project(relation, *columns):
    return relations.Relation(project=relations.Project(input=relation, expressions=columns))


def local_relation():
    table = pa.table({"a": [1, None, 3], "b": ["x", None, "é"]})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return relations.Relation(local_relation=relations.LocalRelation(data=sink.getvalue().to_pybytes()))


def plans():
    """Plans that run, of the kinds that clients send most."""
    ten = range_relation()
    filtered = relations.Relation(
        filter=relations.Filter(input=ten, condition=call(">", column("id"), literal(3)))
    )
    aggregate = relations.Aggregate(
        input=ten,
        group_type=relations.Aggregate.GROUP_TYPE_GROUPBY,
        grouping_expressions=[call("%", column("id"), literal(2))],
        aggregate_expressions=[call("sum", column("id"))],
    )
    join = relations.Join(left=ten, right=ten, join_type=relations.Join.JOIN_TYPE_INNER, using_columns=["id"])
    found = [
        ten,
        filtered,
        project(ten, column("id"), call("+", column("id"), literal(1))),
        relations.Relation(aggregate=aggregate),
        relations.Relation(join=join),
        relations.Relation(limit=relations.Limit(input=ten, limit=3)),
        local_relation(),
        sql_relation("SELECT id, sum(id) OVER (ORDER BY id) FROM range(10)"),
        relations.Relation(show_string=relations.ShowString(input=ten, num_rows=5)),
    ]
    sql_command = base.Plan()
    sql_command.command.sql_command.input.CopyFrom(sql_relation("SELECT 1"))
    view = base.Plan()
    view.command.create_dataframe_view.input.CopyFrom(ten)
    view.command.create_dataframe_view.name = "v"
    view.command.create_dataframe_view.replace = True
    return [base.Plan(root=relation) for relation in found] + [sql_command, view]


def of_all_rpcs():
    """(method, request message) of each RPC."""
    operation = str(uuid.uuid4())
    found = [
        ("ExecutePlan", base.ExecutePlanRequest(**ids(), plan=plan, operation_id=str(uuid.uuid4())))
        for plan in plans()
    ]
    for plan in plans():
        if plan.HasField("root"):
            found.append(("AnalyzePlan", base.AnalyzePlanRequest(**ids(), schema={"plan": plan})))
            found.append(
                ("AnalyzePlan", base.AnalyzePlanRequest(**ids(), explain={"plan": plan, "explain_mode": 2}))
            )
    pairs = [base.KeyValue(key="spark.sql.shuffle.partitions", value="3")]
    found += [
        ("AnalyzePlan", base.AnalyzePlanRequest(**ids(), ddl_parse={"ddl_string": "a INT"})),
        ("Config", base.ConfigRequest(**ids(), operation={"set": {"pairs": pairs}})),
        ("Config", base.ConfigRequest(**ids(), operation={"get_all": {}})),
        ("AddArtifacts", base.AddArtifactsRequest(**ids(), batch={"artifacts": [{"name": "cache/0", "data": {}}]})),
        ("ArtifactStatus", base.ArtifactStatusesRequest(**ids(), names=["cache/0"])),
        ("Interrupt", base.InterruptRequest(**ids(), interrupt_type=1)),
        ("Interrupt", base.InterruptRequest(**ids(), interrupt_type=3, operation_id=operation)),
        ("ReattachExecute", base.ReattachExecuteRequest(**ids(), operation_id=operation)),
        ("ReleaseExecute", base.ReleaseExecuteRequest(**ids(), operation_id=operation, release_all={})),
        ("FetchErrorDetails", base.FetchErrorDetailsRequest(**ids(), error_id=operation)),
        ("GetStatus", base.GetStatusRequest(**ids(), operation_status={})),
        ("CloneSession", base.CloneSessionRequest(**ids())),
        # Another session: this one shall go on.
        ("ReleaseSession", base.ReleaseSessionRequest(session_id=operation, user_context=USER)),
    ]
    return found


METHODS = sorted({method for method, _ in of_all_rpcs()})


def rows_of(responses):
    total = 0
    for response in responses:
        total += base.ExecutePlanResponse.FromString(response).arrow_batch.row_count
    return total


# ---- spoiling ----

NUMBERS = [0, 1, -1, 5, 1 << 30, (1 << 31) - 1, -(1 << 31), (1 << 63) - 1, -(1 << 63)]
TEXTS = ["", "a", "`", "a.b", "*", "é" * 50, "int", "SELECT", "x" * 3000, "\0", "../../etc", "%s%n"]


def messages_within(message):
    found = [message]
    for field, value in message.ListFields():
        if field.type != FieldDescriptor.TYPE_MESSAGE:
            continue
        if field.message_type.GetOptions().map_entry:
            continue
        for inner in value if field.is_repeated else [value]:
            found += messages_within(inner)
    return found


def spoil(message, chance):
    """Changes one thing in the message, its type unharmed: an absent part, an extreme number, an unknown enum."""
    target = chance.choice(messages_within(message))
    fields = [
        f
        for f in target.DESCRIPTOR.fields
        if f.name not in ("session_id", "user_context") and not (f.message_type and f.message_type.GetOptions().map_entry)
    ]
    if not fields:
        return
    field = chance.choice(fields)
    if chance.random() < 0.3:
        target.ClearField(field.name)
        return
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        inner = getattr(target, field.name)
        inner.add() if field.is_repeated else inner.SetInParent()
        return
    value = _value(field, chance)
    if field.is_repeated:
        getattr(target, field.name).append(value)
    else:
        setattr(target, field.name, value)


def _value(field, chance):
    kind = field.cpp_type
    if kind == FieldDescriptor.CPPTYPE_STRING:
        text = chance.choice(TEXTS)
        return text.encode() if field.type == FieldDescriptor.TYPE_BYTES else text
    if kind == FieldDescriptor.CPPTYPE_BOOL:
        return chance.random() < 0.5
    if kind in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
        return chance.choice([0.0, -1.0, float("nan"), float("inf"), 1e30])
    if kind == FieldDescriptor.CPPTYPE_ENUM:
        return chance.choice([0, 1, 2, 77, -1, (1 << 31) - 1])
    bits = 64 if kind in (FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64) else 32
    unsigned = kind in (FieldDescriptor.CPPTYPE_UINT32, FieldDescriptor.CPPTYPE_UINT64)
    low, high = (0, (1 << bits) - 1) if unsigned else (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    return min(max(chance.choice(NUMBERS), low), high)


def spoil_bytes(content, chance):
    """The same for bytes that know nothing of their meaning."""
    content = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(content) + 1)
        match chance.randrange(4):
            case 0:
                content[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del content[at : at + chance.randint(1, 8)]
            case 2:
                content[at:at] = chance.randbytes(chance.randint(1, 8))
            case 3:
                content[at:] = b""
    return bytes(content)


def unknown_field(chance):
    """A field that no message of Spark Connect has."""
    return base.ExecutePlanRequest(client_type=chance.choice(TEXTS[:5])).SerializeToString().replace(b"\x22", b"\xca\x3e", 1)
