#!/usr/bin/env python3
"""Holds exported forms against PyPI `peft`, `transformers` and `gguf`. Run by a
developer, never by the tests:

    AURA_EXPORTS=build/exports build/dev/tests/kernels_model_pretrained_merged_test
    python check_exports.py build/exports [SmolLM2.gguf]

With AURA_SMOLLM2 set to the GGUF file for the first command, the second compares
that model, too.
"""

import json
import pathlib
import random
import sys

import gguf
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer


def compare(what, found, wanted):
    assert found.keys() == wanted.keys(), found.keys() ^ wanted.keys()
    worst = max(((found[k].float() - wanted[k].float()).abs() / (wanted[k].float().abs() / 256 + 1e-6)).max().item()
                for k in wanted)
    assert worst <= 1, (what, worst)
    print(f"{what}: {len(wanted)} tensors, at most {worst:.3f} of a rounding to bfloat16")


def by_gguf(place, base):
    """The base with the change that llama.cpp would apply."""
    reader = gguf.GGUFReader(place)
    assert reader.fields["general.type"].contents() == "adapter"
    alpha = reader.fields["adapter.lora.alpha"].contents()
    tensors = {x.name: torch.tensor(x.data.copy()) for x in reader.tensors}
    config = json.loads((place.parent / "base/config.json").read_text())
    names = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
             "attn_qkv": "self_attn.qkv_proj", "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj",
             "ffn_up": "mlp.gate_up_proj" if config["model_type"] == "phi3" else "mlp.up_proj",
             "ffn_down": "mlp.down_proj"}
    result = {k: v.float() for k, v in base.items()}
    for name, a in tensors.items():
        if not name.endswith(".lora_a"):
            continue
        b = tensors[name[:-1] + "b"]
        change = b @ a * (alpha / a.shape[0])
        _, layer, role, *_ = name.split(".")
        if config["model_type"] == "llama" and role in ("attn_q", "attn_k"):
            heads = config["num_attention_heads" if role == "attn_q" else "num_key_value_heads"]
            change = change.reshape(heads, -1, 2, change.shape[1]).swapaxes(1, 2).reshape(change.shape)
        result[f"model.layers.{layer}.{names[role]}.weight"] += change
    return result


def check_smollm2(merged, file):
    """Weights and tokens against how `transformers` reads the GGUF file; no digits, since it does not apply the
    file's rule `smollm`, which cuts at each of them first."""
    model = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
    wanted = {k: v for k, v in model.state_dict().items() if k != "lm_head.weight"}
    compare("smollm2", load_file(merged / "model.safetensors"), wanted)
    theirs = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    ours = AutoTokenizer.from_pretrained(merged)
    random.seed(3)
    atoms = ["SOURCE", " orders", " |>", "'s", "\n", "  ", "\t", "é", "e\u0301", "日本", "😀", "<|im_start|>",
             "<|im_end|>", "==", "_", "\u00a0"]
    for _ in range(2000):
        text = "".join(random.choice(atoms) for _ in range(random.randint(0, 12)))
        assert ours(text).input_ids == theirs(text).input_ids, text
    turns = [{"role": "user", "content": "hi"}]
    assert ours.apply_chat_template(turns, tokenize=False) == theirs.apply_chat_template(turns, tokenize=False)
    print("smollm2: 2000 texts give the same tokens")


if len(sys.argv) > 2:
    check_smollm2(pathlib.Path(sys.argv[1]) / "smollm2/merged", pathlib.Path(sys.argv[2]))
for folder in sorted(pathlib.Path(sys.argv[1]).glob("*-all-*")):
    model = AutoModelForCausalLM.from_pretrained(folder / "base", dtype=torch.float32)
    model = PeftModel.from_pretrained(model, folder / "adapter").merge_and_unload()
    compare(f"{folder.name} peft", load_file(folder / "merged/model.safetensors"), dict(model.state_dict()))
    compare(f"{folder.name} gguf", load_file(folder / "merged-low/model.safetensors"),
            by_gguf(folder / "adapter.gguf", load_file(folder / "base/model.safetensors")))
    AutoModelForCausalLM.from_pretrained(folder / "merged")
