#include "kernels/model/pretrained/moments.hpp"

#include "kernels/ops/adamw.hpp"

#include <algorithm>
#include <cstring>

namespace aura::model {

namespace {

/// Values that one worker takes at a time: whole blocks.
constexpr std::size_t part_size = 64 * ops::adamw8_block;

template <class T>
void put(std::vector<std::byte>& out, std::span<const T> values) {
  const auto bytes = std::as_bytes(values);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

template <class T>
void take(std::span<const std::byte>& from, std::vector<T>& to) {
  const auto size = to.size() * sizeof(T);
  if (size > 0)
    std::memcpy(to.data(), from.data(), size);
  from = from.subspan(size);
}

} // namespace

moments::moments(const trainable_layout& layout, const tuner_options& options)
  : options_{options} {
  const auto add = [&](std::size_t offset, std::size_t size, bool whole) {
    tensor x{offset, size, whole, {}, {}, {}, {}, {}, {}};
    if (options.moments == moments_kind::bits8 && size >= ops::adamw8_least) {
      x.m_codes.resize(size);
      x.v_codes.resize(size);
      x.m_scale.resize(ops::adamw8_blocks(size));
      x.v_scale.resize(ops::adamw8_blocks(size));
      ops::clear({x.m_codes, x.v_codes, x.m_scale, x.v_scale});
    } else {
      x.m.resize(size);
      x.v.resize(size);
    }
    tensors_.push_back(std::move(x));
  };
  for (const auto& slot : layout.adapters) {
    add(slot.a, slot.rank * slot.columns, false);
    add(slot.b, slot.rows * slot.rank, false);
  }
  for (const auto* slot : {&layout.embedding, &layout.head})
    if (*slot)
      add((*slot)->offset, (*slot)->rows * (*slot)->columns, true);
}

void moments::step(const step_plan& plan, std::span<float> values,
                   std::span<const float> gradients, crew& workers) {
  ++steps_;
  struct part {
    tensor* of;
    std::size_t begin;
  };
  std::vector<part> parts;
  for (auto& x : tensors_)
    for (std::size_t at = 0; at < x.size; at += part_size)
      parts.push_back({&x, at});
  // A crew counts to a million.
  constexpr std::size_t most = 1 << 19;
  for (std::size_t first = 0; first < parts.size(); first += most)
    workers.run(
      std::min(most, parts.size() - first), [&](std::size_t i, std::size_t) {
        const auto& x = parts[first + i];
        step_part(*x.of, x.begin, std::min(x.begin + part_size, x.of->size),
                  plan, values, gradients);
      });
}

void moments::step_part(tensor& x, std::size_t begin, std::size_t end,
                        const step_plan& plan, std::span<float> values,
                        std::span<const float> gradients) const {
  const ops::adamw_rule rule{
    .rate = x.whole ? plan.whole_rate : plan.rate,
    .beta1 = options_.beta1,
    .beta2 = options_.beta2,
    .epsilon = options_.epsilon,
    .weight_decay = options_.weight_decay,
    .step = steps_,
    .scale = x.whole ? plan.whole_scale : plan.scale,
  };
  const auto size = end - begin;
  const auto p = values.subspan(x.offset + begin, size);
  const auto g = gradients.subspan(x.offset + begin, size);
  if (x.m_codes.empty())
    return ops::adamw32(p, g, std::span{x.m}.subspan(begin, size),
                        std::span{x.v}.subspan(begin, size), rule);
  const auto block = begin / ops::adamw8_block;
  const auto blocks = ops::adamw8_blocks(size);
  ops::adamw8(p, g,
              {std::span{x.m_codes}.subspan(begin, size),
               std::span{x.v_codes}.subspan(begin, size),
               std::span{x.m_scale}.subspan(block, blocks),
               std::span{x.v_scale}.subspan(block, blocks)},
              rule);
}

std::vector<std::byte> moments::save() const {
  std::vector<std::byte> result;
  result.reserve(bytes() + sizeof steps_);
  put(result, std::span{&steps_, 1});
  for (const auto& x : tensors_) {
    for (const auto* floats : {&x.m, &x.v, &x.m_scale, &x.v_scale})
      put(result, std::span{*floats});
    for (const auto* codes : {&x.m_codes, &x.v_codes})
      put(result, std::span{*codes});
  }
  return result;
}

status moments::restore(std::span<const std::byte> saved) {
  const auto wanted = bytes() + sizeof steps_;
  if (saved.size() != wanted)
    return fault{errc::damaged_file,
                 "the optimiser's state has " + std::to_string(saved.size())
                   + " bytes, expected " + std::to_string(wanted)};
  std::memcpy(&steps_, saved.data(), sizeof steps_);
  saved = saved.subspan(sizeof steps_);
  for (auto& x : tensors_) {
    for (auto* floats : {&x.m, &x.v, &x.m_scale, &x.v_scale})
      take(saved, *floats);
    for (auto* codes : {&x.m_codes, &x.v_codes})
      take(saved, *codes);
  }
  return ok;
}

std::size_t moments::bytes() const {
  std::size_t result = 0;
  for (const auto& x : tensors_)
    result += (x.m.size() + x.v.size() + x.m_scale.size() + x.v_scale.size())
                * sizeof(float)
              + x.m_codes.size() + x.v_codes.size();
  return result;
}

} // namespace aura::model
