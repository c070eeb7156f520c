#pragma once

#include "kernels/model/packing.hpp"
#include "kernels/model/pretrained/torch_site.hpp"

#include <vector>

namespace aura::model {

/// Attention of a packed sequence: every segment sees its context and itself
/// and no other. Segments of like length are padded and run side by side, since
/// what is padded behind a row is never seen by it.
class packed_attention {
public:
  packed_attention(const packed_sequence& sequence, const torch_site& site);

  /// q: rows × heads × head_size; k and v with their heads. Gives
  /// rows × (heads · head_size).
  at::Tensor operator()(const at::Tensor& q, const at::Tensor& k,
                        const at::Tensor& v) const;

private:
  struct batch {
    std::int64_t segments = 0, length = 0;
    /// Rows of the sequence; undefined if it is the whole sequence.
    at::Tensor rows;
    /// Set where a context comes first: 0 or minus infinity.
    at::Tensor mask;
  };

  void add(const packed_sequence& sequence,
           const std::vector<ops::segment>& segments, bool behind_context,
           const torch_site& site);

  std::vector<batch> batches_;
  std::int64_t context_ = 0;
  /// Where each row of the sequence went.
  std::vector<std::int64_t> place_;
  std::int64_t taken_ = 0;
  at::Tensor order_;
};

} // namespace aura::model
