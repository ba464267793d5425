"""Who may call: bearer tokens, TLS, and what a server refuses to do without them."""

import os
import subprocess
import sys
import uuid

import grpc
import pytest
from harness import places, servers, sessions
from pyspark.sql.connect.proto import base_pb2 as base
from pyspark.sql.connect.proto import base_pb2_grpc


def hearth(*arguments):
    return subprocess.run([places.program(), *map(str, arguments)], capture_output=True, text=True, timeout=30)


@pytest.fixture
def tokens(tmp_path):
    """The tokens of two users, and the file that a server knows them by."""
    file = tmp_path / "tokens"
    shown = {user: hearth("token", user, "--file", file).stdout.strip() for user in ("ada", "bob")}
    assert all(token not in file.read_text() for token in shown.values())
    assert file.stat().st_mode & 0o077 == 0
    return file, shown


@pytest.fixture
def certificate(tmp_path):
    """A certificate of 127.0.0.1 that it signed itself, and its key."""
    names = tmp_path / "certificate.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    subprocess.run([*command, "-out", names[0], "-keyout", names[1]], check=True, capture_output=True)
    return names


def version(channel, token=None, user="somebody", session=None):
    """What a client gets that says it is `user`."""
    request = base.AnalyzePlanRequest(session_id=session or str(uuid.uuid4()))
    request.user_context.user_id = user
    request.spark_version.SetInParent()
    metadata = [("authorization", f"Bearer {token}")] if token else []
    return base_pb2_grpc.SparkConnectServiceStub(channel).AnalyzePlan(request, metadata=metadata)


def refused(code, call):
    with pytest.raises(grpc.RpcError) as raised:
        call()
    assert raised.value.code() == code, raised.value


def test_only_who_shows_a_token_gets_in(tokens):
    file, shown = tokens
    with servers.hearth_serve(options=["--tokens", str(file)]) as server:
        with grpc.insecure_channel(server.endpoint) as channel:
            assert version(channel, shown["ada"]).spark_version.version == "4.2.1"
            for wrong in (None, "nonsense", shown["ada"][:-1], shown["ada"].upper()):
                refused(grpc.StatusCode.UNAUTHENTICATED, lambda w=wrong: version(channel, w))


def test_a_session_belongs_to_the_user_of_the_token(tokens):
    file, shown = tokens
    session = str(uuid.uuid4())
    with servers.hearth_serve(options=["--tokens", str(file)]) as server:
        with grpc.insecure_channel(server.endpoint) as channel:
            ada = version(channel, shown["ada"], user="bob", session=session)
            bob = version(channel, shown["bob"], user="bob", session=session)
        assert ada.server_side_session_id != bob.server_side_session_id
        users = {row["user"] for row in servers.hearth_status(server.data)["sessions"]}
        assert users == {"ada", "bob"}
        listed = hearth("status", "--server", server.endpoint)
        assert listed.returncode != 0, "what others do is not for everybody"


def test_pyspark_with_a_token(tokens):
    file, shown = tokens
    with servers.hearth_serve(options=["--tokens", str(file)]) as server:
        port = server.endpoint.rsplit(":", 1)[1]
        session = sessions.connect(f"sc://localhost:{port}/;token={shown['ada']}")
        assert session.range(5).count() == 5
        session.stop()


def test_pyspark_through_tls(tokens, certificate, tmp_path):
    file, shown = tokens
    options = ["--tokens", file, "--tls-certificate", certificate[0], "--tls-key", certificate[1]]
    script = tmp_path / "client.py"
    script.write_text(
        "import sys\n"
        "from pyspark.sql import SparkSession\n"
        "spark = SparkSession.builder.remote(sys.argv[1]).getOrCreate()\n"
        "print(spark.range(5).count())\n"
    )
    with servers.hearth_serve(options=[str(o) for o in options]) as server:
        url = f"sc://{server.endpoint}/;use_ssl=true;token={shown['ada']}"
        ran = subprocess.run(
            [sys.executable, "-W", "ignore", script, url],
            env={"PATH": os.environ["PATH"], "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(certificate[0])},
            capture_output=True, text=True, timeout=60,
        )
        assert ran.stdout.split() == ["5"], ran.stderr
        with grpc.insecure_channel(server.endpoint) as channel:
            refused(grpc.StatusCode.UNAVAILABLE, lambda: version(channel, shown["ada"]))


@pytest.mark.parametrize(
    "options, why",
    [
        ([], "Give it --tokens"),
        (["--tokens", "TOKENS"], "without TLS"),
        (["--tokens", "TOKENS", "--tls-key", "TOKENS"], "go together"),
        (["--tokens", "/no/such/file", "--plaintext"], "cannot take the tokens"),
    ],
)
def test_what_is_refused(tokens, tmp_path, options, why):
    options = [str(tokens[0]) if option == "TOKENS" else option for option in options]
    ran = hearth("serve", "--listen", "0.0.0.0:0", "--data", tmp_path / "data", *options)
    assert ran.returncode == 1
    assert why in ran.stderr


def test_the_data_folder_is_for_its_owner_only(tmp_path):
    with servers.hearth_serve(data=tmp_path / "data"):
        assert (tmp_path / "data").stat().st_mode & 0o077 == 0
