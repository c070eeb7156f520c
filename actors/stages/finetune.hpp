#pragma once

#include "actors/flow/step.hpp"
#include "kernels/model/pretrained/finetune.hpp"
#include "kernels/model/pretrained/tuner.hpp"

#include <string>
#include <vector>

namespace aura::stages {

/// What a pipeline file may say under `finetune:`.
struct finetune_options {
  std::string model;
  std::string config;
  std::string chat;
  std::string engine = "fused";
  model::tuner_options tuner;
  std::string base = "nf4";
  std::string moments = "8-bit";
  model::finetune_options recipe;
  std::string schedule = "cosine";
  std::size_t length = 2048;
  std::size_t rows = 0;
  std::string bad_rows = "refuse";
  std::vector<std::string> exports;
  std::string out;
  bool compare_base = false;
  std::string card;
  double card_memory = 0;
};

template <class Visitor>
void describe(Visitor& v, finetune_options& x) {
  v("model", x.model,
    "The pretrained model: a folder in Hugging Face layout (plain or NF4 of "
    "bitsandbytes), or a GGUF file.");
  v.file("config", x.config,
         "A config.json that the memory is planned with as long as there is no "
         "model.");
  v("chat", x.chat,
    "The chat template, such as phi-4 or chatml; empty: that of the model.");
  v.choice("engine", x.engine, {"fused", "libtorch"},
           "What trains: our kernels on the CPU, or libtorch.");
  v("device", x.tuner.device, "cpu, or what libtorch calls a device: cuda:0.");
  auto& lora = x.tuner.lora;
  v.number("rank", lora.rank, 1, 4096, "Rank of the adapters.");
  v.number("alpha", lora.alpha, 0.0, 1e6,
           "What the adapters' output is scaled with, over the rank.");
  v("rank-stabilised", lora.rank_stabilised,
    "Scale by alpha over the root of the rank: rsLoRA.");
  v.number("dropout", lora.dropout, 0.0, 0.99,
           "Share of an adapter's inputs that training leaves out.");
  v("targets", lora.targets,
    "Linear layers that get an adapter, by name; all-linear is every one as "
    "the checkpoint keeps it, all-linear-split every one by itself.");
  v("train-embedding", lora.train_embedding, "Train the embedding whole.");
  v("train-head", lora.train_head,
    "Train the head whole; where it is the embedding, that is meant.");
  v.choice("base", x.base, {"nf4", "stored"},
           "How frozen matrices are held: in four bits, or as stored.");
  v.choice("moments", x.moments, {"8-bit", "32-bit"},
           "How AdamW keeps its moments.");
  v.number("beta1", x.tuner.beta1, 0.0, 1.0, "Of AdamW.");
  v.number("beta2", x.tuner.beta2, 0.0, 1.0, "Of AdamW.");
  v.number("weight-decay", x.tuner.weight_decay, 0.0, 1.0,
           "Decay of what is trained, times the rate.");
  v.tuning("recompute", x.tuner.recompute,
           "Compute layers again on the way back instead of keeping them.");
  auto& how = x.recipe;
  v.number("length", x.length, 8, 1'000'000,
           "Tokens of a row, at most; a longer one is a bad row.");
  v.number("batch", how.batch, 1, 100'000, "Rows of one pass, at most.");
  v.number("accumulation", how.accumulation, 1, 100'000,
           "Passes of one step: batch times accumulation rows move the model "
           "once.");
  v.number("pass-tokens", how.pass_tokens, 1, 1'000'000'000,
           "Tokens of one pass, at most, unless one row alone has more.");
  v.number("group", how.group, 1, 4096,
           "Rows that share one context in one pass, at most; 1: none do.");
  v.number("epochs", how.epochs, 0.0, 1e4,
           "How often the rows are gone through; fractions count.");
  v.number("max-steps", how.max_steps, 0, std::int64_t{1} << 40,
           "Steps at most, whatever the epochs; 0: no limit.");
  v.number("rows", x.rows, 0, std::int64_t{1} << 40,
           "Rows to train on, the first by id; 0: all.");
  v.number("rate", how.rate, 0.0, 1.0, "Learning rate of adapters at its top.");
  v.number("whole-rate", how.whole_rate, 0.0, 1.0,
           "Learning rate of embedding and head at its top.");
  v.choice("schedule", x.schedule, {"cosine", "linear", "constant"},
           "How the learning rate falls after warm-up.");
  v.number("warmup", how.warmup, 0.0, 1.0,
           "Share of the steps over which the learning rate rises.");
  v.number("clip", how.clip, 0.0, 1e6,
           "Norm that the adapters' gradients are scaled down to; 0 leaves "
           "them.");
  v.number("whole-clip", how.whole_clip, 0.0, 1e6,
           "The same for embedding and head.");
  v("clip-together", how.clip_together,
    "Scale all gradients by their common norm to 'clip', as transformers "
    "does.");
  v.number("evaluate-every", how.evaluate_every, 0, 1'000'000'000,
           "Steps between evaluations; 0 evaluates at the end only.");
  v.number("patience", how.patience, 0, 1'000'000,
           "Evaluations without improvement after which training stops; 0: "
           "never.");
  v.tuning("save-every", how.save_every, 0, 1'000'000'000,
           "Steps after which a killed run goes on; 0: it begins anew.");
  v.choice("bad-rows", x.bad_rows, {"refuse", "skip"},
           "What becomes of a row that is too long or teaches nothing: it ends "
           "the run, or is rejected and counted.");
  v("export", x.exports,
    "Forms beside the adapter as it was trained: adapter-fused and "
    "adapter-split (an adapter for stacked projections, or for each), merged "
    "and merged-nf4 (safetensors in bfloat16, added to the weights as stored "
    "or as the training saw them), gguf (an adapter for llama.cpp).");
  v("out", x.out, "A folder that gets all forms, too.");
  v("compare-base", x.compare_base,
    "Evaluate the pretrained model as it was, too.");
  v.tuning("card", x.card,
           "The card that the memory plan is held against, such as h100-80 or "
           "rtx-4090; empty: none.");
  v.tuning("card-memory", x.card_memory, 0.0, 1e6,
           "The same in GiB, whatever the card is called.");
  v.tuning("threads", x.tuner.threads, 1, 256, "Threads that train.");
}

/// The options fit together.
status check(const finetune_options& options);

std::string plan_of(const finetune_options& options);

/// What it will take in memory, component by component. Reads no more than the
/// model's configuration. Fails with `resource_limit` if the card has less, and
/// says what would make it fit.
expected<std::string> forecast(const finetune_options& options);

/// There is a model to train, its tensors fit, the forms to export are such
/// that it can have, and the engine runs on the device. Computes nothing.
status ready(const finetune_options& options);

/// Trains adapters, and embedding and head if wanted, beside a pretrained
/// decoder, keeps the best state, and exports it.
expected<flow::stage_spec> make_stage(const finetune_options& options,
                                      const flow::environment& at);

} // namespace aura::stages
