#include "tools/aura/model_commands.hpp"

#include "kernels/model/pretrained/gguf.hpp"
#include "kernels/model/pretrained/pretrained.hpp"
#include "kernels/model/pretrained/tensor_files.hpp"
#include "tools/aura/input.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>

namespace aura::tools {

namespace {

namespace fs = std::filesystem;

/// `14,659,507,200`.
std::string grouped(std::size_t x) {
  auto result = std::to_string(x);
  for (auto at = result.size(); at > 3;) {
    at -= 3;
    result.insert(at, 1, ',');
  }
  return result;
}

/// Tensors that do the same for a model.
struct component {
  const char* name;
  /// What their names contain, any of them.
  std::vector<std::string_view> parts;
  std::size_t tensors = 0;
  std::size_t parameters = 0;
};

std::vector<component> components_of(const model::architecture& x) {
  std::vector<component> result{
    {"embedding", {"embed_tokens"}},
    {"q, k, v", {"q_proj", "k_proj", "v_proj", "qkv_proj"}},
    {"attention out", {"o_proj"}},
    {"gate, up", {"gate_proj", ".up_proj", "gate_up_proj"}},
    {"down", {"down_proj"}},
    {"norms", {"norm"}},
    {"head", {"lm_head"}}};
  for (const auto& tensor : model::tensors_of(x))
    for (auto& part : result)
      if (std::any_of(part.parts.begin(), part.parts.end(), [&](auto name) {
            return tensor.name.find(name) != std::string::npos;
          })) {
        ++part.tensors;
        part.parameters += tensor.size();
        break;
      }
  return result;
}

const char* name_of(model::family x) {
  constexpr std::array names{"phi3", "llama", "qwen2"};
  return names[static_cast<std::size_t>(x)];
}

exit_code run_plan(const std::string& place) {
  const auto shape = model::open_architecture(place);
  if (!shape)
    return complain(shape.error());
  std::printf("%s: %zu layers of %zu, %zu heads of %zu over %zu of keys and "
              "values, %zu within\n%zu tokens%s, %zu positions, RoPE %g\n\n",
              name_of(shape->kind), shape->layers, shape->hidden, shape->heads,
              shape->head_size, shape->kv_heads, shape->intermediate,
              shape->vocabulary,
              shape->tied ? ", the embedding is the head" : "",
              shape->positions, shape->rope_theta);
  std::printf("%-14s %8s %16s %16s\n", "", "tensors", "parameters",
              "bytes bf16");
  const auto row = [](const char* name, std::size_t tensors,
                      std::size_t parameters) {
    std::printf("%-14s %8s %16s %16s\n", name, grouped(tensors).c_str(),
                grouped(parameters).c_str(), grouped(2 * parameters).c_str());
  };
  for (const auto& x : components_of(*shape))
    if (x.tensors != 0)
      row(x.name, x.tensors, x.parameters);
  row("total", model::tensors_of(*shape).size(), model::parameters_of(*shape));
  return exit_code::success;
}

/// The tensors at `place`, under the names of their file.
expected<model::stored_tensors> tensors_at(const fs::path& place) {
  if (fs::is_directory(place))
    return model::open_tensor_files(place);
  model::stored_tensors result;
  const auto take = [&](const auto& file) {
    for (const auto& x : file.entries())
      result.emplace(x.name, model::stored_tensor{x.type, x.shape,
                                                  file.bytes(x), file.owner()});
  };
  if (model::is_gguf(place)) {
    auto file = model::gguf::open(place);
    if (!file)
      return file.error();
    take(*file);
    return result;
  }
  auto file = model::safetensors::open(place);
  if (!file)
    return file.error();
  take(*file);
  return result;
}

exit_code run_inspect(const std::string& place) {
  const auto tensors = tensors_at(place);
  if (!tensors)
    return complain(tensors.error());
  std::size_t bytes = 0;
  for (const auto& [name, x] : *tensors) {
    std::printf("%s %s %s %s\n", name.c_str(), x.type.c_str(),
                model::print_shape(x.shape).c_str(),
                grouped(x.bytes.size()).c_str());
    bytes += x.bytes.size();
  }
  std::printf("%s tensors, %s bytes\n", grouped(tensors->size()).c_str(),
              grouped(bytes).c_str());
  // A file of tensors by itself belongs to no architecture.
  if (!fs::is_directory(place) && !model::is_gguf(place))
    return exit_code::success;
  const auto whole = model::open_weights(place);
  if (!whole)
    return complain(whole.error());
  std::printf("fits %s with %s parameters\n", name_of(whole->shape.kind),
              grouped(model::parameters_of(whole->shape)).c_str());
  return exit_code::success;
}

} // namespace

CLI::App* add_model(CLI::App& app, action& chosen) {
  auto* command
    = app.add_subcommand("model", "plan and inspect pretrained models");
  command->require_subcommand(1);
  auto place = std::make_shared<std::string>();
  const auto add = [&](const char* name, const char* what, const char* where,
                       exit_code (*run)(const std::string&)) {
    auto* inner = command->add_subcommand(name, what);
    inner->add_option("place", *place, where)->required();
    inner->final_callback(
      [place, run, &chosen] { chosen = [place, run] { return run(*place); }; });
  };
  add("plan", "count parameters, tensors and bytes of each component",
      "a folder with config.json, or a GGUF file; weights are not needed",
      run_plan);
  add("inspect", "list the tensors of a checkpoint, and check that they fit",
      "a folder in Hugging Face layout, a safetensors or a GGUF file",
      run_inspect);
  return command;
}

} // namespace aura::tools
