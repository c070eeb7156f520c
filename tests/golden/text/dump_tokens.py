#!/usr/bin/env python3
"""Writes tokens.json: what PyPI `tokenizers` makes of random strings with
tokenizer.json. Run by a developer, never by the tests."""

import json
import pathlib
import random

from tokenizers import Tokenizer

here = pathlib.Path(__file__).parent
tokenizer = Tokenizer.from_file(str(here / "tokenizer.json"))
random.seed(1)
atoms = [" SOURCE", "climate_stats", " |>", " AVG(", " #1", "#12", " $3", "@1",
         " é", "Zürich", "日本", "😀", "  ", "\n", "\t", "'", " 3.5", "2024",
         "(", ")", "_x1", "##1", "$", "°C", " humidity", "-", "\u00a0",
         "\u2003x", "ñ_1("]
texts = ["".join(random.choice(atoms) for _ in range(random.randint(1, 12)))
         for _ in range(200)]
rows = [{"text": x, "ids": tokenizer.encode(x).ids} for x in texts]
assert all(tokenizer.decode(x["ids"]) == x["text"] for x in rows)
(here / "tokens.json").write_text(
    "[\n" + ",\n".join(json.dumps(x) for x in rows) + "\n]\n")
