"""Runs generated queries on DuckDB.

usage: corpus.py FOLDER [FIRST_PROBLEMS]

FOLDER is what the differential test writes with AURA_DIFFERENTIAL_DUMP: states
of databases, and lines of a query, its SQL for DuckDB and the answer of SQLite.
Names, types and rows have to agree; of rows in an order, those of equal rank may
change places. A query whose meaning the language leaves open is left out, and so
is one that leaves the range of 64 bits, where DuckDB stops with an error.
"""

import collections
import json
import pathlib
import re
import sys

import duckdb

import answers

# DuckDB refuses what it cannot represent; SQLite goes on with a REAL.
OUT_OF_RANGE = re.compile("Out of Range|Overflow|out of range", re.IGNORECASE)


def load(file):
    """A database with the tables of a state."""
    connection = duckdb.connect(config={"threads": 1})
    for table, content in json.loads(file.read_text())["tables"].items():
        name = '"' + table.replace('"', '""') + '"'
        kinds = [answers.TYPES[column["type"]] for column in content["columns"]]
        columns = ", ".join(
            '"' + column["name"].replace('"', '""') + '" ' + kind
            for column, kind in zip(content["columns"], kinds)
        )
        connection.execute(f"CREATE TABLE {name} ({columns})")
        rows = [
            [answers.native(value, kind) for value, kind in zip(row, kinds)]
            for row in content["rows"]
        ]
        if rows:
            places = ", ".join("?" * len(kinds))
            connection.executemany(f"INSERT INTO {name} VALUES ({places})", rows)
    return connection


def difference(line, found):
    """What is wrong with the rows found, or None."""
    expected = line["rows"]
    if not line["ordered"]:
        return answers.difference(expected, found, ordered=False)
    if len(expected) != len(found):
        return f"{len(expected)} rows expected, {len(found)} found"
    # Rows of one rank stand together, and their own order is open.
    groups = collections.defaultdict(list)
    for i, rank in enumerate(line["ranks"]):
        groups[rank].append(i)
    for places in groups.values():
        problem = answers.difference(
            [expected[i] for i in places], [found[i] for i in places], ordered=False
        )
        if problem:
            return f"at {places[0]}: {problem}"
    return None


def run(line, connection):
    """How it went, and what is wrong if anything is."""
    if line["ambiguous"]:
        return "left open: " + re.sub("[0-9]+", "n", line["ambiguous"])[:60], None
    if "duckdb" not in line:
        return "differ", "the DuckDB target refuses what the SQLite target takes"
    try:
        connection.execute(line["duckdb"])
        found = connection.fetchall()
    except duckdb.Error as error:
        if OUT_OF_RANGE.search(str(error)):
            return "beyond 64 bits", None
        return "differ", str(error)
    wanted = [(column["name"], answers.TYPES[column["type"]]) for column in line["columns"]]
    types = answers.column_types(connection)
    if types != wanted:
        return "differ", f"columns {wanted} expected, {types} found"
    problem = difference(line, [[answers.stored(value) for value in row] for row in found])
    return ("differ", problem) if problem else ("agree", None)


def main(folder, shown=20):
    databases = {}
    counts = collections.Counter()
    with open(folder / "corpus.jsonl", encoding="utf-8") as file:
        for text in file:
            line = json.loads(text)
            name = f"{line['schema']}.{line['state']}"
            if name not in databases:
                databases[name] = load(folder / "states" / f"{name}.json")
            how, problem = run(line, databases[name])
            counts[how] += 1
            if problem and counts[how] <= shown:
                print(f"{line['id']} on {name}: {line['query']}\n  {line.get('duckdb')}\n  {problem}")
    for how, count in counts.most_common():
        print(f"{how}: {count}")
    print(f"{sum(counts.values())} queries, {counts['differ']} of them differ")
    return 1 if counts["differ"] or not counts["agree"] else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), *map(int, sys.argv[2:])))
