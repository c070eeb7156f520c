#!/usr/bin/env python3
"""Writes nf4.safetensors: what bitsandbytes makes of some values, and what its
8-bit AdamW does in ten steps. Development time only; bitsandbytes 0.50.2 on
the CPU, torch 2.11."""

import pathlib
import sys

import bitsandbytes.functional as F
import torch
from bitsandbytes.backends.triton.kernels_optim import (
    optimizer_update_8bit_blockwise_pytorch as step8,
)
from safetensors.torch import save_file

torch.manual_seed(5)
out = {
    "signed_map": F.create_dynamic_map(True),
    "unsigned_map": F.create_dynamic_map(False),
}

# Whole blocks, an all-zero one, an odd end, and values on the midpoints.
book = F.get_4bit_type("nf4", device="cpu")
midpoints = (book[:-1] + book[1:]) / 2
cases = {
    "blocks": torch.randn(64 * 5),
    "zeros": torch.cat([torch.randn(64), torch.zeros(64), torch.randn(64)]),
    "odd": torch.randn(64 + 37),
    "short": torch.randn(7) * 1e-3,
    "nothing": torch.zeros(5),
    "midpoints": torch.cat([midpoints, torch.ones(49)]),
}
for name, x in cases.items():
    codes, state = F.quantize_4bit(x, quant_type="nf4", blocksize=64)
    out[f"{name}.x"] = x
    out[f"{name}.codes"] = codes.reshape(-1)
    out[f"{name}.scales"] = state.absmax
    state.dtype = torch.bfloat16
    out[f"{name}.back"] = F.dequantize_4bit(codes, state)

scales = torch.rand(256 * 3 + 11) + 0.5
scales[256:512] = scales[256:512] * 0 + 0.25
offset = scales.mean()
codes, nested = F.quantize_blockwise(scales - offset, blocksize=256)
back = F.dequantize_blockwise(codes, nested) + offset
out["scales.x"] = scales
out["scales.offset"] = offset
out["scales.codes"] = codes
out["scales.nested"] = nested.absmax
out["scales.back"] = back

# Ten steps of the 8-bit AdamW. Its plain form takes the decay first, hence none
# here; the order is checked by its formula.
n = 4096 + 300
p = torch.randn(n)
state = [torch.full((n,), 127, dtype=torch.uint8), torch.zeros(n, dtype=torch.uint8)]
tops = [torch.zeros((n + 255) // 256), torch.zeros((n + 255) // 256)]
maps = [F.create_dynamic_map(True), F.create_dynamic_map(False)]
out["adam.p"] = p.clone()
for step in range(1, 11):
    g = torch.randn(n) * torch.rand(n)
    out[f"adam.g{step}"] = g
    step8(p, g.clone(), *state, 0.9, 0.995, 0.0, 0.0, 1e-8,
          step, 1e-2, *maps, *tops, 0.0, 1.0, False, optimizer_name="adam")
out["adam.p10"] = p
out["adam.m"], out["adam.v"] = state
out["adam.m_scale"], out["adam.v_scale"] = tops

# AdamW of PyTorch.
q = torch.nn.Parameter(torch.randn(64))
out["adamw.p"] = q.detach().clone()
optimizer = torch.optim.AdamW([q], lr=1e-2, betas=(0.9, 0.995), weight_decay=0.3)
for step in range(1, 11):
    q.grad = torch.randn(64)
    out[f"adamw.g{step}"] = q.grad.clone()
    optimizer.step()
out["adamw.p10"] = q.detach()

save_file({k: v.float().contiguous() for k, v in out.items()},
          pathlib.Path(__file__).with_suffix(".safetensors"))
