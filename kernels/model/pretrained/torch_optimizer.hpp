#pragma once

#include "kernels/model/pretrained/torch_site.hpp"
#include "kernels/model/pretrained/tuner.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace aura::model {

/// AdamW on the device over the flat buffer of everything that is trained.
class torch_optimizer {
public:
  torch_optimizer(const trainable_layout& layout, const tuner_options& options,
                  const torch_site& site);

  void step(const at::Tensor& trained, const at::Tensor& gradients,
            const step_plan& plan);

  std::vector<std::byte> state() const;

  /// Fails with `invalid_model` if the state is of another layout.
  status restore(std::span<const std::byte> state);

private:
  /// The moments of one tensor. Scales are undefined where they have 32 bits.
  struct moments {
    std::int64_t offset = 0, size = 0;
    bool whole = false;
    at::Tensor m, v, m_scale, v_scale;
  };

  void add(std::size_t offset, std::size_t size, bool whole);

  template <class Visitor>
  void visit(Visitor f) const;

  tuner_options options_;
  torch_site site_;
  std::vector<moments> tensors_;
  at::Tensor m_map_, v_map_;
  std::uint64_t steps_ = 0;
};

} // namespace aura::model
