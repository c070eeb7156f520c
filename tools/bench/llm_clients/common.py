"""What the Python clients share: arguments, prompts, and the line of numbers
that each prints. A client gives `main` a coroutine function that makes
`ask(row) -> str` and `close()` out of (base_url, ca_file, in_flight)."""

import asyncio
import json
import resource
import sys
import time


def prompt_of(row):
    """The prompt of the C++ engine, byte for byte."""
    text = f"Row {row}. Put the query into a question."
    while len(text) < 1500:
        text += " The table device has the columns id, name, room and power."
    return text[:1500]


def body_of(row):
    return {
        "model": "mock",
        "max_completion_tokens": 512,
        "messages": [{"role": "user", "content": prompt_of(row)}],
    }


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def run(connect, base_url, ca_file, rows, in_flight):
    begun = time.monotonic()
    before = cpu_seconds()  # what importing packages cost is not counted
    ask, close = await connect(base_url, ca_file, in_flight)
    good = 0
    numbers = iter(range(rows))

    async def work():
        nonlocal good
        for row in numbers:
            if await ask(row):
                good += 1

    await asyncio.gather(*(work() for _ in range(min(in_flight, rows))))
    wall = time.monotonic() - begun
    await close()
    used = cpu_seconds() - before
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({
        "rows": rows,
        "good": good,
        "seconds": round(wall, 4),
        "cpu_seconds": round(used, 4),
        "rss_mb": round(memory / 1024, 1),
    }))


def main(connect, new_loop=None):
    base_url, ca_file, rows, in_flight = sys.argv[1:5]
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(run(connect, base_url, ca_file, int(rows), int(in_flight)))
