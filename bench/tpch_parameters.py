"""TPC-H's query texts with other parameters than their first ones, as its specification has them drawn."""

import datetime

REGIONS = ("AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST")
NATIONS = ("ALGERIA", "ARGENTINA", "BRAZIL", "CANADA", "EGYPT", "FRANCE", "GERMANY", "INDIA", "IRAN", "JAPAN",
           "KENYA", "PERU", "CHINA", "ROMANIA", "RUSSIA", "VIETNAM")
SEGMENTS = ("AUTOMOBILE", "BUILDING", "FURNITURE", "MACHINERY", "HOUSEHOLD")
MODES = ("REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB")
SIZES = ("STANDARD", "SMALL", "MEDIUM", "LARGE", "ECONOMY", "PROMO")
COATINGS = ("ANODIZED", "BURNISHED", "PLATED", "POLISHED", "BRUSHED")
METALS = ("TIN", "NICKEL", "BRASS", "STEEL", "COPPER")
BOXES = ("SM", "LG", "MED", "JUMBO", "WRAP")
KINDS = ("CASE", "BOX", "BAG", "JAR", "PKG", "PACK", "CAN", "DRUM")
COLOURS = ("almond", "azure", "blue", "chocolate", "cream", "forest", "green", "ivory", "lemon", "navy", "plum",
           "red", "sienna", "snow", "tan", "white")


def _date(text):
    return datetime.date.fromisoformat(text)


def _months(day, count):
    month = day.month - 1 + count
    return day.replace(year=day.year + month // 12, month=month % 12 + 1)


def _period(draw, begin, end, first, months_of_choice, length):
    """Replacements of a period's two days: it begins up to so many months after `first`."""
    day = _months(_date(first), draw.randrange(months_of_choice))
    return [(begin, str(day)), (end, str(_months(day, length)))]


def _year(draw, first=1993, years=5):
    year = draw.randrange(first, first + years)
    return [("1994-01-01", f"{year}-01-01"), ("1995-01-01", f"{year + 1}-01-01")]


def _brand(draw):
    return f"Brand#{draw.randrange(1, 6)}{draw.randrange(1, 6)}"


def _replacements(query, draw):
    """Pairs of what stands in the text and what shall."""
    pick = draw.choice
    match query:
        case 1:
            return [("1998-09-02", str(_date("1998-12-01") - datetime.timedelta(draw.randrange(60, 121))))]
        case 2:
            return [("= 15", f"= {draw.randrange(1, 51)}"), ("BRASS", pick(METALS)), ("EUROPE", pick(REGIONS))]
        case 3:
            return [("BUILDING", pick(SEGMENTS)), ("1995-03-15", f"1995-03-{draw.randrange(1, 32):02}")]
        case 4:
            return _period(draw, "1993-07-01", "1993-10-01", "1993-01-01", 58, 3)
        case 5:
            return [("ASIA", pick(REGIONS)), *_year(draw)]
        case 6:
            discount = draw.randrange(2, 10)
            return [("0.05 AND 0.07", f"0.{discount - 1:02} AND 0.{discount + 1:02}"),
                    ("< 24", f"< {pick((24, 25))}"), *_year(draw)]
        case 7:
            first, second = draw.sample(NATIONS, 2)
            return [("FRANCE", first), ("GERMANY", second)]
        case 8:
            return [("BRAZIL", pick(NATIONS)), ("AMERICA", pick(REGIONS)),
                    ("ECONOMY ANODIZED STEEL", f"{pick(SIZES)} {pick(COATINGS)} {pick(METALS)}")]
        case 9:
            return [("green", pick(COLOURS))]
        case 10:
            return _period(draw, "1993-10-01", "1994-01-01", "1993-02-01", 24, 3)
        case 11:
            return [("GERMANY", pick(NATIONS))]
        case 12:
            first, second = draw.sample(MODES, 2)
            return [("'MAIL', 'SHIP'", f"'{first}', '{second}'"), *_year(draw)]
        case 13:
            return [("special%requests", f"{pick(('special', 'pending', 'unusual', 'express'))}%"
                                         f"{pick(('packages', 'requests', 'accounts', 'deposits'))}")]
        case 14:
            return _period(draw, "1995-09-01", "1995-10-01", "1993-01-01", 60, 1)
        case 15:
            return _period(draw, "1996-01-01", "1996-04-01", "1993-01-01", 58, 3)
        case 16:
            sizes = ", ".join(map(str, draw.sample(range(1, 51), 8)))
            return [("Brand#45", _brand(draw)), ("MEDIUM POLISHED", f"{pick(SIZES)} {pick(COATINGS)}"),
                    ("49, 14, 23, 45, 19, 3, 36, 9", sizes)]
        case 17:
            return [("Brand#23", _brand(draw)), ("MED BOX", f"{pick(BOXES)} {pick(KINDS)}")]
        case 18:
            return [("> 300", f"> {draw.randrange(312, 316)}")]
        case 19:
            return [("Brand#12", _brand(draw)), ("Brand#23", _brand(draw)), ("Brand#34", _brand(draw)),
                    (">= 1 ", f">= {draw.randrange(1, 11)} ")]
        case 20:
            return [("forest", pick(COLOURS)), ("CANADA", pick(NATIONS)), *_year(draw)]
        case 21:
            return [("SAUDI ARABIA", pick(NATIONS))]
        case 22:
            codes = ", ".join(f"'{code}'" for code in draw.sample(range(10, 35), 7))
            return [("'13', '31', '23', '29', '30', '18', '17'", codes)]
    raise ValueError(f"TPC-H has no query {query}")


def with_parameters(query, text, draw):
    """`text` of that number on one line, with parameters of `draw`, a random.Random."""
    text = " ".join(text.split())
    replacements = _replacements(query, draw)
    for position, (old, _) in enumerate(replacements):  # through marks: what is put in may look like what is replaced
        if old not in text:
            raise ValueError(f"query {query} has no {old!r}")
        text = text.replace(old, f"\0{position}\0")
    for position, (_, new) in enumerate(replacements):
        text = text.replace(f"\0{position}\0", new)
    return text
