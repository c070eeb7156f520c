#pragma once

#include "kernels/model/pretrained/torch_site.hpp"
#include "kernels/model/pretrained/tuner.hpp"

#include <vector>

namespace aura::model {

using decode_function
  = void (*)(const weight&, std::size_t, std::size_t, float*);

/// A tensor on a device: the checkpoint's own bytes where they are numbers that
/// libtorch knows and the device is the CPU, else decoded into the numbers of
/// the site.
at::Tensor stored_tensor(const weight& x, const torch_site& site,
                         decode_function decode);

/// A vector in single precision.
at::Tensor vector_tensor(const weight& x, const torch_site& site,
                         decode_function decode);

/// A stacked matrix that is not trained, as small as it may be.
class torch_matrix {
public:
  torch_matrix(const stacked_weight& matrix, const std::vector<weight>& bias,
               base_kind base, const torch_site& site, decode_function decode);

  /// Rows × columns in the numbers of the site: valid until something else is
  /// written to `scratch`, which has room for any matrix.
  at::Tensor dense(const at::Tensor& scratch, const torch_site& site) const;

  /// Undefined if there is none.
  const at::Tensor& bias() const {
    return bias_;
  }

  std::int64_t size() const {
    return rows_ * columns_;
  }

private:
  struct part {
    std::int64_t rows = 0;
    /// Numbers, or codes of NF4.
    at::Tensor data;
    bool nf4 = false;
    at::Tensor plain, codes, nested, map;
    float offset = 0;
  };

  part quantise(const at::Tensor& numbers, const torch_site& site) const;
  part keep(const weight& x, const torch_site& site) const;

  std::vector<part> parts_;
  at::Tensor bias_;
  std::int64_t rows_ = 0, columns_ = 0;
};

} // namespace aura::model
