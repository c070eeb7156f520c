"""Compares how long compilers take from the text of a query to SQL.

usage: compile_times.py BENCH_COMPILE AURA [REPETITIONS]

BENCH_COMPILE and AURA are the programs of a release build. The queries of
compile_queries.py go through aura, prqlc and sqlglot, each in a loop within its
own process; a figure is the median of the repetitions, in microseconds of CPU
time. First the answers of all three are compared on a seeded database, so that
the queries do have one meaning.
"""

import pathlib
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

import prqlc
import sqlglot

from compile_queries import QUERIES

SCHEMA = pathlib.Path(__file__).parents[2] / "configs/schemas/smart_home.yaml"
PRQL = prqlc.CompileOptions(target="sql.sqlite", format=False, signature_comment=False)


def by_aura(program, repetitions, loops):
    """The microseconds and the SQL of each query."""
    text = "\n".join(query["aura"] for query in QUERIES)
    run = subprocess.run(
        [program, SCHEMA, str(repetitions), str(loops)],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.split("\t") for line in run.stdout.splitlines()]
    return [(float(micros), sql) for micros, sql in lines]


def measure(compile_one, repetitions, loops):
    times = []
    for _ in range(repetitions):
        begin = time.process_time()
        for _ in range(loops):
            compile_one()
        times.append((time.process_time() - begin) / loops * 1e6)
    return statistics.median(times)


def by_prqlc(text):
    return prqlc.compile(text, PRQL)


def by_sqlglot(text):
    return sqlglot.transpile(text, read="duckdb", write="sqlite")[0]


def rows(database, sql):
    return [
        tuple(round(cell, 6) if isinstance(cell, float) else cell for cell in row)
        for row in database.execute(sql)
    ]


def check(database, compiled):
    """Fails unless all the compilers' SQL gives the same rows, and some."""
    for query, (_, sql) in zip(QUERIES, compiled):
        expected = rows(database, sql)
        assert expected, query["name"]
        for found in (by_prqlc(query["prql"]), by_sqlglot(query["sql"])):
            assert rows(database, found) == expected, (query["name"], sql, found)


def main(bench, aura, repetitions=7):
    compiled = by_aura(bench, repetitions, 2000)
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "house.sqlite"
        subprocess.run([aura, "schema", "seed", "-s", SCHEMA, "-o", file], check=True)
        check(sqlite3.connect(file), compiled)
    print(f"aura, prqlc {prqlc.__version__}, sqlglot {sqlglot.__version__}: µs of CPU a query")
    print(f"{'operators':42} {'aura':>8} {'prqlc':>9} {'sqlglot':>9} {'prqlc/':>8} {'sqlglot/':>9}")
    table = []
    for query, (micros, _) in zip(QUERIES, compiled):
        prql = measure(lambda: by_prqlc(query["prql"]), repetitions, 20)
        glot = measure(lambda: by_sqlglot(query["sql"]), repetitions, 20)
        table.append((micros, prql, glot))
        print(
            f"{query['name']:42} {micros:8.2f} {prql:9.1f} {glot:9.1f} "
            f"{prql / micros:7.1f}× {glot / micros:8.1f}×"
        )
    means = [statistics.geometric_mean(column) for column in zip(*table)]
    print(
        f"{'geometric mean':42} {means[0]:8.2f} {means[1]:9.1f} {means[2]:9.1f} "
        f"{means[1] / means[0]:7.1f}× {means[2] / means[0]:8.1f}×"
    )
    print(f"aura compiles {1e6 / means[0]:,.0f} queries a second on one core")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
