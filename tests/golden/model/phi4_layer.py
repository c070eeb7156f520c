#!/usr/bin/env python3
"""Writes phi4_layer.safetensors: logits, loss and gradients of one layer of
Phi-4 at its real width with LoRA, as transformers and peft compute them. Its
340 million weights are drawn by a rule that the test knows, too. Development
time only; transformers 5, peft and torch 2.11 on the CPU."""

import pathlib

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import Phi3Config, Phi3ForCausalLM

VOCABULARY = 64


def drawn(number, shape, scale):
    """Multiples of 2^-23 of `scale`, a power of two, hashed from `number` and the
    place in the tensor: exact in single precision."""
    size = int(np.prod(shape))
    x = np.arange(size, dtype=np.uint32)
    x *= np.uint32(0x9E3779B1)
    x += np.uint32(number * 0x85EBCA77 % 2**32)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x2C1B3C6D)
    x ^= x >> np.uint32(12)
    x >>= np.uint32(8)
    values = x.astype(np.float32)
    values -= np.float32(2**23)
    values *= np.float32(scale / 2**23)
    return torch.from_numpy(values.reshape(shape))


# Names without `model.` and `.weight`, in the order of their numbers.
TENSORS = ["embed_tokens", "layers.0.input_layernorm",
           "layers.0.self_attn.qkv_proj", "layers.0.self_attn.o_proj",
           "layers.0.post_attention_layernorm", "layers.0.mlp.gate_up_proj",
           "layers.0.mlp.down_proj", "norm", "lm_head"]
ADAPTED = ["self_attn.qkv_proj", "self_attn.o_proj", "mlp.gate_up_proj",
           "mlp.down_proj"]

config = Phi3Config(
    vocab_size=VOCABULARY, hidden_size=5120, intermediate_size=17920,
    num_hidden_layers=1, num_attention_heads=40, num_key_value_heads=10,
    max_position_embeddings=16384, rms_norm_eps=1e-5, pad_token_id=0,
    bos_token_id=1, eos_token_id=2, tie_word_embeddings=False)
config.rope_parameters = {"rope_type": "default", "rope_theta": 250000.0}
config.rope_theta = 250000.0
config._attn_implementation = "eager"
torch.set_num_threads(2)
with torch.device("meta"):
    model = Phi3ForCausalLM(config)
model = model.to_empty(device="cpu").float()
model.model.rotary_emb = type(model.model.rotary_emb)(config)
names = dict(model.named_parameters())
for number, name in enumerate(TENSORS):
    key = ("" if name == "lm_head" else "model.") + name + ".weight"
    tensor = names.pop(key)
    values = drawn(number, tensor.shape, 0.5 if name == "embed_tokens" else 2**-6)
    tensor.data = values + 1 if tensor.dim() == 1 else values
assert not names, names

peft = get_peft_model(model, LoraConfig(
    r=2, lora_alpha=3, lora_dropout=0.0, task_type="CAUSAL_LM",
    target_modules=[x.split(".")[1] for x in ADAPTED]))
parts = dict(peft.named_parameters())
out = {}
trained = {}
for i, name in enumerate(ADAPTED):
    for j, letter in enumerate("AB"):
        key = f"base_model.model.model.layers.0.{name}.lora_{letter}.default.weight"
        trained[f"{name}.lora_{letter}"] = parts[key]
        parts[key].data = drawn(100 + 2 * i + j, parts[key].shape, 2**-6)

ids, query = torch.tensor([5, 60, 33, 7, 21, 48]), 2
found = peft(input_ids=ids[None]).logits[0]
loss = torch.nn.functional.cross_entropy(
    found[query:-1], ids[query + 1:], reduction="sum")
loss.backward()
out["ids"] = ids.float()
out["query"] = torch.tensor([float(query)])
out["logits"] = found[query:-1].detach().contiguous()
out["loss"] = loss.detach()[None]
for name, tensor in trained.items():
    slope = tensor.grad.flatten()
    out[f"{name}.norm"] = slope.norm()[None]
    # A prime stride comes by every row and column.
    out[f"{name}.some"] = slope[::101].clone()
save_file(out, pathlib.Path(__file__).with_suffix(".safetensors"))
for name, tensor in out.items():
    print(name, tuple(tensor.shape), tensor.flatten()[:3].tolist())
