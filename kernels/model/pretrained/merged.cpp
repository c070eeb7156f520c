#include "kernels/model/pretrained/merged.hpp"

#include "kernels/base/json.hpp"
#include "kernels/base/text_file.hpp"
#include "kernels/model/pretrained/nf4_weight.hpp"
#include "kernels/model/safetensors_writer.hpp"
#include "kernels/ops/bf16.hpp"

#include <algorithm>
#include <bit>
#include <map>

namespace aura::model {

namespace {

namespace fs = std::filesystem;

/// How many values are decoded at a time.
constexpr std::size_t at_once = std::size_t{1} << 22;

/// A tensor of the base, and where it stands.
struct job {
  const weight* base = nullptr;
  /// Trained whole, it is replaced.
  const whole_slot* whole = nullptr;
  /// Of linear layers only.
  bool linear = false;
  std::size_t layer = 0;
  linear_role role = linear_role::qkv;
  /// Rows before it in its stacked matrix.
  std::size_t offset = 0;
};

using jobs = std::map<std::string, job>;

void add_linear(const std::vector<weight>& parts, std::size_t layer,
                linear_role role, jobs& out) {
  std::size_t offset = 0;
  for (const auto& x : parts) {
    out[x.name] = {&x, nullptr, true, layer, role, offset};
    offset += x.rows;
  }
}

jobs jobs_of(const model_weights& x, const adapter& trained) {
  jobs result;
  const auto add = [&](const weight& w) { result[w.name].base = &w; };
  add(x.embedding);
  add(x.norm);
  if (x.head)
    add(*x.head);
  for (std::size_t i = 0; i < x.layers.size(); ++i) {
    const auto& layer = x.layers[i];
    add(layer.input_norm);
    add(layer.post_norm);
    for (const auto& bias : layer.qkv_bias)
      add(bias);
    add_linear(layer.qkv.parts, i, linear_role::qkv, result);
    add_linear(layer.gate_up.parts, i, linear_role::gate_up, result);
    result[layer.output.name]
      = {&layer.output, nullptr, true, i, linear_role::output, 0};
    result[layer.down.name]
      = {&layer.down, nullptr, true, i, linear_role::down, 0};
  }
  for (const auto* slot : {&trained.layout.embedding, &trained.layout.head})
    if (*slot)
      result[(*slot)->name].whole = &**slot;
  return result;
}

/// Adds s · B A to rows [begin, end) of a matrix.
void add_adapters(const job& where, const adapter& trained, std::size_t begin,
                  std::size_t end, std::size_t columns, float* rows) {
  const auto scale = static_cast<float>(scale_of(trained.options));
  for (const auto& slot : trained.layout.adapters) {
    if (slot.layer != where.layer || slot.role != where.role)
      continue;
    const auto* a = trained.values->data() + slot.a;
    const auto* b = trained.values->data() + slot.b;
    std::vector<float> delta(columns);
    for (auto i = begin; i < end; ++i) {
      const auto row = where.offset + i;
      if (row < slot.begin || row >= slot.begin + slot.rows)
        continue;
      std::fill(delta.begin(), delta.end(), 0.f);
      for (std::size_t k = 0; k < slot.rank; ++k) {
        const auto factor = b[(row - slot.begin) * slot.rank + k];
        for (std::size_t j = 0; j < columns; ++j)
          delta[j] += factor * a[k * columns + j];
      }
      auto* out = rows + (i - begin) * columns;
      for (std::size_t j = 0; j < columns; ++j)
        out[j] += scale * delta[j];
    }
  }
}

void append_bf16(const std::vector<float>& values, safetensors_writer& out) {
  std::vector<std::uint16_t> bits(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    bits[i] = static_cast<std::uint16_t>(
      std::bit_cast<std::uint32_t>(ops::round_to_bf16(values[i])) >> 16);
  out.append(std::as_bytes(std::span{bits}));
}

void append(const job& x, const adapter& trained, merge_base beneath,
            safetensors_writer& out) {
  const auto& base = *x.base;
  const auto columns = base.columns == 0 ? base.rows : base.columns;
  const auto rows = base.columns == 0 ? 1 : base.rows;
  crew alone{1};
  const auto from
    = beneath == merge_base::nf4 && x.linear ? as_nf4(base, alone) : base;
  const auto step = std::max<std::size_t>(1, at_once / columns);
  std::vector<float> values;
  for (std::size_t begin = 0; begin < rows; begin += step) {
    const auto end = std::min(rows, begin + step);
    values.resize((end - begin) * columns);
    if (x.whole != nullptr)
      std::copy_n(trained.values->data() + x.whole->offset + begin * columns,
                  values.size(), values.data());
    else
      decode_rows(from, begin, end, values.data());
    if (x.linear)
      add_adapters(x, trained, begin, end, columns, values.data());
    append_bf16(values, out);
  }
}

/// Tensors that share a file.
using shard = std::vector<tensor_header>;

std::vector<shard> cut(const std::vector<tensor_plan>& plans,
                       std::size_t most) {
  std::vector<shard> result(1);
  std::size_t size = 0;
  for (const auto& plan : plans) {
    tensor_header x{plan.name, "BF16", {plan.rows}};
    if (plan.columns != 0)
      x.shape.push_back(plan.columns);
    if (size + bytes_of(x) > most && !result.back().empty()) {
      result.emplace_back();
      size = 0;
    }
    size += bytes_of(x);
    result.back().push_back(std::move(x));
  }
  return result;
}

std::string name_of(std::size_t i, std::size_t count) {
  if (count == 1)
    return "model.safetensors";
  const auto five = [](std::size_t x) {
    const auto digits = std::to_string(x);
    return std::string(5 - std::min<std::size_t>(5, digits.size()), '0')
           + digits;
  };
  return "model-" + five(i + 1) + "-of-" + five(count) + ".safetensors";
}

status write_index(const fs::path& folder, const std::vector<shard>& shards) {
  auto map = nlohmann::ordered_json::object();
  std::size_t size = 0;
  for (std::size_t i = 0; i < shards.size(); ++i)
    for (const auto& x : shards[i]) {
      map[x.name] = name_of(i, shards.size());
      size += bytes_of(x);
    }
  const nlohmann::ordered_json index{{"metadata", {{"total_size", size}}},
                                     {"weight_map", map}};
  return write_text_file(folder / "model.safetensors.index.json",
                         index.dump(2) + "\n");
}

} // namespace

status write_merged(const fs::path& folder, const fs::path& place,
                    const pretrained& base, const adapter& trained,
                    const merge_options& options) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed)
    return fault{errc::io_error,
                 "cannot create " + folder.string() + ": " + failed.message()};
  const auto all = jobs_of(base.weights, trained);
  const auto shards = cut(tensors_of(base.weights.shape), options.file_bytes);
  for (std::size_t i = 0; i < shards.size(); ++i) {
    auto out = safetensors_writer::begin(folder / name_of(i, shards.size()),
                                         shards[i]);
    if (!out)
      return out.error();
    for (const auto& x : shards[i])
      append(all.at(x.name), trained, options.beneath, *out);
    if (auto done = out->finish(); !done)
      return done;
  }
  if (shards.size() > 1)
    if (auto done = write_index(folder, shards); !done)
      return done;
  return write_companions(folder, place, base);
}

} // namespace aura::model
