#include "kernels/model/pretrained/torch_attention.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>

namespace aura::model {

namespace {

/// 0 where a row of a segment sees a key, minus infinity elsewhere: the context
/// in full, then the segment up to the row.
at::Tensor mask_of(std::int64_t context, std::int64_t length,
                   const torch_site& site) {
  const auto type = site.of(at::kFloat);
  const auto hidden
    = at::full({length, length}, -std::numeric_limits<float>::infinity(), type)
        .triu(1);
  return at::cat({at::zeros({length, context}, type), hidden}, 1)
    .to(site.number);
}

/// q, k, v: segments × heads × rows × head_size. Causal where no mask is given.
at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                  const at::Tensor& mask,
                  [[maybe_unused]] const torch_site& site) {
#if TORCH_VERSION_MAJOR >= 2
  if (mask.defined())
    return at::scaled_dot_product_attention(q, k, v, mask);
  return at::scaled_dot_product_attention(q, k, v, {}, 0.0, true);
#else
  const auto hidden = mask.defined() ? mask : mask_of(0, q.size(2), site);
  const auto scores = at::matmul(q, k.transpose(2, 3))
                        .div(std::sqrt(static_cast<double>(q.size(3))))
                        .to(at::kFloat)
                      + hidden;
  return at::matmul(at::softmax(scores, -1).to(v.scalar_type()), v);
#endif
}

/// Every head of `x` serves `times` heads of the queries.
at::Tensor repeat(const at::Tensor& x, std::int64_t times) {
  if (times == 1)
    return x;
  const auto s = x.sizes();
  return x.unsqueeze(2)
    .expand({s[0], s[1], times, s[2], s[3]})
    .reshape({s[0], s[1] * times, s[2], s[3]});
}

} // namespace

packed_attention::packed_attention(const packed_sequence& sequence,
                                   const torch_site& site)
  : context_{wide(sequence.context)}, place_(sequence.tokens.size()) {
  // Of one power of two in length, so that padding at most doubles the work.
  std::map<std::pair<bool, int>, std::vector<ops::segment>> alike;
  for (const auto& s : sequence.segments)
    alike[{sequence.context > 0 && s.begin > 0,
           std::bit_width(std::uint32_t{s.end - s.begin})}]
      .push_back(s);
  for (const auto& [kind, segments] : alike)
    add(sequence, segments, kind.first, site);
  if (sequence.segments.size() == 1) {
    batches_.front().rows = at::Tensor{};
    return;
  }
  order_ = at::tensor(place_, at::kLong).to(site.device);
}

void packed_attention::add(const packed_sequence& sequence,
                           const std::vector<ops::segment>& segments,
                           bool behind_context, const torch_site& site) {
  batch result;
  result.segments = wide(segments.size());
  for (const auto& s : segments)
    result.length = std::max(result.length, std::int64_t{s.end - s.begin});
  std::vector<std::int64_t> rows;
  for (const auto& s : segments)
    for (std::int64_t i = 0; i < result.length; ++i) {
      const auto row = std::int64_t{s.begin} + i;
      const auto own = row < std::int64_t{s.end};
      if (own)
        place_[static_cast<std::size_t>(row)] = taken_ + wide(rows.size());
      // Padding repeats a row of the sequence; nobody sees it.
      rows.push_back(own ? row : std::int64_t{s.begin});
    }
  taken_ += wide(rows.size());
  result.rows = at::tensor(rows, at::kLong).to(site.device);
  if (behind_context)
    result.mask = mask_of(wide(sequence.context), result.length, site);
  batches_.push_back(std::move(result));
}

at::Tensor packed_attention::operator()(const at::Tensor& q,
                                        const at::Tensor& k,
                                        const at::Tensor& v) const {
  const auto group = q.size(1) / k.size(1);
  const auto width = q.size(1) * q.size(2);
  std::vector<at::Tensor> results;
  for (const auto& b : batches_) {
    const auto own = [&](const at::Tensor& x) {
      const auto chosen = b.rows.defined() ? x.index_select(0, b.rows) : x;
      return chosen.reshape({b.segments, b.length, x.size(1), x.size(2)});
    };
    const auto seen = [&](const at::Tensor& x) {
      auto keys = own(x);
      if (b.mask.defined()) {
        const auto context
          = x.narrow(0, 0, context_)
              .unsqueeze(0)
              .expand({b.segments, context_, x.size(1), x.size(2)});
        keys = at::cat({context, keys}, 1);
      }
      return repeat(keys.transpose(1, 2), group);
    };
    results.push_back(attend(own(q).transpose(1, 2), seen(k), seen(v), b.mask,
                             torch_site{q.device(), q.scalar_type()})
                        .transpose(1, 2)
                        .reshape({b.segments * b.length, width}));
  }
  const auto all = results.size() == 1 ? results.front() : at::cat(results);
  return order_.defined() ? all.index_select(0, order_) : all;
}

} // namespace aura::model
