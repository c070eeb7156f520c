#!/usr/bin/env python3
"""Writes blocks.json: random blocks of each form of GGUF and what PyPI `gguf`
makes of them; nf4.json: matrices as PyPI `bitsandbytes` packs them on the CPU,
in the layout of its checkpoints, and what it unpacks. Numbers are in hexadecimal
bytes, little endian. Run by a developer, never by the tests."""

import json
import pathlib

import bitsandbytes.functional as bnb
import gguf
import numpy
import torch

here = pathlib.Path(__file__).parent
random = numpy.random.default_rng(5)
rows = {}
for name in ("Q8_0", "Q4_0", "Q4_1", "Q4_K"):
    form = gguf.GGMLQuantizationType[name]
    _, size = gguf.GGML_QUANT_SIZES[form]
    blocks = random.integers(0, 256, (4, size), dtype=numpy.uint8)
    for at in (0, 2):  # scales and least values in halves: finite ones, subnormal ones too
        blocks[:, at:at + 2] = random.normal(0, 1, (4, 1)).astype(numpy.float16).view(numpy.uint8)
    blocks[3, 0:2] = [3, 0]
    if name in ("Q8_0", "Q4_0"):
        blocks[:, 2:4] = random.integers(0, 256, (4, 2), dtype=numpy.uint8)
    values = gguf.quants.dequantize(blocks, form).astype(numpy.float32)
    rows[name] = {"bytes": blocks.tobytes().hex(), "values": values.tobytes().hex()}
(here / "blocks.json").write_text(json.dumps(rows, indent=1) + "\n")


def tensor(x):
    types = {torch.uint8: "U8", torch.float32: "F32", torch.bfloat16: "BF16"}
    return {"type": types[x.dtype], "shape": list(x.shape),
            "bytes": x.contiguous().view(torch.uint8).numpy().tobytes().hex()}


torch.manual_seed(3)
rows = []
# Rows that end inside a block, an odd number of values, a block of zeros, and
# more than 256 blocks.
for shape, nested in (((6, 64), True), ((3, 70), False), ((3, 70), True), ((5, 13), True), ((130, 128), True)):
    w = torch.randn(shape).to(torch.bfloat16)
    w.view(-1)[:64] = 0 if shape == (6, 64) else w.view(-1)[:64]
    packed, state = bnb.quantize_4bit(w, blocksize=64, compress_statistics=nested, quant_type="nf4")
    back = bnb.dequantize_4bit(packed, state)
    rows.append({"shape": list(shape), "packed": tensor(packed),
                 "state": {k: tensor(v) for k, v in state.as_dict(packed=True).items()},
                 "values": tensor(back)["bytes"] if back.numel() < 1000 else tensor(back.view(-1)[-300:])["bytes"]})
(here / "nf4.json").write_text("[\n" + ",\n".join(json.dumps(x) for x in rows) + "\n]\n")
