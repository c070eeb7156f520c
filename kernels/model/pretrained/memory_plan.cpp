#include "kernels/model/pretrained/memory_plan.hpp"

#include "kernels/ops/adamw.hpp"
#include "kernels/ops/nf4.hpp"

#include <algorithm>

namespace aura::model {

namespace {

constexpr std::size_t single = sizeof(float);

/// What the libraries of a CUDA device take before a tensor is made: the
/// driver's context with the kernels of libtorch (half a GiB on an H100), and
/// the workspace of cuBLAS with the setting that makes it deterministic.
constexpr std::size_t cuda_context = std::size_t{512} << 20;
constexpr std::size_t cublas_workspace = std::size_t{64} << 20;

/// Sizes of the matrices of one layer: qkv, output, gate and up, down.
std::vector<std::size_t> linears_of(const architecture& x) {
  return {(x.q_width() + 2 * x.kv_width()) * x.hidden, x.q_width() * x.hidden,
          2 * x.intermediate * x.hidden, x.intermediate * x.hidden};
}

std::size_t frozen_layers(const architecture& x, base_kind base) {
  std::size_t layer = 0;
  for (auto size : linears_of(x))
    layer += base == base_kind::nf4 ? nf4_bytes(size) : 2 * size;
  return x.layers * layer;
}

/// Embedding and head as far as they stay as they are.
std::size_t frozen_whole(const architecture& x, const trainable_layout& layout,
                         std::size_t number) {
  const auto one = x.vocabulary * x.hidden * number;
  const auto embedding = layout.embedding ? 0 : one;
  const auto head = x.tied || layout.head ? 0 : one;
  return embedding + head;
}

/// Norms and biases, in single precision.
std::size_t vectors_of(const architecture& x) {
  const auto bias = x.qkv_bias ? x.q_width() + 2 * x.kv_width() : 0;
  return (x.layers * (2 * x.hidden + bias) + x.hidden) * single;
}

/// Two moments of one tensor. bitsandbytes keeps small ones in 32 bits.
std::size_t moments_of(std::size_t size, moments_kind kind) {
  if (kind == moments_kind::bits32 || size < ops::adamw8_least)
    return 2 * single * size;
  return 2 * (size + single * ops::adamw8_blocks(size));
}

std::size_t optimizer_bytes(const trainable_layout& layout, moments_kind kind) {
  std::size_t result = 0;
  for (const auto& x : layout.adapters)
    result += moments_of(x.rank * x.columns, kind)
              + moments_of(x.rows * x.rank, kind);
  for (const auto* x : {&layout.embedding, &layout.head})
    if (*x)
      result += moments_of((*x)->rows * (*x)->columns, kind);
  return result;
}

/// What one layer keeps a token between its way there and back.
std::size_t kept_by_layer(const architecture& x, const trainable_layout& layout,
                          std::size_t number) {
  std::size_t ranks = 0;
  for (const auto& a : layout.adapters)
    if (a.layer == 0)
      ranks += a.rank;
  // Two normalised rows, the sum between the blocks; q, k, v as projected, as
  // rotated and as repeated for their heads; what attention mixed; gate and up
  // and their product.
  const auto numbers = 3 * x.hidden + 5 * x.q_width() + 3 * x.kv_width()
                       + 3 * x.intermediate + ranks;
  return numbers * number + (2 + x.heads) * single;
}

/// What the way back through one layer holds a token beside that: gradients of
/// the widest product and of the rows around it.
std::size_t passing_by_layer(const architecture& x, std::size_t number) {
  return (3 * x.intermediate + 4 * x.hidden) * number;
}

} // namespace

std::size_t memory_plan::total() const {
  std::size_t result = 0;
  for (const auto& x : parts)
    result += x.bytes;
  return result;
}

std::size_t nf4_bytes(std::size_t size) {
  const auto scales = ops::nf4_blocks(size);
  return ops::nf4_bytes(size) + scales + single * ops::nf4_scale_blocks(scales);
}

memory_plan plan_memory(const architecture& x, const trainable_layout& layout,
                        const tuner_options& options,
                        const micro_batch& batch) {
  memory_plan result;
  const auto add = [&](const char* name, std::size_t bytes) {
    if (bytes > 0)
      result.parts.push_back({name, bytes});
  };
  const auto cuda = options.device.starts_with("cuda");
  // bfloat16 on a GPU, single precision on the CPU.
  const std::size_t number = cuda ? 2 : single;
  const auto linears = linears_of(x);
  const auto largest = *std::max_element(linears.begin(), linears.end());
  if (cuda) {
    add("CUDA context", cuda_context);
    add("cuBLAS workspace", cublas_workspace);
  }
  add(options.base == base_kind::nf4 ? "frozen layers, NF4" : "frozen layers",
      frozen_layers(x, options.base));
  add("frozen embedding and head", frozen_whole(x, layout, number));
  add("norms and biases", vectors_of(x));
  std::size_t whole = 0;
  for (const auto* slot : {&layout.embedding, &layout.head})
    if (*slot)
      whole += (*slot)->rows * (*slot)->columns;
  add("adapters", (layout.size - std::min(whole, layout.size)) * single);
  add("trained embedding and head", whole * single);
  add("gradients", layout.size * single);
  add(options.moments == moments_kind::bits8 ? "moments, 8 bits"
                                             : "moments, 32 bits",
      optimizer_bytes(layout, options.moments));
  add("matrix being applied", largest * number);
  const auto kept = batch.tokens * kept_by_layer(x, layout, number);
  add("inputs of layers", (x.layers + 1) * batch.tokens * x.hidden * number);
  add(options.recompute ? "activations of one layer" : "activations",
      options.recompute ? kept : x.layers * kept);
  // No flash attention on the CPU: every head keeps its probabilities.
  if (!cuda)
    add("attention probabilities", (options.recompute ? 1 : x.layers) * x.heads
                                     * batch.tokens * batch.longest * single);
  add("gradients of activations", batch.tokens * passing_by_layer(x, number));
  const auto rows = std::min(head_chunk, batch.supervised);
  add("logits of a chunk", rows * x.vocabulary * (number + single));
  add("rows of the head", 3 * batch.supervised * x.hidden * number);
  // A trained head is cast for its products, its gradient comes back cast.
  const auto head_trained
    = layout.head.has_value() || (x.tied && layout.embedding.has_value());
  if (head_trained && cuda)
    add("head being applied", 2 * x.vocabulary * x.hidden * number);
  return result;
}

} // namespace aura::model
