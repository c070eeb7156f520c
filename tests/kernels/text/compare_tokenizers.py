"""Compares `aura tokenize` with PyPI `tokenizers` and `tiktoken`, id for id.

compare_tokenizers.py AURA FOLDER…: each folder has tokenizer.json, and perhaps
cl100k_base.tiktoken. Exits with 77, which ctest shows as skipped, where none
of the folders exists."""

import pathlib
import random
import subprocess
import sys

import tiktoken
from tokenizers import Tokenizer

WORDS = ["SOURCE orders", " |> FILTER", " status == 'paid'", " AGGREGATE SUM(kwh) AS total", "'s", "'S",
         " What", " is", " the", "\t", "  ", " ", "2024-03-05", " 1234567", "é", "Zürich", "日本語", "😀",
         "\u00a0", "\u2003", "\u3000", "\u200d", "<|im_start|>", "<|im_end|>", "<|im", "|>", "==", "-", "_",
         "!!!", "don't", "I'LL", "Ǆ", "ß", "ʼn", "x" * 40]


def random_texts(count):
    generator = random.Random(2024)
    for _ in range(count):
        if generator.random() < 0.5:
            yield "".join(generator.choice(WORDS) for _ in range(generator.randint(0, 12)))
            continue
        # Assigned characters of all planes, but no line breaks or surrogates.
        text = []
        while len(text) < generator.randint(1, 24):
            c = chr(generator.choice([generator.randint(0x20, 0x24F), generator.randint(0x370, 0x2FFF),
                                      generator.randint(0x3041, 0x9FFF), generator.randint(0x1F300, 0x1F64F)]))
            if c.isprintable() or c.isspace():
                text.append(c)
        yield "".join(text).replace("\n", " ").replace("\r", " ")


def ask(aura, file, lines, *flags):
    done = subprocess.run([aura, "tokenize", "-t", str(file), *flags], input="\n".join(lines) + "\n",
                          capture_output=True, encoding="utf-8", check=True)
    return done.stdout.split("\n")[:-1]


def compare(aura, file, encode, texts, *flags):
    lines = ask(aura, file, texts, *flags)
    wrong = 0
    for text, line in zip(texts, lines, strict=True):
        expected = " ".join(map(str, encode(text)))
        if line != expected:
            wrong += 1
            if wrong <= 5:
                print(f"{file.name}: {text!r}\n  reference {expected}\n  aura      {line}")
    print(f"{file}: {len(texts)} texts, {wrong} differ")
    return wrong


def main():
    aura, *folders = sys.argv[1:]
    folders = [x for x in map(pathlib.Path, folders) if (x / "tokenizer.json").exists()]
    if not folders:
        print("skipped: no tokenizer.json to compare with")
        return 77
    wrong = 0
    # str.splitlines knows more line ends than a line of the command has.
    texts = [x for x in random_texts(10_000) if "\n" not in x and "\x85" not in x]
    for folder in folders:
        file = folder / "tokenizer.json"
        reference = Tokenizer.from_file(str(file))
        wrong += compare(aura, file, lambda x: reference.encode(x).ids, texts)
        # decode gives back what a text without special tokens was.
        plain = [x for x in texts if "<|" not in x][:2000]
        ids = ask(aura, file, plain)
        if ask(aura, file, ids, "--decode") != plain:
            print(f"{file}: decoding does not give the texts back")
            wrong += 1
        ranks = folder / "cl100k_base.tiktoken"
        if ranks.exists():
            import base64
            table = {base64.b64decode(token): int(rank) for token, rank in
                     (line.split() for line in ranks.read_bytes().splitlines() if line)}
            pattern = (r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|"
                       r"\s++$|\s*[\r\n]|\s+(?!\S)|\s")
            other = tiktoken.Encoding("cl100k", pat_str=pattern, mergeable_ranks=table, special_tokens={})
            wrong += compare(aura, ranks, lambda x: other.encode(x, disallowed_special=()), texts, "--plain")
    return 1 if wrong else 0


sys.exit(main())
