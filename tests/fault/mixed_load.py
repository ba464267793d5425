"""Clients of a server that is hurt meanwhile: each does one thing again and again, and checks every answer."""

import collections

import pyarrow

from watching import Background, connect_patiently as connect, is_each_once, tables


class Load:
    """Clients that do one thing each, again and again, and check every answer."""

    def __init__(self, server):
        self.over = False
        self.counts = collections.Counter()
        self._sessions = {work: connect(server) for work in (self.views, self.settings, self.inserts, self.reads, self.asks)}
        self._sessions[self.inserts].sql("CREATE TABLE numbers (n BIGINT)")
        self.inserted = []
        self._clients = [Background(lambda w=work: self._again_and_again(w)) for work in self._sessions]

    def _again_and_again(self, work):
        number = 0
        while not self.over:
            work(self._sessions[work], number)
            self.counts[work.__name__] += 1
            number += 1

    def views(self, spark, number):
        spark.range(number + 1).createOrReplaceTempView(f"v{number % 5}")
        assert spark.table(f"v{number % 5}").count() == number + 1

    def settings(self, spark, number):
        spark.conf.set(f"hearth.test.{number % 7}", str(number))
        for before in range(max(0, number - 6), number + 1):
            assert spark.conf.get(f"hearth.test.{before % 7}") == str(before)

    def inserts(self, spark, number):
        self.inserted.append(number)
        spark.sql(f"INSERT INTO numbers VALUES ({number})").collect()

    def reads(self, spark, number):
        rows = 1_500_000  # less than --continuation-bytes
        parts = list(tables(spark, spark.range(rows).selectExpr("id", "repeat(cast(id AS string), 4) AS s")))
        assert is_each_once(pyarrow.concat_tables(parts)["id"], rows)

    def asks(self, spark, number):
        side = 1000 + number % 100
        assert spark.sql(f"SELECT sum(id) AS s FROM range({side})").first().s == side * (side - 1) // 2

    def check_alive(self):
        """A client that has failed tells at once."""
        for client in self._clients:
            if not client.running:
                client.result()

    def end(self):
        self.over = True
        for client in self._clients:
            client.result(180)

    def check(self, server):
        found = sorted(row.n for row in connect(server).table("numbers").collect())
        assert found == sorted(self.inserted), "each once"
