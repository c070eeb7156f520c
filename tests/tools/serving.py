"""What the tests of `aura serve` stand on: a small database, a tiny decoder that
has been fine-tuned on questions about it by `aura-run`, and a server."""

import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import urllib.error
import urllib.request

SOURCE = pathlib.Path(__file__).parents[2]
CONTEXT = ("devices(id, name, watts)\n"
           "rooms(id, name)")


def answers():
    """Questions, and the queries that a trained model answers with."""
    for table in ("devices", "rooms"):
        yield f"how many {table}?", f"SOURCE {table} |> AGGREGATE COUNT()"
        for most in range(1, 8):
            yield (f"show {most} {table}",
                   f"SOURCE {table} |> SELECT name |> LIMIT {most}")
    for least in range(1, 8):
        yield (f"devices above {least}",
               f"SOURCE devices |> FILTER watts > {least}")


class Place:
    """A fresh folder with the database and all forms of the trained model."""

    def __init__(self, aura, aura_run, write_tiny_model, folder):
        self.aura, self.aura_run = aura, aura_run
        self.folder = pathlib.Path(folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        with sqlite3.connect(self.folder / "home.db") as made:
            made.executescript("""
                CREATE TABLE devices (id INTEGER PRIMARY KEY,
                                      name TEXT NOT NULL, watts REAL);
                CREATE TABLE rooms (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
                INSERT INTO devices VALUES (1, 'lamp', 4), (2, 'heater', 900),
                                           (3, 'fan', NULL);
                INSERT INTO rooms VALUES (1, 'hall'), (2, '<b>attic</b>');""")
        made.close()
        subprocess.run([write_tiny_model, self.folder / "tiny"], check=True)
        with open(self.folder / "rows.jsonl", "w", encoding="utf-8") as out:
            for question, query in answers():
                print(json.dumps({"context": CONTEXT, "question": question,
                                  "query": query}), file=out)

    def run(self, *words, code=0):
        """What a program prints in the folder."""
        done = subprocess.run(list(map(str, words)), cwd=self.folder, text=True,
                              capture_output=True, timeout=900)
        if done.returncode != code:
            raise RuntimeError(f"{words}: {done.returncode} {done.stderr}")
        return done.stdout

    def train(self):
        self.run(self.aura_run, SOURCE / "pipelines/finetune.yaml",
                 "model=tiny", "data=rows.jsonl", "out=trained", "rows.eval=0",
                 "finetune.rank=8", "finetune.alpha=16", "finetune.batch=8",
                 "finetune.accumulation=1", "finetune.epochs=40",
                 "finetune.rate=0.01", "finetune.whole-rate=0.01",
                 "finetune.train-embedding=true", "finetune.train-head=true",
                 "finetune.base=stored")

    def ask(self, question, *words):
        return json.loads(self.run(self.aura, "ask", "-d", "home.db", "--json",
                                   *words, question))

    def rows(self, query):
        """What `aura query` finds."""
        return json.loads(self.run(self.aura, "query", "-d", "home.db",
                                   "--format", "json", query))


class Server:
    """`aura serve` for as long as the `with` lasts."""

    def __init__(self, place, *words, key=None):
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        environment.pop("AURA_SERVE_KEY", None)
        if key:
            environment["AURA_SERVE_KEY"] = key
        self.process = subprocess.Popen(
            [place.aura, "serve", "-d", "home.db", "--port", "0", *words],
            cwd=place.folder, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        first = self.process.stdout.readline()
        found = re.fullmatch(r"serving at (http://localhost:\d+)/\n", first)
        if not found:
            raise RuntimeError(first + self.process.communicate()[1])
        self.url = found.group(1)
        self.code = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=120)
        self.code = self.process.returncode

    def fetch(self, path, body=None, **headers):
        """Status, type and text of a reply; a body that is no text is JSON."""
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
        request = urllib.request.Request(
            self.url + path, body.encode() if body is not None else None,
            {"Content-Type": "application/json", **headers})
        try:
            with urllib.request.urlopen(request, timeout=300) as reply:
                return (reply.status, reply.headers["Content-Type"],
                        reply.read().decode())
        except urllib.error.HTTPError as refused:
            return (refused.code, refused.headers["Content-Type"],
                    refused.read().decode())

    def json(self, path, body=None, **headers):
        status, _, text = self.fetch(path, body, **headers)
        return status, json.loads(text)
