"""The peer of bench_finetune: transformers and peft in PyTorch eager.

    peer.py rows ROWS           writes the texts that both train on
    peer.py train ROWS STEPS
    peer.py generate GGUF IDS COUNT [TEXTS]
"""

import os
import random
import statistics
import sys
import time

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

torch.set_num_threads(2)


def write_rows(file):
    """Chat rows as a fine-tuning has them: schema and question, short answer."""
    draw = random.Random(7)
    with open(file, "w", encoding="utf-8") as out:
        for _ in range(8):
            query, answer = draw.randint(90, 300), draw.randint(15, 60)
            ids = [draw.randrange(49152) for _ in range(query + answer)]
            print(query, *ids, file=out)


def train(file, steps):
    from peft import LoraConfig, get_peft_model

    rows = [[int(x) for x in line.split()] for line in open(file, encoding="utf-8")]
    texts = [(row[0], row[1:]) for row in rows]
    tokens = sum(len(ids) for _, ids in texts)
    longest = max(len(ids) for _, ids in texts)
    # As the collators of transformers: padded to the longest of the batch.
    ids = torch.zeros(len(texts), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    labels = torch.full_like(ids, -100)
    for i, (query, text) in enumerate(texts):
        ids[i, : len(text)] = torch.tensor(text)
        mask[i, : len(text)] = 1
        labels[i, query : len(text)] = torch.tensor(text[query:])
    torch.manual_seed(1)
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=49152, hidden_size=576, intermediate_size=1536,
        num_hidden_layers=30, num_attention_heads=9, num_key_value_heads=3,
        max_position_embeddings=8192, tie_word_embeddings=True)).float()
    model.config.use_cache = False
    model = get_peft_model(model, LoraConfig(
        r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"))
    model.train()
    optimizer = torch.optim.AdamW(
        [p for p in model.parameters() if p.requires_grad], lr=1e-4)
    rates = []
    for step in range(steps + 1):
        begin = time.perf_counter()
        loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        rate = tokens / (time.perf_counter() - begin)
        print("step", step, "loss", loss.item(), rate, "tokens/s", file=sys.stderr)
        if step > 0:
            rates.append(rate)
    print(statistics.median(rates))


def generate(file, ids, count, texts=1):
    model = AutoModelForCausalLM.from_pretrained(
        os.path.dirname(file) or ".", gguf_file=os.path.basename(file),
        dtype=torch.float32).eval()
    prompt = torch.tensor([[int(x) for x in ids.split()]] * texts)
    with torch.inference_mode():
        def run(n):
            begin = time.perf_counter()
            found = model.generate(
                prompt, attention_mask=torch.ones_like(prompt), do_sample=False,
                min_new_tokens=n, max_new_tokens=n, pad_token_id=0)
            return time.perf_counter() - begin, found
        first, _ = run(1)
        first, _ = run(1)
        whole, found = run(count + 1)
    print(*found[0, prompt.shape[1]:].tolist(), file=sys.stderr)
    # Without the reading of the prompt, as the other.
    print(count * texts / (whole - first))


command, *rest = sys.argv[1:]
if command == "rows":
    write_rows(*rest)
elif command == "train":
    train(rest[0], int(rest[1]))
else:
    generate(rest[0], rest[1], *map(int, rest[2:]))
