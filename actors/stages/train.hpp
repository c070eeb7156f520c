#pragma once

#include "actors/flow/step.hpp"
#include "kernels/model/trainer.hpp"

#include <string>

namespace aura::stages {

/// What a pipeline file may say under `train:`.
struct train_options {
  model::train_options recipe;
  std::string optimizer = "muon";
  std::string schedule = "linear";
};

template <class Visitor>
void describe(Visitor& v, train_options& x) {
  auto& shape = x.recipe.shape;
  v.number("hidden", shape.hidden, 16, 65'536, "Width of the decoder.");
  v.number("layers", shape.layers, 1, 1000, "Layers of the decoder.");
  v.number("heads", shape.heads, 1, 1024, "Attention heads.");
  v.number("kv-heads", shape.kv_heads, 1, 1024,
           "Heads of keys and values, which groups of heads share.");
  v.number("intermediate", shape.intermediate, 16, 1'000'000,
           "Width within SwiGLU.");
  v.choice("optimizer", x.optimizer, {"muon", "adamw"},
           "Muon on matrices and AdamW on the rest, or AdamW on all.");
  auto& how = x.recipe.optimizer;
  v.number("rate", how.rate, 0.0, 1.0, "Learning rate of AdamW at its top.");
  v.number("matrix-rate", how.matrix_rate, 0.0, 1.0,
           "Learning rate of Muon at its top.");
  v.number("weight-decay", how.weight_decay, 0.0, 1.0,
           "Decay of matrices and embedding, times the rate.");
  v.number("clip", how.clip, 0.0, 1e6,
           "Norm that gradients are scaled down to; 0 leaves them.");
  v.choice("schedule", x.schedule, {"linear", "cosine", "constant"},
           "How the learning rate falls after warm-up.");
  auto& recipe = x.recipe;
  v.number("warmup", recipe.warmup, 0.0, 1.0,
           "Share of the steps over which the learning rate rises.");
  v.number("final-rate", recipe.final_rate, 0.0, 1.0,
           "Learning rate at the end, as a share of its top.");
  v.number("epochs", recipe.epochs, 0.0, 1e4,
           "How often the training rows are gone through; fractions count.");
  v.number("max-examples", recipe.max_examples, 0, std::int64_t{1} << 40,
           "Examples presented at most, whatever the epochs; 0: no limit.");
  v.number("batch", recipe.batch, 1, 1'000'000, "Examples of one step, about.");
  v.number("group", recipe.group, 1, 4096,
           "Examples that share one context in one sequence, at most.");
  v.number("shards", recipe.shards, 1, 256,
           "Shares that the gradients of a step are computed in: results "
           "depend on it, never on 'threads'.");
  v.tuning("threads", recipe.threads, 1, 256, "Threads that train.");
  v.number("evaluate-every", recipe.evaluate_every, 0, 1'000'000'000,
           "Steps between evaluations; 0 evaluates at the end only.");
  v.number("patience", recipe.patience, 0, 1'000'000,
           "Evaluations without improvement after which training stops; 0: "
           "never.");
}

/// The shape is one that can be run.
status check(const train_options& options);

std::string plan_of(const train_options& options);

/// Trains a decoder from scratch and keeps the best checkpoint.
expected<flow::stage_spec> make_stage(const train_options& options,
                                      const flow::environment& at);

} // namespace aura::stages
