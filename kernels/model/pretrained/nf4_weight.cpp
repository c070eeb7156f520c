#include "kernels/model/pretrained/nf4_weight.hpp"

#include "kernels/ops/nf4.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace aura::model {

namespace {

/// What an NF4 weight points to.
struct nf4_store {
  std::vector<std::uint8_t> codes;
  ops::nf4_double_scales scales;
};

} // namespace

weight as_nf4(const weight& x, crew& workers) {
  if (x.form == encoding::nf4)
    return x;
  auto store = std::make_shared<nf4_store>();
  store->codes.resize(ops::nf4_bytes(x.size()));
  std::vector<float> scales(ops::nf4_blocks(x.size()));
  // So many rows are whole blocks, whatever a row is.
  constexpr auto rows = ops::nf4_block;
  workers.run((x.rows + rows - 1) / rows, [&](std::size_t i, std::size_t) {
    const auto begin = i * rows;
    const auto end = std::min(begin + rows, x.rows);
    std::vector<float> values((end - begin) * x.columns);
    decode_rows(x, begin, end, values.data());
    const auto first = begin * x.columns;
    ops::quantise_nf4(
      values,
      std::span{store->codes}.subspan(first / 2, ops::nf4_bytes(values.size())),
      std::span{scales}.subspan(first / ops::nf4_block,
                                ops::nf4_blocks(values.size())));
  });
  store->scales = ops::quantise_scales(scales);
  auto result = x;
  result.form = encoding::nf4;
  result.bytes = std::as_bytes(std::span{store->codes});
  result.scales = {{},
                   store->scales.codes,
                   store->scales.nested,
                   ops::dynamic_map(true),
                   store->scales.offset};
  result.owner = store;
  return result;
}

model_weights as_nf4(model_weights x, crew& workers) {
  for (auto& layer : x.layers) {
    for (auto* stacked : {&layer.qkv, &layer.gate_up})
      for (auto& part : stacked->parts)
        part = as_nf4(part, workers);
    for (auto* one : {&layer.output, &layer.down})
      *one = as_nf4(*one, workers);
  }
  return x;
}

} // namespace aura::model
