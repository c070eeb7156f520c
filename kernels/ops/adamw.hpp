#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

/// AdamW with moments in single precision, as PyTorch computes it, and in
/// bytes, as bitsandbytes does.
namespace aura::ops {

/// Values that share a scale; smaller tensors keep moments of 32 bits.
constexpr std::size_t adamw8_block = 256;
constexpr std::size_t adamw8_least = 4096;

/// One step of one tensor.
struct adamw_rule {
  double rate = 1e-4;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  /// Steps so far, this one included.
  std::size_t step = 1;
  /// What clipping multiplies gradients with.
  double scale = 1;
};

/// A rule in single precision, with the corrections of the moments in `size`
/// and `epsilon`.
struct adamw_factors {
  explicit adamw_factors(const adamw_rule& rule);

  float beta1, beta2, rest1, rest2, scale, keep, size, epsilon;
};

/// p *= 1 - rate · decay, then the moments, then
/// p -= rate · m̂ / (√v̂ + epsilon). All spans have one size.
void adamw32(std::span<float> p, std::span<const float> g, std::span<float> m,
             std::span<float> v, const adamw_rule& rule);

/// Moments as codes of the signed and the unsigned dynamic map, scaled by the
/// largest of their block.
struct adamw8_moments {
  std::span<std::uint8_t> m;
  std::span<std::uint8_t> v;
  /// One a block.
  std::span<float> m_scale;
  std::span<float> v_scale;
};

constexpr std::size_t adamw8_blocks(std::size_t values) {
  return (values + adamw8_block - 1) / adamw8_block;
}

/// Moments of zero.
void clear(const adamw8_moments& x);

/// p -= rate · m̂ / (√v̂ + epsilon), and only then p *= 1 - rate · decay. A
/// gradient that is not finite leaves its parameter and clears its moments. A
/// momentum that rounds across zero is moved to the next code of its own sign.
///
/// Blocks are independent: a tensor may be cut at any multiple of one.
void adamw8(std::span<float> p, std::span<const float> g,
            const adamw8_moments& moments, const adamw_rule& rule);

/// What gradients of `norm` are multiplied with so that they do not exceed
/// `most`; 1 where `most` is 0.
double clip_factor(double norm, double most);

} // namespace aura::ops
