#include "kernels/model/pretrained/weights.hpp"

#include "kernels/model/pretrained/blocks.hpp"

namespace aura::model {

void decode_rows(const weight& x, std::size_t begin, std::size_t end,
                 float* out) {
  const auto width = x.columns == 0 ? x.rows : x.columns;
  if (x.form == encoding::nf4)
    return decode_nf4(x, begin * width, end * width, out);
  const auto size = block_of(x.form);
  const auto blocks = width / size.values;
  decode_blocks(x.form, x.bytes.data() + begin * blocks * size.bytes,
                (end - begin) * blocks, out);
}

expected<std::size_t> bytes_of(encoding form, std::size_t rows,
                               std::size_t columns) {
  const auto width = columns == 0 ? rows : columns;
  const auto count = columns == 0 ? 1 : rows;
  if (form == encoding::nf4)
    return (count * width + 1) / 2;
  const auto size = block_of(form);
  if (width % size.values != 0)
    return fault{errc::invalid_model,
                 "rows of " + std::to_string(width)
                   + " values cannot be cut into blocks of "
                   + std::to_string(size.values)};
  return width / size.values * size.bytes * count;
}

std::size_t stacked_weight::rows() const {
  std::size_t total = 0;
  for (const auto& x : parts)
    total += x.rows;
  return total;
}

std::size_t stacked_weight::columns() const {
  return parts.empty() ? 0 : parts.front().columns;
}

} // namespace aura::model
