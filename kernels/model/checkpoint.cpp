#include "kernels/model/checkpoint.hpp"

#include "kernels/base/text_file.hpp"
#include "kernels/model/safetensors.hpp"

#include <algorithm>

namespace aura::model {

namespace {

std::vector<std::size_t> shape_of(const tensor_slot& slot) {
  if (slot.columns == 0)
    return {slot.rows};
  return {slot.rows, slot.columns};
}

} // namespace

status save_checkpoint(const std::filesystem::path& folder,
                       const decoder_shape& shape,
                       std::span<const float> parameters) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed)
    return fault{errc::io_error,
                 "cannot create " + folder.string() + ": " + failed.message()};
  std::vector<tensor_view> tensors;
  for (const auto& slot : lay_out(shape).all())
    tensors.push_back({slot.name, shape_of(slot),
                       parameters.subspan(slot.offset, slot.size())});
  auto written = write_safetensors(folder / "model.safetensors", tensors);
  if (!written)
    return written;
  return write_text_file(folder / "config.json", write_config(shape));
}

expected<checkpoint> load_checkpoint(const std::filesystem::path& folder) {
  const auto text = read_text_file(folder / "config.json");
  if (!text)
    return fault{errc::missing_file,
                 "cannot open " + (folder / "config.json").string()};
  auto shape = read_config(*text);
  if (!shape)
    return fault{shape.error().code, (folder / "config.json").string() + ": "
                                       + shape.error().message};
  auto file = safetensors::open(folder / "model.safetensors");
  if (!file)
    return file.error();
  const auto slots = lay_out(*shape);
  const auto known = slots.all();
  for (const auto& entry : file->entries())
    if (std::none_of(known.begin(), known.end(),
                     [&](const auto& slot) { return slot.name == entry.name; }))
      return fault{errc::invalid_model,
                   "tensor '" + entry.name + "' is not of this configuration"};
  // Shapes are compared before memory for all of them is taken.
  checkpoint result{*shape, {}};
  for (const auto& slot : known) {
    auto values = file->read(slot.name, shape_of(slot));
    if (!values)
      return values.error();
    result.parameters.resize(slots.size);
    std::copy(values->begin(), values->end(),
              result.parameters.begin()
                + static_cast<std::ptrdiff_t>(slot.offset));
  }
  return result;
}

} // namespace aura::model
