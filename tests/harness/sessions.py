"""PySpark sessions for tests: in UTC, and with little patience for a server that died."""

from pyspark.sql import SparkSession
from pyspark.sql.connect.client.retries import DefaultPolicy


def connect(url):
    """A new session. PySpark retries a lost server for ten minutes by default; here it gives up after half a second."""
    session = SparkSession.builder.remote(url).create()
    session.client.set_retry_policies([DefaultPolicy(max_retries=3, initial_backoff=50, max_backoff=300)])
    session.conf.set("spark.sql.session.timeZone", "UTC")
    return session
