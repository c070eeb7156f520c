"""Tables, queries and answers of two databases, and whether they agree."""

import datetime
import math

TYPES = {
    "integer": "BIGINT",
    "real": "DOUBLE",
    "text": "VARCHAR",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}

EPOCH = datetime.datetime(1970, 1, 1)


def native(value, kind):
    """A value as SQLite stores it, as one of a DuckDB type."""
    if value is None:
        return None
    if kind == "BOOLEAN":
        return bool(value)
    if kind in ("DATE", "TIMESTAMP"):
        if isinstance(value, int):
            value = (EPOCH + datetime.timedelta(seconds=value)).isoformat(" ")
        value = value.replace("T", " ")
        return value[:10] if kind == "DATE" else value
    return value


def stored(value):
    """A value of DuckDB as the SQLite target shows it."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def number(value):
    return isinstance(value, (int, float))


def equal(a, b):
    """Whether two cells agree; REALs may differ in their last digits."""
    if number(a) and number(b):
        if math.isinf(a) or math.isinf(b):
            return a == b
        if isinstance(a, int) and isinstance(b, int):
            return a == b
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
    return type(a) is type(b) and a == b


def equal_rows(a, b):
    return len(a) == len(b) and all(map(equal, a, b))


def key(row):
    """Puts rows in an order in which equal rows meet."""
    result = []
    for value in row:
        if value is None:
            result.append((0, 0, ""))
        elif number(value):
            result.append((1, float(f"{float(value):.9g}"), ""))
        else:
            result.append((2, 0, value))
    return result


def same_bag(left, right):
    """Whether the rows agree in any order."""
    if all(map(equal_rows, sorted(left, key=key), sorted(right, key=key))):
        return True
    # Rounding may have put nearly equal rows in another order.
    rest = list(right)
    for row in left:
        for i, other in enumerate(rest):
            if equal_rows(row, other):
                del rest[i]
                break
        else:
            return False
    return True


def difference(expected, found, ordered):
    """What is wrong with the rows found, or None."""
    if len(expected) != len(found):
        return f"{len(expected)} rows expected, {len(found)} found"
    if ordered:
        for i, (a, b) in enumerate(zip(expected, found)):
            if not equal_rows(a, b):
                return f"row {i}: {a} expected, {b} found"
        return None
    if same_bag(expected, found):
        return None
    return f"{sorted(expected, key=key)[:5]} expected, {sorted(found, key=key)[:5]} found"


def column_types(connection):
    """The names and types of the result just computed."""
    return [(column[0], str(column[1])) for column in connection.description]
