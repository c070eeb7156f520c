#include "kernels/model/pretrained/torch_frozen.hpp"

#include "kernels/ops/device/nf4.hpp"
#include "kernels/ops/nf4.hpp"

namespace aura::model {

namespace {

/// A copy of `x` on the device.
template <class T>
at::Tensor upload(std::span<const T> x, at::ScalarType type,
                  const torch_site& site) {
  return at::from_blob(const_cast<T*>(x.data()), {wide(x.size())}, type)
    .to(site.of(type), false, true);
}

/// The checkpoint's numbers on the CPU, without a copy where they are numbers
/// to libtorch and lie where it may read them.
at::Tensor host_numbers(const weight& x, decode_function decode) {
  const auto rows = wide(x.columns == 0 ? 1 : x.rows);
  const auto columns = wide(x.columns == 0 ? x.rows : x.columns);
  const auto type = x.form == encoding::f32    ? at::kFloat
                    : x.form == encoding::f16  ? at::kHalf
                    : x.form == encoding::bf16 ? at::kBFloat16
                                               : at::kByte;
  const auto place = reinterpret_cast<std::uintptr_t>(x.bytes.data());
  if (type != at::kByte && place % at::elementSize(type) == 0)
    return at::from_blob(const_cast<std::byte*>(x.bytes.data()),
                         {rows, columns}, type);
  auto result = at::empty({rows, columns}, at::kFloat);
  decode(x, 0, x.columns == 0 ? 1 : x.rows, result.data_ptr<float>());
  return result;
}

} // namespace

at::Tensor stored_tensor(const weight& x, const torch_site& site,
                         decode_function decode) {
  const auto numbers = host_numbers(x, decode);
  return site.device.is_cpu() ? numbers : numbers.to(site.numbers());
}

at::Tensor vector_tensor(const weight& x, const torch_site& site,
                         decode_function decode) {
  return host_numbers(x, decode).reshape({-1}).to(site.of(at::kFloat));
}

torch_matrix::torch_matrix(const stacked_weight& matrix,
                           const std::vector<weight>& bias, base_kind base,
                           const torch_site& site, decode_function decode) {
  for (const auto& x : matrix.parts) {
    columns_ = wide(x.columns);
    if (x.form == encoding::nf4)
      parts_.push_back(keep(x, site));
    else if (base == base_kind::nf4)
      parts_.push_back(quantise(host_numbers(x, decode), site));
    else
      parts_.push_back(
        {wide(x.rows), stored_tensor(x, site, decode), false, {}, {}, {}, {}});
    rows_ += parts_.back().rows;
  }
  std::vector<at::Tensor> vectors;
  for (const auto& x : bias)
    vectors.push_back(vector_tensor(x, site, decode));
  if (!vectors.empty())
    bias_ = at::cat(vectors).to(site.number);
}

torch_matrix::part torch_matrix::quantise(const at::Tensor& numbers,
                                          const torch_site& site) const {
  // Half precision has no kernel of its own, and fits single precision.
  const auto half = numbers.scalar_type() == at::kHalf;
  const auto x
    = numbers.to(site.device, half ? at::kFloat : numbers.scalar_type())
        .contiguous();
  const auto size = static_cast<std::size_t>(x.numel());
  part result;
  result.rows = x.size(0);
  result.nf4 = true;
  result.data = at::empty({wide(ops::nf4_bytes(size))}, site.of(at::kByte));
  const auto scales
    = at::empty({wide(ops::nf4_blocks(size))}, site.of(at::kFloat));
  must(ops::device::quantise_nf4(site.place(), array_of(x), size,
                                 result.data.data_ptr<std::uint8_t>(),
                                 scales.data_ptr<float>()));
  const auto seen = scales.cpu();
  const auto doubly = ops::quantise_scales(
    {seen.data_ptr<float>(), static_cast<std::size_t>(seen.numel())});
  result.codes
    = upload(std::span<const std::uint8_t>{doubly.codes}, at::kByte, site);
  result.nested
    = upload(std::span<const float>{doubly.nested}, at::kFloat, site);
  result.map = dynamic_map_on(true, site);
  result.offset = doubly.offset;
  return result;
}

torch_matrix::part torch_matrix::keep(const weight& x,
                                      const torch_site& site) const {
  part result;
  result.rows = wide(x.rows);
  result.nf4 = true;
  const std::span bytes{reinterpret_cast<const std::uint8_t*>(x.bytes.data()),
                        x.bytes.size()};
  result.data = upload(bytes, at::kByte, site);
  if (!x.scales.plain.empty()) {
    result.plain = upload(x.scales.plain, at::kFloat, site);
    return result;
  }
  result.codes = upload(x.scales.codes, at::kByte, site);
  result.nested = upload(x.scales.nested, at::kFloat, site);
  result.map = upload(x.scales.codebook, at::kFloat, site);
  result.offset = x.scales.offset;
  return result;
}

at::Tensor torch_matrix::dense(const at::Tensor& scratch,
                               const torch_site& site) const {
  const auto& first = parts_.front();
  if (parts_.size() == 1 && !first.nf4
      && first.data.scalar_type() == site.number)
    return first.data;
  auto result = scratch.narrow(0, 0, size()).view({rows_, columns_});
  std::int64_t row = 0;
  for (const auto& x : parts_) {
    auto target = result.narrow(0, row, x.rows);
    row += x.rows;
    if (!x.nf4) {
      target.copy_(x.data);
      continue;
    }
    ops::device::nf4_scales scales;
    if (x.plain.defined())
      scales.plain = x.plain.data_ptr<float>();
    else
      scales = {nullptr, x.codes.data_ptr<std::uint8_t>(),
                x.nested.data_ptr<float>(), x.map.data_ptr<float>(), x.offset};
    must(ops::device::dequantise_nf4(
      site.place(), x.data.data_ptr<std::uint8_t>(), scales,
      static_cast<std::size_t>(x.rows * columns_), array_of(target)));
  }
  return result;
}

} // namespace aura::model
