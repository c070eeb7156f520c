// Training and generation of a pretrained decoder, timed: see run.
//
//   bench_finetune train ROWS STEPS     random weights of SmolLM2-135M's shape,
//                                       LoRA of rank 16 on every linear layer
//   bench_finetune generate GGUF IDS COUNT [TEXTS]
//
// ROWS has a text a line: where its answer begins, then its tokens.

#include "kernels/base/random.hpp"
#include "kernels/model/pretrained/pretrained.hpp"
#include "kernels/model/pretrained/reader.hpp"
#include "kernels/model/pretrained/tuner.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

using namespace aura;
using namespace aura::model;

namespace {

double now() {
  return std::chrono::duration<double>(
           std::chrono::steady_clock::now().time_since_epoch())
    .count();
}

weight random_weight(const std::string& name, std::size_t rows,
                     std::size_t columns) {
  auto values = std::make_shared<std::vector<float>>(
    columns == 0 ? rows : rows * columns, 1.0f);
  random_stream random{1, name};
  if (columns > 0)
    for (auto& x : *values)
      x = static_cast<float>((random.uniform() - 0.5) * 0.06);
  weight result;
  result.name = name;
  result.rows = rows;
  result.columns = columns;
  result.bytes = std::as_bytes(std::span{*values});
  result.owner = values;
  return result;
}

model_weights random_weights() {
  model_weights result;
  auto& x = result.shape;
  x.kind = family::llama;
  x.vocabulary = 49152;
  x.hidden = 576;
  x.layers = 30;
  x.heads = 9;
  x.kv_heads = 3;
  x.head_size = 64;
  x.intermediate = 1536;
  x.positions = 8192;
  x.rope_theta = 100000;
  x.tied = true;
  result.embedding = random_weight("embedding", x.vocabulary, x.hidden);
  for (std::size_t l = 0; l < x.layers; ++l) {
    const auto name = std::to_string(l);
    layer_weights layer;
    layer.input_norm = random_weight(name + "a", x.hidden, 0);
    layer.qkv.parts = {random_weight(name + "q", x.q_width(), x.hidden),
                       random_weight(name + "k", x.kv_width(), x.hidden),
                       random_weight(name + "v", x.kv_width(), x.hidden)};
    layer.output = random_weight(name + "o", x.hidden, x.q_width());
    layer.post_norm = random_weight(name + "p", x.hidden, 0);
    layer.gate_up.parts = {random_weight(name + "g", x.intermediate, x.hidden),
                           random_weight(name + "u", x.intermediate, x.hidden)};
    layer.down = random_weight(name + "d", x.hidden, x.intermediate);
    result.layers.push_back(std::move(layer));
  }
  result.norm = random_weight("norm", x.hidden, 0);
  return result;
}

/// All rows side by side; what each reads but its last token.
packed_sequence read_rows(const std::string& file, std::size_t& tokens) {
  packed_sequence out;
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields{line};
    std::size_t query = 0;
    fields >> query;
    std::vector<std::int32_t> ids;
    for (std::int32_t id = 0; fields >> id;)
      ids.push_back(id);
    tokens += ids.size();
    const auto begin = static_cast<std::uint32_t>(out.tokens.size());
    for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
      out.tokens.push_back(ids[i]);
      out.positions.push_back(static_cast<std::uint32_t>(i));
      if (i + 1 >= query)
        out.targets.push_back(ids[i + 1]);
    }
    out.segments.push_back({begin,
                            begin + static_cast<std::uint32_t>(query) - 1,
                            static_cast<std::uint32_t>(out.tokens.size())});
  }
  return out;
}

int train(const std::string& file, int steps) {
  std::size_t tokens = 0;
  const auto rows = read_rows(file, tokens);
  tuner_options options;
  options.lora.rank = 16;
  options.base = base_kind::stored;
  options.moments = moments_kind::bits32;
  options.recompute = false;
  auto tuner = make_tuner(random_weights(), options);
  if (!tuner) {
    std::cerr << tuner.error().message << '\n';
    return 1;
  }
  const auto weight
    = static_cast<float>(1.0 / static_cast<double>(rows.targets.size()));
  std::vector<double> rates;
  for (int i = 0; i <= steps; ++i) {
    const auto begin = now();
    const auto found
      = (*tuner)->accumulate(rows, weight, static_cast<std::uint64_t>(i));
    if (!found || !(*tuner)->step({.rate = 1e-4}))
      return 1;
    const auto rate = static_cast<double>(tokens) / (now() - begin);
    std::cerr << "step " << i << " loss "
              << found->loss / static_cast<double>(rows.targets.size()) << " "
              << rate << " tokens/s\n";
    // The first takes memory.
    if (i > 0)
      rates.push_back(rate);
  }
  std::sort(rates.begin(), rates.end());
  std::cout << rates[rates.size() / 2] << '\n';
  return 0;
}

int generate(const std::string& file, const std::string& ids, int count,
             int texts) {
  auto model = open_weights(file);
  if (!model) {
    std::cerr << model.error().message << '\n';
    return 1;
  }
  std::vector<std::int32_t> prompt;
  std::istringstream fields{ids};
  for (std::int32_t id = 0; fields >> id;)
    prompt.push_back(id);
  auto reader = make_reader(*model, nullptr, {});
  if (!reader) {
    std::cerr << reader.error().message << '\n';
    return 1;
  }
  const auto n = static_cast<std::size_t>(texts);
  if (!(*reader)->start(std::vector(n, prompt)))
    return 1;
  std::vector<std::size_t> which(n);
  std::vector<std::vector<std::int32_t>> said(n, {0}), all(n);
  const auto begin = now();
  for (int i = 0; i < count; ++i) {
    for (std::size_t t = 0; t < n; ++t) {
      const auto scores = (*reader)->logits(t);
      which[t] = t;
      said[t][0] = static_cast<std::int32_t>(
        std::max_element(scores.begin(), scores.end()) - scores.begin());
      all[t].push_back(said[t][0]);
    }
    if (!(*reader)->append(which, said))
      return 1;
  }
  const auto seconds = now() - begin;
  for (auto id : all[0])
    std::cerr << id << ' ';
  std::cerr << '\n';
  std::cout << count * texts / seconds << '\n';
  return 0;
}

} // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.size() == 3 && words[0] == "train")
    return train(words[1], std::stoi(words[2]));
  if (words.size() >= 4 && words[0] == "generate")
    return generate(words[1], words[2], std::stoi(words[3]),
                    words.size() > 4 ? std::stoi(words[4]) : 1);
  std::cerr << "usage: bench_finetune train ROWS STEPS\n"
               "       bench_finetune generate GGUF IDS COUNT [TEXTS]\n";
  return 2;
}
