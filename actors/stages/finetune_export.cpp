#include "actors/stages/finetune_export.hpp"

#include "actors/flow/files.hpp"
#include "kernels/model/pretrained/gguf_adapter.hpp"
#include "kernels/model/pretrained/merged.hpp"
#include "kernels/model/pretrained/peft.hpp"

#include <algorithm>
#include <functional>
#include <string>

namespace aura::stages {

namespace {

/// A form and what writes it into a place.
struct writer {
  const char* name;
  const char* file;
  std::function<status(const std::filesystem::path&)> write;
};

bool wants(const finetune_options& options, const char* form) {
  return std::find(options.exports.begin(), options.exports.end(), form)
         != options.exports.end();
}

} // namespace

status check_forms(const finetune_options& options,
                   const model::architecture& shape) {
  const auto& lora = options.tuner.lora;
  if (wants(options, "gguf") && (lora.train_embedding || lora.train_head))
    return fault{errc::invalid_option,
                 "no form 'gguf' to export: a GGUF adapter has no room for an "
                 "embedding or a head that is trained whole"};
  if (wants(options, "adapter-fused") && shape.kind != model::family::phi3)
    return fault{errc::invalid_option,
                 "no form 'adapter-fused' to export: this model keeps q, k, v "
                 "and gate, up apart"};
  return ok;
}

expected<std::vector<model_form>>
export_forms(const model::pretrained& base, const model::adapter& trained,
             const finetune_options& options,
             const std::filesystem::path& folder, const flow::environment& at) {
  if (auto made = flow::make_folder(folder); !made)
    return made.error();
  auto failed = std::error_code{};
  const auto name = std::filesystem::absolute(options.model, failed).string();
  const auto& shape = base.weights.shape;
  const auto peft = [&](model::peft_layout layout) {
    return [&, layout](const std::filesystem::path& place) {
      return model::write_peft(place, shape, trained, name, layout);
    };
  };
  const auto merged = [&](model::merge_base beneath) {
    return [&, beneath](const std::filesystem::path& place) {
      return model::write_merged(place, options.model, base, trained,
                                 {.beneath = beneath});
    };
  };
  const writer writers[] = {
    {"adapter", "adapter", peft(model::peft_layout::as_trained)},
    {"adapter-fused", "adapter-fused", peft(model::peft_layout::fused)},
    {"adapter-split", "adapter-split", peft(model::peft_layout::split)},
    {"merged", "merged", merged(model::merge_base::stored)},
    {"merged-nf4", "merged-nf4", merged(model::merge_base::nf4)},
    {"gguf", "adapter.gguf",
     [&](const std::filesystem::path& place) {
       return model::write_gguf_adapter(place, shape, trained);
     }},
  };
  auto result = std::vector<model_form>{};
  for (const auto& x : writers) {
    if (!result.empty() && !wants(options, x.name))
      continue;
    at.tell({at.stage, std::string{"writes "} + x.name, 0, 0});
    const auto place = folder / x.file;
    if (auto written = x.write(place); !written)
      return written.error();
    result.push_back({x.name, place.string()});
  }
  return result;
}

expected<std::vector<model_form>>
copy_forms(const std::vector<model_form>& forms,
           const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  auto result = std::vector<model_form>{};
  for (const auto& form : forms) {
    const auto from = fs::path{form.path};
    const auto to = folder / from.filename();
    auto failed = std::error_code{};
    const auto whole = fs::is_directory(from, failed);
    if (auto made = flow::make_folder(whole ? to : folder); !made)
      return made.error();
    auto files = std::vector<fs::path>{};
    if (whole)
      for (const auto& x : fs::directory_iterator{from, failed})
        files.push_back(x.path());
    else
      files.push_back(from);
    for (const auto& file : files)
      if (auto copied
          = flow::copy_file(file, whole ? to / file.filename() : to);
          !copied)
        return copied.error();
    result.push_back({form.name, to.string()});
  }
  return result;
}

} // namespace aura::stages
