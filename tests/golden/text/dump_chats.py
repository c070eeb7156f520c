#!/usr/bin/env python3
"""Writes chats.json: random conversations as PyPI `transformers` renders them
with the published chat templates, over the small tokenizers of tokenizers/, and
which tokens its mask counts as the assistant's. Run by a developer, never by the
tests."""

import json
import pathlib
import random

from tokenizers import AddedToken, Tokenizer
from transformers import PreTrainedTokenizerFast

here = pathlib.Path(__file__).parent
CHATML = ("{{'<|im_start|>' + message['role'] + '\\n'}}"
          "{%% if message['role'] == 'assistant' %%}{%% generation %%}{{message['content'] + '<|im_end|>'}}"
          "{%% endgeneration %%}{%% else %%}{{message['content'] + '<|im_end|>'}}{%% endif %%}{{'\\n'}}")
LOOP = ("{%% for message in messages %%}{%% if loop.first and messages[0]['role'] != 'system' %%}"
        "{{'<|im_start|>system\\n%s<|im_end|>\\n'}}{%% endif %%}" + CHATML + "{%% endfor %%}"
        "{%% if add_generation_prompt %%}{{'<|im_start|>assistant\\n'}}{%% endif %%}")
# As published, with marks around what the assistant says.
TEMPLATES = {
    "phi-4": ("phi", "{% for message in messages %}{{'<|im_start|>' + message['role'] + '<|im_sep|>'}}"
              "{% if message['role'] == 'assistant' %}{% generation %}{{message['content'] + '<|im_end|>'}}"
              "{% endgeneration %}{% else %}{{message['content'] + '<|im_end|>'}}{% endif %}{% endfor %}"
              "{% if add_generation_prompt %}{{'<|im_start|>assistant<|im_sep|>'}}{% endif %}"),
    "llama-3": ("llama-chat", "{{'<|begin_of_text|>'}}{% for message in messages %}"
                "{{'<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'}}"
                "{% if message['role'] == 'assistant' %}{% generation %}{{message['content'] | trim + '<|eot_id|>'}}"
                "{% endgeneration %}{% else %}{{message['content'] | trim + '<|eot_id|>'}}{% endif %}{% endfor %}"
                "{% if add_generation_prompt %}{{'<|start_header_id|>assistant<|end_header_id|>\\n\\n'}}{% endif %}"),
    "chatml": ("smollm", ("{%% for message in messages %%}" + CHATML + "{%% endfor %%}{%% if "
               "add_generation_prompt %%}{{'<|im_start|>assistant\\n'}}{%% endif %%}") % ()),
    "qwen2": ("qwen", LOOP % "You are a helpful assistant."),
    "qwen2.5": ("qwen", LOOP % "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."),
    "smollm2": ("smollm", LOOP % "You are a helpful AI assistant named SmolLM, trained by Hugging Face"),
}
SPACE = [" ", "  ", "\n", "\n\n", "\t", "\u00a0", "\u2003", "\r\n"]
ATOMS = ["orders", " |>", " FILTER", " 12345", "it's", "é", "e\u0301", "日本", "😀", ".", "="] + SPACE


def say(first, last):
    middle = "".join(random.choice(ATOMS) for _ in range(random.randint(1, 8)))
    return (random.choice(first) + middle + random.choice(last)) if random.random() < 0.5 else "total" + middle + "end"


def conversation():
    result = [("system", say(SPACE, SPACE))] if random.random() < 0.5 else []
    for _ in range(random.randint(1, 2)):
        result.append(("user", say(SPACE, SPACE)))
        result.append(("assistant", "SOURCE" + say([""], [""])))
    return result[:-1] if random.random() < 0.3 else result


llama = Tokenizer.from_file(str(here / "tokenizers" / "llama.json"))
llama.add_special_tokens([AddedToken(x, special=True, normalized=False) for x in (
    "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")])
llama.save(str(here / "tokenizers" / "llama-chat.json"), pretty=False)
random.seed(11)
rows = []
for name, (file, template) in TEMPLATES.items():
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(here / "tokenizers" / f"{file}.json"))
    tokenizer.chat_template = template
    for _ in range(24):
        turns = conversation()
        messages = [{"role": role, "content": content} for role, content in turns]
        answer = turns[-1][0] == "user"
        out = tokenizer.apply_chat_template(messages, tokenize=True, return_dict=True, add_generation_prompt=answer,
                                            return_assistant_tokens_mask=True)
        rows.append({"template": name, "tokenizer": file, "turns": turns, "answer": answer,
                     "ids": out["input_ids"], "trained": out["assistant_masks"]})
sources = json.dumps({name: source for name, (_, source) in TEMPLATES.items()}, indent=1)
(here / "chats.json").write_text('{"templates": ' + sources + ',\n"rows": [\n'
                                 + ",\n".join(json.dumps(x) for x in rows) + "\n]}\n")
