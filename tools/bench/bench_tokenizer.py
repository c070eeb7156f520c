"""Our tokenizer against PyPI `tokenizers` and `tiktoken`: the same texts, one
core, one run, by turns. bench_tokenizer.py BENCH_TOKENIZER FOLDER FILE…, where FOLDER
has tokenizer.json and cl100k_base.tiktoken. Prints the median of seven rounds
in megabytes per second of CPU time."""

import base64
import os
import pathlib
import statistics
import subprocess
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"
import tiktoken
from tokenizers import Tokenizer

ROUNDS = 7
PATTERN = (r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|"
           r"\s++$|\s*[\r\n]|\s+(?!\S)|\s")


def rate(size, encode, texts):
    begin = time.process_time()
    count = sum(len(encode(x)) for x in texts)
    return size / 1e6 / (time.process_time() - begin), count


def main():
    bench, folder, *files = sys.argv[1:]
    folder = pathlib.Path(folder)
    texts = [pathlib.Path(x).read_text(encoding="utf-8") for x in files]
    size = sum(len(x.encode()) for x in texts)
    hugging = Tokenizer.from_file(str(folder / "tokenizer.json"))
    ranks = {base64.b64decode(t): int(r) for t, r in
             (line.split() for line in (folder / "cl100k_base.tiktoken").read_bytes().splitlines() if line)}
    tik = tiktoken.Encoding("cl100k", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={})
    results = {"aura": [], "aura (ranks)": [], "tokenizers": [], "tiktoken": []}
    counts = {}
    for _ in range(ROUNDS):
        for name, file in (("aura", "tokenizer.json"), ("aura (ranks)", "cl100k_base.tiktoken")):
            done = subprocess.run([bench, str(folder / file), "1", *files], capture_output=True, text=True, check=True)
            speed, count = done.stdout.split()
            results[name].append(float(speed))
            counts[name] = int(count)
        for name, encode in (("tokenizers", lambda x: hugging.encode(x, add_special_tokens=False).ids),
                             ("tiktoken", lambda x: tik.encode_ordinary(x))):
            speed, counts[name] = rate(size, encode, texts)
            results[name].append(speed)
    ours = statistics.median(results["aura"])
    print(f"{size / 1e6:.1f} MB in {len(texts)} texts, median of {ROUNDS}, one core")
    for name, speeds in results.items():
        middle = statistics.median(speeds)
        print(f"{name:14} {middle:7.2f} MB/s  {counts[name]} tokens  aura is {ours / middle:.1f} times as fast")


main()
