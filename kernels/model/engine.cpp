#include "kernels/model/engine.hpp"

#include "kernels/model/decoder.hpp"
#include "kernels/model/torch_decoder.hpp"

namespace aura::model {

pass_result& pass_result::operator+=(const pass_result& x) {
  loss += x.loss;
  supervised += x.supervised;
  exact += x.exact;
  examples += x.examples;
  return *this;
}

expected<std::unique_ptr<engine>> make_engine(engine_kind kind,
                                              const decoder_shape& shape,
                                              const std::string& device) {
  if (kind == engine_kind::libtorch)
    return make_torch_decoder(shape, device);
  if (device != "cpu")
    return fault{errc::unsupported,
                 "the fused engine runs on 'cpu', found '" + device + "'"};
  return std::unique_ptr<engine>{std::make_unique<decoder>(shape)};
}

} // namespace aura::model
