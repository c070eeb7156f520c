#include "kernels/model/pretrained/peft.hpp"

#include "kernels/base/json.hpp"
#include "kernels/base/text_file.hpp"
#include "kernels/model/safetensors_writer.hpp"

#include <algorithm>
#include <cmath>

namespace aura::model {

namespace {

namespace fs = std::filesystem;
using json = nlohmann::ordered_json;

constexpr auto prefix = "base_model.model.";

/// A factor for α that leaves the scale as it was where ranks grew.
double alpha_of(const lora_options& options, std::size_t rank) {
  const auto growth
    = static_cast<double>(rank) / static_cast<double>(options.rank);
  return options.alpha * (options.rank_stabilised ? std::sqrt(growth) : growth);
}

json config_of(const adapter& trained, const std::vector<adapter_part>& parts,
               std::string_view base) {
  const auto& options = trained.options;
  auto targets = json::array();
  auto ranks = json::object();
  auto alphas = json::object();
  for (const auto& x : parts) {
    const auto leaf = std::string{leaf_of(x.module)};
    if (std::find(targets.begin(), targets.end(), leaf) == targets.end())
      targets.push_back(leaf);
    if (x.rank != options.rank) {
      ranks[leaf] = x.rank;
      alphas[leaf] = alpha_of(options, x.rank);
    }
  }
  auto whole = json(nullptr);
  if (trained.layout.embedding)
    whole.push_back("embed_tokens");
  if (trained.layout.head)
    whole.push_back("lm_head");
  return {{"alpha_pattern", alphas},
          {"auto_mapping", nullptr},
          {"base_model_name_or_path", base},
          {"bias", "none"},
          {"fan_in_fan_out", false},
          {"inference_mode", true},
          {"init_lora_weights", true},
          {"layers_pattern", nullptr},
          {"layers_to_transform", nullptr},
          {"lora_alpha", options.alpha},
          {"lora_dropout", options.dropout},
          {"modules_to_save", whole},
          {"peft_type", "LORA"},
          {"r", options.rank},
          {"rank_pattern", ranks},
          {"revision", nullptr},
          {"target_modules", targets},
          {"task_type", "CAUSAL_LM"},
          {"use_dora", false},
          {"use_rslora", options.rank_stabilised}};
}

status write_tensors(const fs::path& file, const adapter& trained,
                     const std::vector<adapter_part>& parts) {
  std::vector<tensor_header> headers;
  for (const auto& x : parts) {
    const auto name = prefix + x.module;
    headers.push_back({name + ".lora_A.weight", "F32", {x.rank, x.columns}});
    headers.push_back({name + ".lora_B.weight", "F32", {x.rows, x.rank}});
  }
  std::vector<const whole_slot*> whole;
  for (const auto* x : {&trained.layout.embedding, &trained.layout.head})
    if (*x) {
      whole.push_back(&**x);
      headers.push_back(
        {prefix + (*x)->name, "F32", {(*x)->rows, (*x)->columns}});
    }
  auto out = safetensors_writer::begin(file, headers);
  if (!out)
    return out.error();
  for (const auto& x : parts) {
    const auto a = a_of(trained, x);
    const auto b = b_of(trained, x);
    out->append(std::as_bytes(std::span{a}));
    out->append(std::as_bytes(std::span{b}));
  }
  for (const auto* x : whole)
    out->append(std::as_bytes(
      std::span{*trained.values}.subspan(x->offset, x->rows * x->columns)));
  return out->finish();
}

} // namespace

status write_peft(const fs::path& folder, const architecture& shape,
                  const adapter& trained, std::string_view base,
                  peft_layout layout) {
  if (layout == peft_layout::fused && shape.kind != family::phi3)
    return fault{errc::invalid_option,
                 "this checkpoint keeps q, k, v and gate, up apart: an adapter "
                 "cannot be fused; export it split"};
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed)
    return fault{errc::io_error,
                 "cannot create " + folder.string() + ": " + failed.message()};
  const auto parts = parts_of(shape, trained, layout);
  if (auto done
      = write_tensors(folder / "adapter_model.safetensors", trained, parts);
      !done)
    return done;
  return write_text_file(folder / "adapter_config.json",
                         config_of(trained, parts, base).dump(2) + "\n");
}

} // namespace aura::model
