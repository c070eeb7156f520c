#include "kernels/model/pretrained/adapter_parts.hpp"

#include <algorithm>

namespace aura::model {

namespace {

std::string sibling(std::string_view module, std::string_view leaf) {
  return std::string{module.substr(0, module.rfind('.') + 1)}
         + std::string{leaf};
}

adapter_part part_of(const adapter_slot& slot, std::size_t index) {
  return {slot.module,
          slot.layer,
          slot.role,
          slot.rows,
          slot.columns,
          slot.rank,
          {{index, 0, slot.rows, 0}}};
}

void split(const architecture& shape, const adapter_slot& slot,
           std::size_t index, std::vector<adapter_part>& out) {
  for (const auto& x : stacked_parts(shape, slot.role)) {
    if (x.begin < slot.begin || x.begin + x.rows > slot.begin + slot.rows)
      continue;
    auto part = part_of(slot, index);
    part.module = sibling(slot.module, x.name);
    part.rows = x.rows;
    part.pieces = {{index, x.begin - slot.begin, x.rows, 0}};
    out.push_back(std::move(part));
  }
}

/// Puts `slot` to others of its stacked matrix.
void fuse(const architecture& shape, const adapter_slot& slot,
          std::size_t index, std::vector<adapter_part>& out) {
  if (out.empty() || out.back().layer != slot.layer
      || out.back().role != slot.role) {
    auto part = part_of(slot, index);
    part.module = sibling(
      slot.module, slot.role == linear_role::qkv ? "qkv_proj" : "gate_up_proj");
    const auto last = stacked_parts(shape, slot.role).back();
    part.rows = last.begin + last.rows;
    part.rank = 0;
    part.pieces.clear();
    out.push_back(std::move(part));
  }
  out.back().rank += slot.rank;
  out.back().pieces.push_back({index, 0, slot.rows, slot.begin});
}

} // namespace

std::vector<stacked_part> stacked_parts(const architecture& x,
                                        linear_role role) {
  const auto q = x.q_width();
  const auto kv = x.kv_width();
  if (role == linear_role::qkv)
    return {{"q_proj", 0, q}, {"k_proj", q, kv}, {"v_proj", q + kv, kv}};
  if (role == linear_role::gate_up)
    return {{"gate_proj", 0, x.intermediate},
            {"up_proj", x.intermediate, x.intermediate}};
  return {};
}

std::string_view leaf_of(std::string_view module) {
  return module.substr(module.rfind('.') + 1);
}

std::vector<adapter_part> parts_of(const architecture& shape,
                                   const adapter& trained, peft_layout layout) {
  std::vector<adapter_part> result;
  const auto& slots = trained.layout.adapters;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const auto stacked = slots[i].role == linear_role::qkv
                         || slots[i].role == linear_role::gate_up;
    if (stacked && layout == peft_layout::split)
      split(shape, slots[i], i, result);
    else if (stacked && layout == peft_layout::fused)
      fuse(shape, slots[i], i, result);
    else
      result.push_back(part_of(slots[i], i));
  }
  return result;
}

std::vector<float> a_of(const adapter& trained, const adapter_part& x) {
  std::vector<float> result;
  result.reserve(x.rank * x.columns);
  for (const auto& piece : x.pieces) {
    const auto& slot = trained.layout.adapters[piece.slot];
    const auto* from = trained.values->data() + slot.a;
    result.insert(result.end(), from, from + slot.rank * slot.columns);
  }
  return result;
}

std::vector<float> b_of(const adapter& trained, const adapter_part& x) {
  std::vector<float> result(x.rows * x.rank);
  std::size_t column = 0;
  for (const auto& piece : x.pieces) {
    const auto& slot = trained.layout.adapters[piece.slot];
    const auto* from = trained.values->data() + slot.b;
    for (std::size_t i = 0; i < piece.rows; ++i)
      std::copy_n(from + (piece.begin + i) * slot.rank, slot.rank,
                  result.data() + (piece.at + i) * x.rank + column);
    column += slot.rank;
  }
  return result;
}

} // namespace aura::model
