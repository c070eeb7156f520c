#include "kernels/model/pretrained/tuner.hpp"

#include "kernels/model/pretrained/fused_tuner.hpp"
#include "kernels/model/pretrained/torch_tuner.hpp"

namespace aura::model {

expected<std::unique_ptr<tuner>> make_tuner(const model_weights& weights,
                                            const tuner_options& options) {
  if (options.engine == engine_kind::libtorch)
    return make_torch_tuner(weights, options);
  return fused_tuner::make(weights, options);
}

} // namespace aura::model
