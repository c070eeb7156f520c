#include "kernels/model/pretrained/tensor_files.hpp"

#include "kernels/base/json.hpp"
#include "kernels/base/text_file.hpp"

namespace aura::model {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uintmax_t longest_index = 100'000'000;

fault damaged(const fs::path& file, const std::string& why) {
  return {errc::damaged_file, file.string() + ": " + why};
}

/// Whether `name` is that of a file beside the index.
bool is_plain(const std::string& name) {
  return name.ends_with(".safetensors")
         && name.find_first_of(std::string_view{"/\\\0", 3})
              == std::string::npos;
}

/// Which file each tensor should be in.
expected<std::map<std::string, std::string>> read_index(const fs::path& file) {
  std::error_code failed;
  if (fs::file_size(file, failed) > longest_index || failed)
    return damaged(file, "longer than 100 MB");
  auto result = read_tensor_index(read_text_file(file).value_or(""));
  if (!result)
    return damaged(file, result.error().message);
  return result;
}

} // namespace

void add(const safetensors& file, stored_tensors& out) {
  for (const auto& x : file.entries())
    out.emplace(x.name,
                stored_tensor{x.type, x.shape, file.bytes(x), file.owner()});
}

std::string print_shape(const std::vector<std::size_t>& shape) {
  std::string result = "[";
  for (std::size_t i = 0; i < shape.size(); ++i)
    result += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return result + "]";
}

expected<std::map<std::string, std::string>>
read_tensor_index(std::string_view text) {
  // Nothing of an index is deeper than the names.
  const auto x = parse_within(text, 3);
  const auto listed
    = x.is_object() && x.contains("weight_map") && x["weight_map"].is_object();
  if (!listed || x["weight_map"].empty())
    return fault{errc::damaged_file,
                 "no object 'weight_map' of tensors and their files"};
  std::map<std::string, std::string> result;
  for (const auto& [tensor, place] : x["weight_map"].items()) {
    if (!place.is_string() || !is_plain(place.get<std::string>()))
      return fault{errc::damaged_file,
                   "tensor '" + tensor
                     + "' is in no safetensors file of this folder"};
    result.emplace(tensor, place.get<std::string>());
  }
  return result;
}

expected<stored_tensors> open_tensor_files(const fs::path& folder) {
  stored_tensors result;
  const auto index = folder / "model.safetensors.index.json";
  if (!fs::exists(index)) {
    auto file = safetensors::open(folder / "model.safetensors");
    if (!file)
      return file.error();
    add(*file, result);
    return result;
  }
  auto places = read_index(index);
  if (!places)
    return places.error();
  std::map<std::string, safetensors> files;
  for (const auto& [tensor, place] : *places) {
    if (files.contains(place))
      continue;
    auto file = safetensors::open(folder / place);
    if (!file)
      return file.error();
    for (const auto& x : file->entries())
      if (const auto listed = places->find(x.name);
          listed == places->end() || listed->second != place)
        return damaged(index, "tensor '" + x.name + "' is in " + place
                                + ", which the index does not say");
    add(*file, result);
    files.emplace(place, std::move(*file));
  }
  for (const auto& [tensor, place] : *places)
    if (!result.contains(tensor))
      return damaged(index, "tensor '" + tensor + "' is not in " + place);
  return result;
}

} // namespace aura::model
