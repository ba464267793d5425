"""The 22 TPC-H queries written with the DataFrame API.

Each function takes a lookup from table name to DataFrame and returns the query's DataFrame, with the columns
and order of the SQL text. Correlated subqueries are written the way DataFrame users write them: as
aggregations that are joined.
"""

import datetime
import decimal

from pyspark.sql import functions as F


def date(text):
    return F.lit(datetime.date.fromisoformat(text))


def revenue():
    return F.col("l_extendedprice") * (1 - F.col("l_discount"))


def q1(t):
    return (
        t("lineitem")
        .filter(F.col("l_shipdate") <= date("1998-09-02"))
        .groupBy("l_returnflag", "l_linestatus")
        .agg(
            F.sum("l_quantity").alias("sum_qty"),
            F.sum("l_extendedprice").alias("sum_base_price"),
            F.sum(revenue()).alias("sum_disc_price"),
            F.sum(revenue() * (1 + F.col("l_tax"))).alias("sum_charge"),
            F.avg("l_quantity").alias("avg_qty"),
            F.avg("l_extendedprice").alias("avg_price"),
            F.avg("l_discount").alias("avg_disc"),
            F.count("*").alias("count_order"),
        )
        .orderBy("l_returnflag", "l_linestatus")
    )


def q2(t):
    european = (
        t("partsupp")
        .join(t("supplier"), F.col("s_suppkey") == F.col("ps_suppkey"))
        .join(t("nation"), F.col("s_nationkey") == F.col("n_nationkey"))
        .join(t("region").filter("r_name = 'EUROPE'"), F.col("n_regionkey") == F.col("r_regionkey"))
    )
    cheapest = european.groupBy(F.col("ps_partkey").alias("cheapest_part")).agg(
        F.min("ps_supplycost").alias("cheapest_cost")
    )
    parts = t("part").filter((F.col("p_size") == 15) & F.col("p_type").like("%BRASS"))
    return (
        european.join(parts, F.col("p_partkey") == F.col("ps_partkey"))
        .join(
            cheapest,
            (F.col("p_partkey") == F.col("cheapest_part"))
            & (F.col("ps_supplycost") == F.col("cheapest_cost")),
        )
        .select("s_acctbal", "s_name", "n_name", "p_partkey", "p_mfgr", "s_address", "s_phone", "s_comment")
        .orderBy(F.desc("s_acctbal"), "n_name", "s_name", "p_partkey")
        .limit(100)
    )


def q3(t):
    return (
        t("customer")
        .filter(F.col("c_mktsegment") == "BUILDING")
        .join(t("orders"), F.col("c_custkey") == F.col("o_custkey"))
        .join(t("lineitem"), F.col("l_orderkey") == F.col("o_orderkey"))
        .filter((F.col("o_orderdate") < date("1995-03-15")) & (F.col("l_shipdate") > date("1995-03-15")))
        .groupBy("l_orderkey", "o_orderdate", "o_shippriority")
        .agg(F.sum(revenue()).alias("revenue"))
        .select("l_orderkey", "revenue", "o_orderdate", "o_shippriority")
        .orderBy(F.desc("revenue"), "o_orderdate")
        .limit(10)
    )


def q4(t):
    late = t("lineitem").filter(F.col("l_commitdate") < F.col("l_receiptdate"))
    return (
        t("orders")
        .filter((F.col("o_orderdate") >= date("1993-07-01")) & (F.col("o_orderdate") < date("1993-10-01")))
        .join(late, F.col("o_orderkey") == F.col("l_orderkey"), "left_semi")
        .groupBy("o_orderpriority")
        .agg(F.count("*").alias("order_count"))
        .orderBy("o_orderpriority")
    )


def q5(t):
    return (
        t("customer")
        .join(t("orders"), F.col("c_custkey") == F.col("o_custkey"))
        .join(t("lineitem"), F.col("l_orderkey") == F.col("o_orderkey"))
        .join(
            t("supplier"),
            (F.col("l_suppkey") == F.col("s_suppkey")) & (F.col("c_nationkey") == F.col("s_nationkey")),
        )
        .join(t("nation"), F.col("s_nationkey") == F.col("n_nationkey"))
        .join(t("region"), F.col("n_regionkey") == F.col("r_regionkey"))
        .filter(
            (F.col("r_name") == "ASIA")
            & (F.col("o_orderdate") >= date("1994-01-01"))
            & (F.col("o_orderdate") < date("1995-01-01"))
        )
        .groupBy("n_name")
        .agg(F.sum(revenue()).alias("revenue"))
        .orderBy(F.desc("revenue"))
    )


def q6(t):
    return (
        t("lineitem")
        .filter((F.col("l_shipdate") >= date("1994-01-01")) & (F.col("l_shipdate") < date("1995-01-01")))
        .filter("l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24")
        .agg(F.sum(F.col("l_extendedprice") * F.col("l_discount")).alias("revenue"))
    )


def q7(t):
    supplier_nation = t("nation").select(
        F.col("n_nationkey").alias("supp_key"), F.col("n_name").alias("supp_nation")
    )
    customer_nation = t("nation").select(
        F.col("n_nationkey").alias("cust_key"), F.col("n_name").alias("cust_nation")
    )
    france_to_germany = (F.col("supp_nation") == "FRANCE") & (F.col("cust_nation") == "GERMANY")
    germany_to_france = (F.col("supp_nation") == "GERMANY") & (F.col("cust_nation") == "FRANCE")
    return (
        t("supplier")
        .join(t("lineitem"), F.col("s_suppkey") == F.col("l_suppkey"))
        .join(t("orders"), F.col("o_orderkey") == F.col("l_orderkey"))
        .join(t("customer"), F.col("c_custkey") == F.col("o_custkey"))
        .join(supplier_nation, F.col("s_nationkey") == F.col("supp_key"))
        .join(customer_nation, F.col("c_nationkey") == F.col("cust_key"))
        .filter(france_to_germany | germany_to_france)
        .filter(F.col("l_shipdate").between(datetime.date(1995, 1, 1), datetime.date(1996, 12, 31)))
        .withColumn("l_year", F.year("l_shipdate"))
        .groupBy("supp_nation", "cust_nation", "l_year")
        .agg(F.sum(revenue()).alias("revenue"))
        .orderBy("supp_nation", "cust_nation", "l_year")
    )


def q8(t):
    customer_nation = t("nation").select(
        F.col("n_nationkey").alias("cust_key"), F.col("n_regionkey").alias("cust_region")
    )
    supplier_nation = t("nation").select(
        F.col("n_nationkey").alias("supp_key"), F.col("n_name").alias("nation")
    )
    volumes = (
        t("part")
        .filter(F.col("p_type") == "ECONOMY ANODIZED STEEL")
        .join(t("lineitem"), F.col("p_partkey") == F.col("l_partkey"))
        .join(t("supplier"), F.col("s_suppkey") == F.col("l_suppkey"))
        .join(t("orders"), F.col("l_orderkey") == F.col("o_orderkey"))
        .join(t("customer"), F.col("o_custkey") == F.col("c_custkey"))
        .join(customer_nation, F.col("c_nationkey") == F.col("cust_key"))
        .join(t("region").filter("r_name = 'AMERICA'"), F.col("cust_region") == F.col("r_regionkey"))
        .join(supplier_nation, F.col("s_nationkey") == F.col("supp_key"))
        .filter("o_orderdate BETWEEN DATE '1995-01-01' AND DATE '1996-12-31'")
        .select(F.year("o_orderdate").alias("o_year"), revenue().alias("volume"), "nation")
    )
    brazil = F.when(F.col("nation") == "BRAZIL", F.col("volume")).otherwise(0)
    return (
        volumes.groupBy("o_year").agg((F.sum(brazil) / F.sum("volume")).alias("mkt_share")).orderBy("o_year")
    )


def q9(t):
    profit = revenue() - F.col("ps_supplycost") * F.col("l_quantity")
    return (
        t("part")
        .filter(F.col("p_name").like("%green%"))
        .join(t("lineitem"), F.col("p_partkey") == F.col("l_partkey"))
        .join(t("supplier"), F.col("s_suppkey") == F.col("l_suppkey"))
        .join(
            t("partsupp"),
            (F.col("ps_suppkey") == F.col("l_suppkey")) & (F.col("ps_partkey") == F.col("l_partkey")),
        )
        .join(t("orders"), F.col("o_orderkey") == F.col("l_orderkey"))
        .join(t("nation"), F.col("s_nationkey") == F.col("n_nationkey"))
        .select(
            F.col("n_name").alias("nation"), F.year("o_orderdate").alias("o_year"), profit.alias("amount")
        )
        .groupBy("nation", "o_year")
        .agg(F.sum("amount").alias("sum_profit"))
        .orderBy("nation", F.desc("o_year"))
    )


def q10(t):
    return (
        t("customer")
        .join(t("orders"), F.col("c_custkey") == F.col("o_custkey"))
        .join(t("lineitem"), F.col("l_orderkey") == F.col("o_orderkey"))
        .join(t("nation"), F.col("c_nationkey") == F.col("n_nationkey"))
        .filter((F.col("o_orderdate") >= date("1993-10-01")) & (F.col("o_orderdate") < date("1994-01-01")))
        .filter(F.col("l_returnflag") == "R")
        .groupBy("c_custkey", "c_name", "c_acctbal", "c_phone", "n_name", "c_address", "c_comment")
        .agg(F.sum(revenue()).alias("revenue"))
        .select("c_custkey", "c_name", "revenue", "c_acctbal", "n_name", "c_address", "c_phone", "c_comment")
        .orderBy(F.desc("revenue"))
        .limit(20)
    )


def q11(t):
    german = (
        t("partsupp")
        .join(t("supplier"), F.col("ps_suppkey") == F.col("s_suppkey"))
        .join(t("nation").filter(F.col("n_name") == "GERMANY"), F.col("s_nationkey") == F.col("n_nationkey"))
        .withColumn("cost", F.col("ps_supplycost") * F.col("ps_availqty"))
    )
    threshold = german.agg((F.sum("cost") * F.lit(decimal.Decimal("0.0001"))).alias("threshold"))
    return (
        german.groupBy("ps_partkey")
        .agg(F.sum("cost").alias("value"))
        .crossJoin(threshold)
        .filter(F.col("value") > F.col("threshold"))
        .select("ps_partkey", "value")
        .orderBy(F.desc("value"))
    )


def q12(t):
    urgent = F.col("o_orderpriority").isin("1-URGENT", "2-HIGH")
    return (
        t("orders")
        .join(t("lineitem"), F.col("o_orderkey") == F.col("l_orderkey"))
        .filter(F.col("l_shipmode").isin("MAIL", "SHIP"))
        .filter(
            (F.col("l_commitdate") < F.col("l_receiptdate")) & (F.col("l_shipdate") < F.col("l_commitdate"))
        )
        .filter(
            (F.col("l_receiptdate") >= date("1994-01-01")) & (F.col("l_receiptdate") < date("1995-01-01"))
        )
        .groupBy("l_shipmode")
        .agg(
            F.sum(F.when(urgent, 1).otherwise(0)).alias("high_line_count"),
            F.sum(F.when(~urgent, 1).otherwise(0)).alias("low_line_count"),
        )
        .orderBy("l_shipmode")
    )


def q13(t):
    ordinary = t("orders").filter(~F.col("o_comment").like("%special%requests%"))
    return (
        t("customer")
        .join(ordinary, F.col("c_custkey") == F.col("o_custkey"), "left")
        .groupBy("c_custkey")
        .agg(F.count("o_orderkey").alias("c_count"))
        .groupBy("c_count")
        .agg(F.count("*").alias("custdist"))
        .orderBy(F.desc("custdist"), F.desc("c_count"))
    )


def q14(t):
    promotion = F.when(F.col("p_type").like("PROMO%"), revenue()).otherwise(0)
    return (
        t("lineitem")
        .join(t("part"), F.col("l_partkey") == F.col("p_partkey"))
        .filter((F.col("l_shipdate") >= date("1995-09-01")) & (F.col("l_shipdate") < date("1995-10-01")))
        .agg((F.sum(promotion) * 100 / F.sum(revenue())).alias("promo_revenue"))
    )


def q15(t):
    by_supplier = (
        t("lineitem")
        .filter((F.col("l_shipdate") >= date("1996-01-01")) & (F.col("l_shipdate") < date("1996-04-01")))
        .groupBy(F.col("l_suppkey").alias("supplier_no"))
        .agg(F.sum(revenue()).alias("total_revenue"))
    )
    best = by_supplier.agg(F.max("total_revenue").alias("best"))
    return (
        t("supplier")
        .join(by_supplier, F.col("s_suppkey") == F.col("supplier_no"))
        .join(best, F.col("total_revenue") == F.col("best"))
        .select("s_suppkey", "s_name", "s_address", "s_phone", "total_revenue")
        .orderBy("s_suppkey")
    )


def q16(t):
    complained = t("supplier").filter(F.col("s_comment").like("%Customer%Complaints%"))
    return (
        t("partsupp")
        .join(t("part"), F.col("p_partkey") == F.col("ps_partkey"))
        .filter((F.col("p_brand") != "Brand#45") & ~F.col("p_type").like("MEDIUM POLISHED%"))
        .filter(F.col("p_size").isin(49, 14, 23, 45, 19, 3, 36, 9))
        .join(complained, F.col("ps_suppkey") == F.col("s_suppkey"), "left_anti")
        .groupBy("p_brand", "p_type", "p_size")
        .agg(F.count_distinct("ps_suppkey").alias("supplier_cnt"))
        .orderBy(F.desc("supplier_cnt"), "p_brand", "p_type", "p_size")
    )


def q17(t):
    averages = (
        t("lineitem")
        .groupBy(F.col("l_partkey").alias("avg_part"))
        .agg((F.avg("l_quantity") * decimal.Decimal("0.2")).alias("fifth"))
    )
    return (
        t("lineitem")
        .join(t("part"), F.col("p_partkey") == F.col("l_partkey"))
        .filter((F.col("p_brand") == "Brand#23") & (F.col("p_container") == "MED BOX"))
        .join(averages, F.col("p_partkey") == F.col("avg_part"))
        .filter(F.col("l_quantity") < F.col("fifth"))
        .agg(F.expr("sum(l_extendedprice) / 7.0 AS avg_yearly"))
    )


def q18(t):
    large = (
        t("lineitem")
        .groupBy(F.col("l_orderkey").alias("large_order"))
        .agg(F.sum("l_quantity").alias("quantity"))
        .filter("quantity > 300")
    )
    return (
        t("customer")
        .join(t("orders"), F.col("c_custkey") == F.col("o_custkey"))
        .join(large, F.col("o_orderkey") == F.col("large_order"), "left_semi")
        .join(t("lineitem"), F.col("o_orderkey") == F.col("l_orderkey"))
        .groupBy("c_name", "c_custkey", "o_orderkey", "o_orderdate", "o_totalprice")
        .agg(F.sum("l_quantity"))
        .orderBy(F.desc("o_totalprice"), "o_orderdate")
        .limit(100)
    )


def q19(t):
    def choice(brand, containers, low, high, size):
        return (
            (F.col("p_brand") == brand)
            & F.col("p_container").isin(*containers)
            & F.col("l_quantity").between(low, high)
            & F.col("p_size").between(1, size)
        )

    small = choice("Brand#12", ["SM CASE", "SM BOX", "SM PACK", "SM PKG"], 1, 11, 5)
    medium = choice("Brand#23", ["MED BAG", "MED BOX", "MED PKG", "MED PACK"], 10, 20, 10)
    large = choice("Brand#34", ["LG CASE", "LG BOX", "LG PACK", "LG PKG"], 20, 30, 15)
    return (
        t("lineitem")
        .join(t("part"), F.col("p_partkey") == F.col("l_partkey"))
        .filter(F.col("l_shipmode").isin("AIR", "AIR REG") & (F.col("l_shipinstruct") == "DELIVER IN PERSON"))
        .filter(small | medium | large)
        .agg(F.sum(revenue()).alias("revenue"))
    )


def q20(t):
    shipped = (
        t("lineitem")
        .filter((F.col("l_shipdate") >= date("1994-01-01")) & (F.col("l_shipdate") < date("1995-01-01")))
        .groupBy("l_partkey", "l_suppkey")
        .agg((F.sum("l_quantity") * decimal.Decimal("0.5")).alias("half"))
    )
    forest = t("part").filter(F.col("p_name").like("forest%"))
    excess = (
        t("partsupp")
        .join(forest, F.col("ps_partkey") == F.col("p_partkey"), "left_semi")
        .join(
            shipped, (F.col("l_partkey") == F.col("ps_partkey")) & (F.col("l_suppkey") == F.col("ps_suppkey"))
        )
        .filter(F.col("ps_availqty") > F.col("half"))
    )
    return (
        t("supplier")
        .join(t("nation").filter("n_name = 'CANADA'"), F.col("s_nationkey") == F.col("n_nationkey"))
        .join(excess, F.col("s_suppkey") == F.col("ps_suppkey"), "left_semi")
        .select("s_name", "s_address")
        .orderBy("s_name")
    )


def q21(t):
    late = t("lineitem").filter(F.col("l_receiptdate") > F.col("l_commitdate"))
    shipped_by_several = (
        t("lineitem")
        .groupBy(F.col("l_orderkey").alias("several_order"))
        .agg(F.count_distinct("l_suppkey").alias("suppliers"))
        .filter("suppliers > 1")
    )
    late_by_one = (
        late.groupBy(F.col("l_orderkey").alias("late_order"))
        .agg(F.count_distinct("l_suppkey").alias("late_suppliers"))
        .filter("late_suppliers = 1")
    )
    return (
        t("supplier")
        .join(late, F.col("s_suppkey") == F.col("l_suppkey"))
        .join(t("orders").filter("o_orderstatus = 'F'"), F.col("o_orderkey") == F.col("l_orderkey"))
        .join(t("nation").filter("n_name = 'SAUDI ARABIA'"), F.col("s_nationkey") == F.col("n_nationkey"))
        .join(shipped_by_several, F.col("l_orderkey") == F.col("several_order"), "left_semi")
        .join(late_by_one, F.col("l_orderkey") == F.col("late_order"), "left_semi")
        .groupBy("s_name")
        .agg(F.count("*").alias("numwait"))
        .orderBy(F.desc("numwait"), "s_name")
        .limit(100)
    )


def q22(t):
    candidates = (
        t("customer")
        .withColumn("cntrycode", F.substring("c_phone", 1, 2))
        .filter(F.col("cntrycode").isin("13", "31", "23", "29", "30", "18", "17"))
    )
    average = candidates.filter("c_acctbal > 0").agg(F.avg("c_acctbal").alias("average"))
    return (
        candidates.crossJoin(average)
        .filter(F.col("c_acctbal") > F.col("average"))
        .join(t("orders"), F.col("c_custkey") == F.col("o_custkey"), "left_anti")
        .groupBy("cntrycode")
        .agg(F.count("*").alias("numcust"), F.sum("c_acctbal").alias("totacctbal"))
        .orderBy("cntrycode")
    )


QUERIES = {number: globals()[f"q{number}"] for number in range(1, 23)}
