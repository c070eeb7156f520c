#pragma once

#include "kernels/model/pretrained/crew.hpp"
#include "kernels/model/pretrained/tuner.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace aura::model {

/// What AdamW remembers of everything in a trainable_layout, and its steps.
/// Each matrix is a tensor of its own, as PyTorch would have it.
class moments {
public:
  moments(const trainable_layout& layout, const tuner_options& options);

  /// One step; values and gradients lie as the layout says.
  void step(const step_plan& plan, std::span<float> values,
            std::span<const float> gradients, crew& workers);

  /// All of it as bytes, and back. restore() fails with `damaged_file` if they
  /// are of another layout or kind, and changes nothing then.
  std::vector<std::byte> save() const;
  status restore(std::span<const std::byte> saved);

  std::size_t bytes() const;

private:
  struct tensor {
    std::size_t offset;
    std::size_t size;
    /// Of embedding or head.
    bool whole;
    /// Moments in floats, or else in bytes with scales.
    std::vector<float> m, v;
    std::vector<std::uint8_t> m_codes, v_codes;
    std::vector<float> m_scale, v_scale;
  };

  void step_part(tensor& x, std::size_t begin, std::size_t end,
                 const step_plan& plan, std::span<float> values,
                 std::span<const float> gradients) const;

  tuner_options options_;
  std::vector<tensor> tensors_;
  std::uint64_t steps_ = 0;
};

} // namespace aura::model
