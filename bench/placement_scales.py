"""TPC-H at two scales, as the sections of placement use it, and which of its queries are short ones."""

from harness import tpch
from raw_client import sql
from users import User

# 30 to 50 ms at scale 1, on two cores.
SHORT = (2, 11, 16, 22)
# 170 to 300 ms there.
MEDIUM = (1, 9, 18, 21)


def small_scale(options):
    return options.size


def large_scale(options):
    return 10 * options.size


def samples(options, least=24):
    """How many are measured of what is short: 1,000 in the full run."""
    return max(least, round(1000 * options.size))


def with_tables(stack, server, name, scale):
    """A user who has the tables of that scale."""
    user = stack.enter_context(User(server.endpoint, name))
    user.use_tables(tpch.data(scale), tpch.TABLES)
    return user


def relations_of(numbers):
    """The queries with these numbers."""
    texts = tpch.query_texts()
    return [sql(texts[number]) for number in numbers]
