"""Runs the golden queries of the language on DuckDB.

usage: golden.py tests/golden/dsl

The folder sql has the answers of SQLite over lab.sql, the folder duckdb the
same queries as SQL for DuckDB. Names, types and rows have to agree.
"""

import pathlib
import re
import sqlite3
import sys

import duckdb

import answers

CELL = re.compile(r"'(?:[^']|'')*'|[^|' ]+")


def cases(text):
    """Yields the lines of each case by the sign they begin with."""
    for block in re.split(r"\n\n+", text.strip("\n")):
        case = {}
        # A line without a sign is the rest of a text in a row.
        for line in filter(None, block.split("\n")):
            case.setdefault(line[0], []).append(line[2:])
        if ">" in case:
            yield case


def cell(text):
    text = text.strip()
    if text == "NULL":
        return None
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    return float(text) if re.search(r"[.enf]", text) else int(text)


def columns(text):
    return [tuple(part.rstrip("?").rsplit(" ", 1)) for part in text.split(", ")]


def load(folder, connection):
    """Copies the tables of lab.sql into columns of DuckDB's own types."""
    source = sqlite3.connect(":memory:")
    source.executescript((folder / "lab.sql").read_text())
    connection.execute((folder / "duckdb" / "lab.sql").read_text())
    for (table,) in connection.execute("SHOW TABLES").fetchall():
        kinds = [row[1] for row in connection.execute(f'DESCRIBE "{table}"').fetchall()]
        rows = [
            [answers.native(value, kind) for value, kind in zip(row, kinds)]
            for row in source.execute(f'SELECT * FROM "{table}"')
        ]
        places = ", ".join("?" * len(kinds))
        connection.executemany(f'INSERT INTO "{table}" VALUES ({places})', rows)


def check(case, exported, connection):
    """What DuckDB does otherwise than SQLite, or None."""
    try:
        connection.execute(exported["="][0].replace("␤", "\n"))
    except duckdb.Error as error:
        return str(error)
    wanted = [(name, answers.TYPES[kind]) for name, kind in columns(case[":"][0])]
    types = answers.column_types(connection)[: len(wanted)]
    if types != wanted:
        return f"columns {wanted} expected, {types} found"
    found = [[answers.stored(value) for value in row] for row in connection.fetchall()]
    expected = [[cell(part) for part in CELL.findall(row)] for row in case.get("|", [])]
    return answers.difference(expected, found, ordered=":" in exported)


def main(folder):
    connection = duckdb.connect()
    load(folder, connection)
    done = failed = 0
    for file in sorted((folder / "sql").glob("*.golden")):
        exports = list(cases((folder / "duckdb" / file.name).read_text()))
        wanted = [case for case in cases(file.read_text()) if "=" in case]
        assert [x[">"] for x in exports] == [x[">"] for x in wanted], file
        for case, exported in zip(wanted, exports):
            done += 1
            problem = check(case, exported, connection)
            if problem:
                failed += 1
                print(f"{file.name}: {case['>'][0]}\n  {exported['='][0]}\n  {problem}")
    print(f"{done} queries, {failed} of them differ")
    return 1 if failed or not done else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
