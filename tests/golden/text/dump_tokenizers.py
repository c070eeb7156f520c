#!/usr/bin/env python3
"""Writes tokenizers/: a small tokenizer.json in the style of each family of
models, and what PyPI `tokenizers` makes of random strings with it. Run by a
developer, never by the tests."""

import json
import pathlib
import random

from tokenizers import (AddedToken, Regex, Tokenizer, decoders, models, normalizers,
                        pre_tokenizers, processors, trainers)

here = pathlib.Path(__file__).parent
CL100K = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
          r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
CORPUS = [
    "SOURCE orders |> FILTER status == 'paid' |> AGGREGATE SUM(total) AS t BY month",
    "What is the total energy per room in March 2024? It's 3.5 kWh, isn't it?",
    "Zürich, l'été: 25 °C; naïve café Ωμέγα 日本語のテキスト 한국어 emoji 😀😀",
    "    def f(x):\n\n        return x  # 12345678\r\n\ttabs\n",
] * 20
ATOMS = [" SOURCE", "orders", " |>", "FILTER", "'s", "'S", "'ſ", "’s", " 12345", "9", "٣٤", "Ⅷ", "½",
         "\n", "\r\n", "\t", " ", "  ", "   ", "\u00a0", "\u2003", "\u3000", "\u180e", "\u0085",
         "é", "e\u0301", "Å", "\u212b", "ﬁ", "日本", "한", "\u1112\u1161\u11ab", "😀", "👩\u200d👩",
         "<|im_start|>", "<|im_end|>", "<|im_sep|>", "<|im", "|>", "<tool>", "word", "_", "-", "==",
         "x" * 30, "ab" * 60, "\u0000", "\ufffd", "İ", "ß"]


def save(name, tokenizer, specials, plain=()):
    trainer = trainers.BpeTrainer(
        vocab_size=420, special_tokens=[], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_special_tokens(specials)
    tokenizer.add_tokens(list(plain))
    if name == "llama":
        tokenizer.post_processor = processors.Sequence([
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(
                single="<|begin|> $A", special_tokens=[("<|begin|>", tokenizer.token_to_id("<|begin|>"))])])
    tokenizer.save(str(here / "tokenizers" / f"{name}.json"), pretty=False)
    tokenizer = Tokenizer.from_file(str(here / "tokenizers" / f"{name}.json"))
    random.seed(7)
    texts = ["".join(random.choice(ATOMS) for _ in range(random.randint(0, 14))) for _ in range(150)]
    rows = []
    for text in texts:
        ids = tokenizer.encode(text).ids
        rows.append({"text": text, "ids": ids,
                     "plain": tokenizer.encode(text, add_special_tokens=False).ids,
                     "decoded": tokenizer.decode(ids, skip_special_tokens=False)})
    (here / "tokenizers" / f"{name}.rows.json").write_text(
        "[\n" + ",\n".join(json.dumps(x) for x in rows) + "\n]\n")


def byte_level(**options):
    return pre_tokenizers.ByteLevel(add_prefix_space=False, **options)


def special(text, **flags):
    return AddedToken(text, special=True, normalized=False, **flags)


def bare(**model):
    result = Tokenizer(models.BPE(**model))
    result.decoder = decoders.ByteLevel()
    return result


(here / "tokenizers").mkdir(exist_ok=True)
x = bare()
x.pre_tokenizer = pre_tokenizers.Sequence([
    pre_tokenizers.Split(Regex(CL100K), "removed", invert=True), byte_level(use_regex=False)])
save("phi", x, [special(t, lstrip=True, rstrip=True) for t in ("<|im_start|>", "<|im_end|>", "<|im_sep|>")])
x = bare()
x.pre_tokenizer = pre_tokenizers.Sequence([
    pre_tokenizers.Digits(individual_digits=True), byte_level(use_regex=True)])
save("smollm", x, [special("<|im_start|>"), special("<|im_end|>")])
x = bare()
x.normalizer = normalizers.NFC()
x.pre_tokenizer = pre_tokenizers.Sequence([
    pre_tokenizers.Split(Regex(CL100K.replace("{1,3}", "")), "isolated"), byte_level(use_regex=False)])
save("qwen", x, [special("<|im_start|>"), special("<|im_end|>")],
     [AddedToken("<tool>", normalized=False), AddedToken("word", single_word=True, normalized=True)])
x = bare(ignore_merges=True)
x.pre_tokenizer = pre_tokenizers.Sequence([
    pre_tokenizers.Split(Regex(CL100K), "isolated"), byte_level(use_regex=False)])
save("llama", x, [special("<|begin|>"), special("<|im_start|>")])
x = bare()
x.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
save("prefix", x, [special("<|im_end|>")])
