"""PySpark sessions for tests: in UTC, and with little patience for a server that died."""

import pyspark.errors.utils
from pyspark.sql import SparkSession
from pyspark.sql.connect.client.retries import DefaultPolicy


def connect(url):
    """A new session. PySpark retries a lost server for ten minutes by default; here it gives up after half a second.

    It is the active session: a client keeps the first one of its process as such, which a fault test may have ended.
    """
    session = SparkSession.builder.remote(url).create()
    type(session)._active_session.session = session
    # A client decides once for its process, by the session that is active then if there is one.
    pyspark.errors.utils._enable_debugging_cache = None
    session.client.set_retry_policies([DefaultPolicy(max_retries=3, initial_backoff=50, max_backoff=300)])
    session.conf.set("spark.sql.session.timeZone", "UTC")
    return session
