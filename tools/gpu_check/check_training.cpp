#include "kernels/base/random.hpp"
#include "kernels/model/example.hpp"
#include "kernels/model/packing.hpp"
#include "kernels/model/pretrained/memory_plan.hpp"
#include "kernels/model/pretrained/torch_tuner.hpp"
#include "kernels/ops/device/place.hpp"
#include "tools/gpu_check/checks.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace aura {

namespace {

using namespace model;

/// Dense bfloat16 of an H200 as measured by 8192³ products; what its maker
/// promises is a quarter more.
constexpr double peak_flops = 790e12;

/// Weights drawn once, into which every tensor points at a place of its own: a
/// full-size model that takes the memory of its largest matrix.
class random_weights {
public:
  random_weights(std::size_t largest, double deviation) {
    // Tensors begin up to a mebibyte apart, so that no two are equal.
    auto bytes = std::make_shared<std::vector<std::uint16_t>>(
      largest + (std::size_t{1} << 20));
    random_stream random{7, "weights"};
    for (auto& x : *bytes) {
      ops::device::bf16 held;
      // Uniform with that deviation.
      store(held,
            static_cast<float>((random.uniform() - 0.5) * 3.4641 * deviation));
      x = held.bits;
    }
    numbers_ = std::move(bytes);
    ones_ = std::make_shared<std::vector<std::uint16_t>>(1u << 16, 0x3f80);
  }

  weight matrix(std::size_t rows, std::size_t columns) {
    const auto begin = taken_++ * 4096 % (std::size_t{1} << 20);
    return made(rows, columns, numbers_, begin);
  }

  weight norm(std::size_t width) {
    return made(width, 0, ones_, 0);
  }

private:
  using storage = std::shared_ptr<std::vector<std::uint16_t>>;

  static weight made(std::size_t rows, std::size_t columns, const storage& from,
                     std::size_t begin) {
    weight result;
    result.rows = rows;
    result.columns = columns;
    result.form = encoding::bf16;
    result.bytes
      = std::as_bytes(std::span{*from}).subspan(2 * begin, 2 * result.size());
    result.owner = from;
    return result;
  }

  storage numbers_, ones_;
  std::size_t taken_ = 0;
};

model_weights random_model(const architecture& x) {
  const auto largest = std::max({x.vocabulary, 2 * x.intermediate,
                                 x.q_width() + 2 * x.kv_width()})
                       * std::max(x.hidden, x.q_width());
  random_weights draw{largest, 0.02};
  model_weights result;
  result.shape = x;
  result.embedding = draw.matrix(x.vocabulary, x.hidden);
  for (std::size_t i = 0; i < x.layers; ++i) {
    layer_weights layer;
    layer.input_norm = draw.norm(x.hidden);
    layer.qkv.parts = {draw.matrix(x.q_width() + 2 * x.kv_width(), x.hidden)};
    layer.output = draw.matrix(x.hidden, x.q_width());
    layer.post_norm = draw.norm(x.hidden);
    layer.gate_up.parts = {draw.matrix(2 * x.intermediate, x.hidden)};
    layer.down = draw.matrix(x.hidden, x.intermediate);
    result.layers.push_back(std::move(layer));
  }
  result.norm = draw.norm(x.hidden);
  if (!x.tied)
    result.head = draw.matrix(x.vocabulary, x.hidden);
  return result;
}

architecture phi4() {
  architecture x;
  x.vocabulary = 100352;
  x.hidden = 5120;
  x.layers = 40;
  x.heads = 40;
  x.kv_heads = 10;
  x.head_size = 128;
  x.intermediate = 17920;
  x.positions = 16384;
  x.rope_theta = 250000;
  return x;
}

architecture tiny_phi() {
  auto x = phi4();
  x.vocabulary = 512;
  x.hidden = 64;
  x.layers = 2;
  x.heads = 4;
  x.kv_heads = 1;
  x.head_size = 16;
  x.intermediate = 128;
  return x;
}

/// Segments of random tokens, every one of which is predicted.
packed_sequence random_sequence(std::size_t segments, std::size_t length,
                                std::size_t vocabulary) {
  random_stream random{3, "tokens"};
  std::vector<example> examples(segments);
  std::vector<const example*> pointers;
  for (auto& x : examples) {
    const auto draw
      = [&] { return static_cast<std::int32_t>(random.below(vocabulary)); };
    x.question = {draw()};
    for (std::size_t i = 0; i < length; ++i)
      x.answer.push_back(draw());
    pointers.push_back(&x);
  }
  return pack(pointers);
}

/// Useful floating-point operations a token: frozen matrices there and back
/// without gradients of their own, adapters with them, attention and head.
double flops_of(const architecture& x, const trainable_layout& layout,
                double length) {
  const auto linear
    = static_cast<double>(x.layers)
      * static_cast<double>((x.q_width() + 2 * x.kv_width()) * x.hidden
                            + x.q_width() * x.hidden
                            + 3 * x.intermediate * x.hidden);
  const auto head = static_cast<double>(x.vocabulary * x.hidden);
  auto adapters = 0.0;
  for (const auto& slot : layout.adapters)
    adapters += static_cast<double>(slot.rank * (slot.rows + slot.columns));
  // Half of the keys are seen; four products there and back for two.
  const auto attention
    = static_cast<double>(x.layers * x.q_width()) * 6 * length;
  return 4 * (linear + head) + 6 * adapters + attention;
}

double since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
    .count();
}

std::unique_ptr<tuner> load(const model_weights& weights,
                            const tuner_options& options) {
  const auto begin = std::chrono::steady_clock::now();
  const auto layout = lay_out(weights.shape, options.lora);
  if (!layout) {
    std::printf("  %s\n", layout.error().message.c_str());
    return nullptr;
  }
  const auto initial = initial_trainables(weights, *layout, options.seed);
  const torch_tuner_request request{
    &weights,   &options, &*layout, &initial, scale_of(options.lora),
    decode_rows};
  fault reason;
  std::unique_ptr<tuner> result{aura_torch_tuner(&request, &reason)};
  if (!result)
    std::printf("  %s\n", reason.message.c_str());
  else
    std::printf("  loaded and quantised in %.1f s\n", since(begin));
  return result;
}

tuner_options qlora(const check_options& options) {
  tuner_options result;
  result.engine = engine_kind::libtorch;
  result.device = options.where.cuda ? "cuda:0" : "cpu";
  result.lora.rank = 64;
  result.lora.alpha = 128;
  result.lora.rank_stabilised = true;
  result.lora.dropout = 0.05;
  return result;
}

constexpr double gib = 1024.0 * 1024.0 * 1024.0;

/// Steps over one sequence; true if loss and norms stayed numbers.
bool train(tuner& model, const packed_sequence& sequence, std::size_t steps,
           double rate, double flops) {
  for (std::size_t i = 0; i < steps; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const auto weight = 1.0f / static_cast<float>(sequence.targets.size());
    const auto found = model.accumulate(sequence, weight, i);
    if (!found) {
      std::printf("  %s\n", found.error().message.c_str());
      return false;
    }
    const auto norms = model.norms();
    if (const auto moved = model.step({rate, rate / 2, 1, 1}); !moved) {
      std::printf("  %s\n", moved.error().message.c_str());
      return false;
    }
    // Reading the norms of nothing waits until the step is done.
    model.norms();
    const auto took = since(begin);
    const auto speed = static_cast<double>(sequence.tokens.size()) / took;
    const auto loss = found->loss / static_cast<double>(found->supervised);
    std::printf("  step %zu: loss %.4f, norm %.3e, %.3f s, %.0f tokens/s, "
                "MFU %.1f %% of %.0f TFLOP/s\n",
                i + 1, loss, norms.adapters, took, speed,
                100 * speed * flops / peak_flops, peak_flops / 1e12);
    std::fflush(stdout);
    if (!std::isfinite(loss) || !std::isfinite(norms.adapters))
      return false;
  }
  return true;
}

} // namespace

bool check_phi4(const check_options& options) {
  const auto shape = options.tiny ? tiny_phi() : phi4();
  const std::size_t segments = options.tiny ? 2 : 4;
  const std::size_t length = options.tiny ? 24 : 2048;
  std::printf("Phi-4, %zu layers of random weights, QLoRA of rank 64, %zu x "
              "%zu tokens\n",
              shape.layers, segments, length);
  const auto sequence = random_sequence(segments, length, shape.vocabulary);
  auto settings = qlora(options);
  const auto weights = random_model(shape);
  auto good = true;
  for (auto recompute : {true, false}) {
    settings.recompute = recompute;
    std::printf(" layers %s\n",
                recompute ? "computed again on the way back" : "kept");
    const auto model = load(weights, settings);
    if (!model)
      return false;
    const auto tokens = sequence.tokens.size();
    const auto plan
      = plan_memory(shape, model->layout(), settings, {tokens, tokens, length});
    good = train(*model, sequence, 5, 1e-4,
                 flops_of(shape, model->layout(), double(length)))
           && good;
    std::printf("  peak memory %.2f GiB of the allocator, planned %.2f GiB\n",
                static_cast<double>(model->peak_bytes()) / gib,
                static_cast<double>(plan.total()) / gib);
    for (const auto& part : plan.parts)
      std::printf("    %-28s %10.3f GiB\n", part.name.c_str(),
                  static_cast<double>(part.bytes) / gib);
  }
  return good;
}

bool check_small(const check_options& options) {
  std::printf("a small decoder that learns to say letters backwards\n");
  auto shape = tiny_phi();
  shape.vocabulary = 32;
  shape.hidden = options.tiny ? 64 : 256;
  shape.layers = options.tiny ? 2 : 4;
  shape.head_size = shape.hidden / shape.heads;
  shape.intermediate = 2 * shape.hidden;
  shape.rope_theta = 10000;
  shape.tied = true;
  auto settings = qlora(options);
  settings.lora.dropout = 0;
  settings.lora.train_embedding = true;
  settings.recompute = false;
  settings.base = base_kind::stored;
  const auto model = load(random_model(shape), settings);
  if (!model)
    return false;
  const std::size_t steps = options.tiny ? 60 : 1500;
  const std::size_t letters = options.tiny ? 2 : 4;
  auto first = 0.0, last = 0.0, exact = 0.0;
  for (std::size_t i = 0; i < steps; ++i) {
    std::vector<example> examples(64);
    std::vector<const example*> pointers;
    for (std::size_t j = 0; j < examples.size(); ++j) {
      random_stream random{5, "letters", i, j};
      auto& x = examples[j];
      for (std::size_t k = 0; k < letters; ++k)
        x.question.push_back(static_cast<std::int32_t>(1 + random.below(20)));
      x.answer.assign(x.question.rbegin(), x.question.rend());
      x.question.push_back(0);
      pointers.push_back(&x);
    }
    const auto sequence = pack(pointers);
    const auto found = model->accumulate(
      sequence, 1.0f / static_cast<float>(sequence.targets.size()), i);
    if (!found || !model->step({2e-3, 2e-3, 1, 1})) {
      std::printf("  %s\n", found ? "step" : found.error().message.c_str());
      return false;
    }
    last = found->loss / static_cast<double>(found->supervised);
    exact = static_cast<double>(found->exact)
            / static_cast<double>(found->examples);
    if (i == 0)
      first = last;
    if (i % (steps / 5) == 0 || i + 1 == steps)
      std::printf("  step %zu: loss %.4f, %.0f %% exact\n", i + 1, last,
                  100 * exact);
  }
  return last < first;
}

} // namespace aura
