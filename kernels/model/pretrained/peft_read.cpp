#include "kernels/model/pretrained/peft.hpp"

#include "kernels/base/json.hpp"
#include "kernels/base/text_file.hpp"
#include "kernels/model/pretrained/frozen.hpp"
#include "kernels/model/pretrained/tensor_files.hpp"

#include <algorithm>
#include <set>

namespace aura::model {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr auto prefix = "base_model.model.";

std::string print(const json& x) {
  return x.dump(-1, ' ', false, json::error_handler_t::replace);
}

expected<json> read_config(const fs::path& folder) {
  const auto file = folder / "adapter_config.json";
  const auto text = read_text_file(file);
  if (!text)
    return fault{errc::missing_file, "cannot open " + file.string()};
  auto x = parse_within(*text, configuration_depth);
  if (!x.is_object())
    return fault{errc::damaged_file, file.string() + ": no JSON object"};
  return x;
}

/// What an adapter says of itself.
struct description {
  lora_options options;
  /// Ranks of modules that are not those of the others.
  json ranks = json::object();
};

/// Fields whose other values this program does not compute.
status check_fields(const json& x) {
  const std::vector<std::pair<const char*, json>> known{
    {"peft_type", "LORA"},
    {"bias", "none"},
    {"fan_in_fan_out", false},
    {"use_dora", false},
    {"lora_bias", false},
    {"layers_to_transform", nullptr},
    {"trainable_token_indices", nullptr}};
  for (const auto& [field, wanted] : known)
    if (x.contains(field) && !x[field].is_null() && x[field] != wanted)
      return fault{errc::unsupported, "field '" + std::string{field}
                                        + "': expected " + print(wanted)
                                        + ", found " + print(x[field])};
  return ok;
}

expected<description> describe(const json& x) {
  const auto wrong = [&](const char* field) {
    return fault{errc::invalid_model,
                 "field '" + std::string{field} + "' cannot be "
                   + print(x.contains(field) ? x[field] : json{})};
  };
  if (auto good = check_fields(x); !good)
    return good.error();
  description result;
  auto& options = result.options;
  if (!x.contains("r") || !x["r"].is_number_unsigned())
    return wrong("r");
  if (!x.contains("lora_alpha") || !x["lora_alpha"].is_number())
    return wrong("lora_alpha");
  options.rank = x["r"].get<std::size_t>();
  options.alpha = x["lora_alpha"].get<double>();
  options.rank_stabilised = x.value("use_rslora", json{}) == true;
  if (x.contains("lora_dropout") && x["lora_dropout"].is_number())
    options.dropout = x["lora_dropout"].get<double>();
  const auto targets = x.value("target_modules", json{});
  options.targets.clear();
  if (targets.is_string())
    options.targets.push_back(targets.get<std::string>());
  for (const auto& name : targets.is_array() ? targets : json::array()) {
    if (!name.is_string())
      return wrong("target_modules");
    options.targets.push_back(name.get<std::string>());
  }
  // PEFT writes a set: any order means the same.
  std::sort(options.targets.begin(), options.targets.end());
  const auto whole = x.value("modules_to_save", json{});
  for (const auto& name : whole.is_array() ? whole : json::array()) {
    if (name == "embed_tokens")
      options.train_embedding = true;
    else if (name == "lm_head")
      options.train_head = true;
    else
      return wrong("modules_to_save");
  }
  if (x.contains("rank_pattern") && x["rank_pattern"].is_object())
    result.ranks = x["rank_pattern"];
  return result;
}

/// Takes fused targets of a larger rank apart: their names, and for each split
/// target which of how many it is.
status take_apart(const architecture& shape, description& x,
                  std::set<std::string>& fused) {
  auto& targets = x.options.targets;
  for (const auto& [name, rank] : x.ranks.items()) {
    const auto role = name == "qkv_proj"       ? linear_role::qkv
                      : name == "gate_up_proj" ? linear_role::gate_up
                                               : linear_role::down;
    const auto parts = stacked_parts(shape, role);
    const auto at = std::find(targets.begin(), targets.end(), name);
    if (parts.empty() || at == targets.end()
        || rank != x.options.rank * parts.size())
      return fault{errc::unsupported, "rank_pattern: rank " + print(rank)
                                        + " of '" + name + "' beside "
                                        + std::to_string(x.options.rank)};
    targets.erase(at);
    for (const auto& part : parts)
      targets.emplace_back(part.name);
    fused.insert(name);
  }
  return ok;
}

/// Finds tensors by name, and keeps the first thing wrong with them.
class tensor_finder {
public:
  explicit tensor_finder(const stored_tensors& tensors) : tensors_{tensors} {
  }

  void check(const std::string& name, std::size_t rows, std::size_t columns) {
    const auto found = tensors_.find(name);
    const auto wanted = std::vector{rows, columns};
    const auto at = "tensor '" + name + "'";
    seen_.insert(name);
    if (found == tensors_.end())
      return fail(at + " is missing: expected " + print_shape(wanted));
    const auto& x = found->second;
    if (x.shape != wanted)
      return fail(at + ": expected " + print_shape(wanted) + ", found "
                  + print_shape(x.shape));
    if (x.type != "F32" && x.type != "BF16" && x.type != "F16")
      fail(at + ": expected F32, F16 or BF16, found " + x.type);
  }

  /// @pre it was checked and nothing was wrong
  std::vector<float> read(const std::string& name) const {
    const auto& x = tensors_.find(name)->second;
    const auto form = x.type == "F32"    ? encoding::f32
                      : x.type == "BF16" ? encoding::bf16
                                         : encoding::f16;
    return decoded({name, x.shape[0], x.shape[1], form, x.bytes, {}, nullptr});
  }

  void fail(const std::string& why) {
    if (!wrong_)
      wrong_ = fault{errc::invalid_model, why};
  }

  /// Also if there is a tensor that nobody asked for.
  std::optional<fault> wrong() {
    for (const auto& [name, x] : tensors_)
      if (!seen_.contains(name))
        fail("tensor '" + name + "' is not of this adapter");
    return wrong_;
  }

private:
  const stored_tensors& tensors_;
  std::set<std::string> seen_;
  std::optional<fault> wrong_;
};

/// A slot as a file holds it: alone, or as block `index` of `count` that were
/// put together.
struct source {
  std::string name;
  std::size_t rows = 0;
  std::size_t index = 0;
  std::size_t count = 1;
};

source source_of(const architecture& shape, const adapter_slot& slot,
                 const std::set<std::string>& fused) {
  const auto parts = stacked_parts(shape, slot.role);
  const auto* together
    = slot.role == linear_role::qkv ? "qkv_proj" : "gate_up_proj";
  const auto& module = slot.module;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (fused.contains(together) && leaf_of(module) == parts[i].name)
      return {prefix + module.substr(0, module.rfind('.') + 1) + together,
              parts.back().begin + parts.back().rows, i, parts.size()};
  return {prefix + module, slot.rows};
}

/// Copies the slot's block off the diagonal of what was put together.
void read_slot(const adapter_slot& slot, const source& from, tensor_finder& in,
               float* out) {
  const auto a = in.read(from.name + ".lora_A.weight");
  const auto b = in.read(from.name + ".lora_B.weight");
  const auto size = slot.rank * slot.columns;
  std::copy_n(a.data() + from.index * size, size, out + slot.a);
  const auto rank = slot.rank * from.count;
  const auto first = from.count == 1 ? 0 : slot.begin;
  for (std::size_t row = 0; row < slot.rows; ++row)
    for (std::size_t k = 0; k < rank; ++k) {
      const auto value = b[(first + row) * rank + k];
      if (k / slot.rank == from.index)
        out[slot.b + row * slot.rank + k % slot.rank] = value;
      else if (value != 0)
        in.fail("tensor '" + from.name
                + ".lora_B.weight' has numbers beside its blocks");
    }
}

/// Everything that is trained, after all shapes were compared.
expected<std::vector<float>> read_values(const architecture& shape,
                                         const trainable_layout& layout,
                                         const std::set<std::string>& fused,
                                         const stored_tensors& tensors) {
  tensor_finder in{tensors};
  for (const auto& slot : layout.adapters) {
    const auto from = source_of(shape, slot, fused);
    in.check(from.name + ".lora_A.weight", slot.rank * from.count,
             slot.columns);
    in.check(from.name + ".lora_B.weight", from.rows, slot.rank * from.count);
  }
  for (const auto* x : {&layout.embedding, &layout.head})
    if (*x)
      in.check(prefix + (*x)->name, (*x)->rows, (*x)->columns);
  if (const auto wrong = in.wrong())
    return *wrong;
  std::vector<float> result(layout.size);
  for (const auto& slot : layout.adapters)
    read_slot(slot, source_of(shape, slot, fused), in, result.data());
  for (const auto* x : {&layout.embedding, &layout.head})
    if (*x) {
      const auto values = in.read(prefix + (*x)->name);
      std::copy(values.begin(), values.end(),
                result.begin() + static_cast<std::ptrdiff_t>((*x)->offset));
    }
  if (const auto wrong = in.wrong())
    return *wrong;
  return result;
}

} // namespace

expected<adapter> read_peft(const fs::path& folder, const architecture& shape) {
  const auto at = [&](const fault& why) {
    return fault{why.code, folder.string() + ": " + why.message};
  };
  auto config = read_config(folder);
  if (!config)
    return config.error();
  auto found = describe(*config);
  if (!found)
    return at(found.error());
  std::set<std::string> fused;
  if (auto done = take_apart(shape, *found, fused); !done)
    return at(done.error());
  auto layout = lay_out(shape, found->options);
  if (!layout)
    return at(layout.error());
  auto file = safetensors::open(folder / "adapter_model.safetensors");
  if (!file)
    return file.error();
  stored_tensors tensors;
  add(*file, tensors);
  auto values = read_values(shape, *layout, fused, tensors);
  if (!values)
    return at(values.error());
  return adapter{
    std::move(found->options), std::move(*layout),
    std::make_shared<const std::vector<float>>(std::move(*values))};
}

expected<std::string> peft_base(const fs::path& folder) {
  auto config = read_config(folder);
  if (!config)
    return config.error();
  const auto base = config->value("base_model_name_or_path", json{});
  if (!base.is_string())
    return fault{errc::invalid_model,
                 folder.string() + ": no base_model_name_or_path"};
  return base.get<std::string>();
}

} // namespace aura::model
