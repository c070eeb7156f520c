#!/usr/bin/env python3
"""Writes decoders.safetensors: weights, logits, loss and every gradient of tiny
decoders with LoRA, as transformers and peft compute them. Development time
only; transformers, peft and torch 2.11 on the CPU."""

import pathlib

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    Phi3Config,
    Phi3ForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

SMALL = dict(
    vocab_size=44, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
    num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64,
    rms_norm_eps=1e-5, pad_token_id=0, bos_token_id=1, eos_token_id=2,
)
SPLIT = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
CASES = {
    "phi3": (
        Phi3ForCausalLM, Phi3Config(**SMALL, tie_word_embeddings=False),
        250000.0, dict(target_modules=["qkv_proj", "o_proj", "gate_up_proj", "down_proj"]),
    ),
    "llama": (
        LlamaForCausalLM, LlamaConfig(**SMALL, head_dim=24, tie_word_embeddings=True),
        10000.0, dict(target_modules=SPLIT, use_rslora=True),
    ),
    "qwen2": (
        Qwen2ForCausalLM, Qwen2Config(**SMALL, tie_word_embeddings=False),
        1000000.0, dict(target_modules=["q_proj", "v_proj", "up_proj"],
                        modules_to_save=["embed_tokens", "lm_head"]),
    ),
}

out = {}
for name, (kind, config, theta, lora) in CASES.items():
    torch.manual_seed(7)
    config.rope_parameters = {"rope_type": "default", "rope_theta": theta}
    config.rope_theta = theta
    config._attn_implementation = "eager"
    model = kind(config).float()
    assert model.model.rotary_emb.inv_freq[1] < 1
    for p in model.parameters():
        p.data = torch.randn_like(p) * (0.1 if name == "llama" else 0.2) + (p.dim() == 1)
    for key, value in model.state_dict().items():
        if not (key == "lm_head.weight" and config.tie_word_embeddings):
            out[f"{name}.{key}"] = value.clone()
    peft = get_peft_model(model, LoraConfig(
        r=4, lora_alpha=4 if "use_rslora" in lora else 10, lora_dropout=0.0, task_type="CAUSAL_LM", **lora))
    for key, p in peft.named_parameters():
        if ".lora_" in key:
            p.data = torch.randn_like(p) * (0.15 if name == "llama" else 0.3)
    # Two texts; what follows `query` is supervised.
    texts = [(torch.randint(44, (13,)), 6), (torch.randint(44, (9,)), 3)]
    loss = 0
    for i, (ids, query) in enumerate(texts):
        found = peft(input_ids=ids[None]).logits[0]
        out[f"{name}.ids{i}"] = ids
        out[f"{name}.query{i}"] = torch.tensor([query])
        out[f"{name}.logits{i}"] = found.detach()
        loss = loss + torch.nn.functional.cross_entropy(
            found[query:-1], ids[query + 1:], reduction="sum")
    loss.backward()
    out[f"{name}.loss"] = loss.detach()[None]
    for key, p in peft.named_parameters():
        if p.grad is not None:
            short = key.replace("base_model.model.", "").replace(".default", "")
            short = short.replace(".modules_to_save", "")
            out[f"{name}.value.{short}"] = p.data
            out[f"{name}.grad.{short}"] = p.grad

save_file({k: v.float().contiguous() for k, v in out.items()},
          pathlib.Path(__file__).with_suffix(".safetensors"))
for k, v in out.items():
    if "layers.0" in k or "layers" not in k:
        print(k, tuple(v.shape))
