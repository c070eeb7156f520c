#pragma once

#include "kernels/model/pretrained/tuner.hpp"

#include <memory>
#include <string>
#include <vector>

namespace aura::model {

/// A tuner that multiplies matrices with libtorch, on the CPU in single
/// precision or on a CUDA device in bfloat16 (built with nvcc and a CUDA
/// libtorch). Frozen matrices stay on the device as they are stored or in NF4
/// and are decoded when they are applied. Fails as make_tuner() says.
expected<std::unique_ptr<tuner>> make_torch_tuner(const model_weights& weights,
                                                  const tuner_options& options);

/// What aura_torch.so needs of this program to make one: the library holds
/// nothing but libtorch's half.
struct torch_tuner_request {
  const model_weights* weights = nullptr;
  const tuner_options* options = nullptr;
  const trainable_layout* layout = nullptr;
  const std::vector<float>* initial = nullptr;
  /// scale_of() of the adapters.
  double scale = 1;
  void (*decode)(const weight&, std::size_t, std::size_t, float*) = nullptr;
};

/// Null and a reason, or a tuner for the caller to delete.
extern "C" tuner* aura_torch_tuner(const torch_tuner_request* request,
                                   fault* reason);

} // namespace aura::model
