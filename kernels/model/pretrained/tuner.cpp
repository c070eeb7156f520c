#include "kernels/model/pretrained/tuner.hpp"

#include "kernels/model/pretrained/fused_tuner.hpp"

namespace aura::model {

expected<std::unique_ptr<tuner>> make_tuner(const model_weights& weights,
                                            const tuner_options& options) {
  if (options.engine == engine_kind::libtorch)
    return fault{errc::unsupported, "no libtorch tuner in this build"};
  return fused_tuner::make(weights, options);
}

} // namespace aura::model
