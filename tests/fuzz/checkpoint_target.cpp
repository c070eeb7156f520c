#include "kernels/model/pretrained/assemble.hpp"
#include "kernels/model/pretrained/gguf_model.hpp"
#include "kernels/model/pretrained/nf4_files.hpp"
#include "tests/fuzz/target.hpp"

#include <algorithm>

// Bytes → the header of a checkpoint → numbers. What is accepted can be read to
// its last byte, and what is refused has a reason.

namespace aura::fuzz {

namespace {

using namespace aura::model;

/// Reads a value of the first and last row.
void try_rows(const weight& x, std::string_view source) {
  const auto width = x.columns == 0 ? x.rows : x.columns;
  const auto rows = x.columns == 0 ? 1 : x.rows;
  const auto size = bytes_of(x.form, x.rows, x.columns);
  require(size && *size == x.bytes.size(), "as many bytes as values", source);
  std::vector<float> values(width);
  decode_rows(x, 0, 1, values.data());
  decode_rows(x, rows - 1, rows, values.data());
}

void try_model(const architecture& shape, const stored_tensors& tensors,
               std::string_view source) {
  const auto whole = assemble(shape, tensors);
  if (!whole) {
    require(!whole.error().message.empty(), "a reason", source);
    return;
  }
  try_rows(whole->embedding, source);
  try_rows(whole->norm, source);
  for (const auto& layer : whole->layers) {
    try_rows(layer.output, source);
    for (const auto& part : layer.qkv.parts)
      try_rows(part, source);
  }
}

template <class File>
void try_entries(const File& file, std::string_view source) {
  for (const auto& x : file.entries()) {
    const auto bytes = file.bytes(x);
    require(bytes.size() <= source.size(), "tensors lie in the file", source);
    if (!bytes.empty())
      require(std::to_integer<int>(bytes.front()) >= 0
                && std::to_integer<int>(bytes.back()) >= 0,
              "bytes can be read", source);
  }
}

void try_gguf(std::string_view source) {
  const auto file
    = gguf::read(std::as_bytes(std::span{source}), nullptr, "file");
  if (!file) {
    require(!file.error().message.empty(), "a reason", source);
    return;
  }
  try_entries(*file, source);
  const auto shape = read_architecture(*file);
  const auto tensors = rename_tensors(*file);
  if (shape && tensors)
    try_model(*shape, *tensors, source);
  if (const auto vocabulary = read_tokenizer(*file)) {
    const auto ids = vocabulary->encode("ab <|im_end|> 12");
    if (ids)
      for (auto id : *ids)
        require(id >= 0 && static_cast<std::size_t>(id) < vocabulary->size(),
                "ids are of the vocabulary", source);
  }
}

void try_safetensors(std::string_view source) {
  const auto file
    = safetensors::read(std::as_bytes(std::span{source}), nullptr, "file");
  if (!file) {
    require(!file.error().message.empty(), "a reason", source);
    return;
  }
  try_entries(*file, source);
  std::size_t covered = 0;
  stored_tensors tensors;
  for (const auto& x : file->entries()) {
    require(x.begin == covered, "no hole and no overlap", source);
    covered = x.end;
    tensors.emplace(x.name,
                    stored_tensor{x.type, x.shape, file->bytes(x), nullptr});
  }
  for (const auto& [name, x] : tensors)
    if (is_nf4(name, tensors) && !x.shape.empty()) {
      // As if it were square.
      const auto taken = take_nf4({name, 8, 8}, tensors);
      if (taken)
        try_rows(*taken, source);
    }
}

void try_text(std::string_view source) {
  const auto shape = read_architecture(source, source);
  if (shape)
    require(parameters_of(*shape) > 0, "parameters", source);
  else
    require(!shape.error().message.empty(), "a reason", source);
  if (const auto index = read_tensor_index(source))
    for (const auto& [tensor, place] : *index)
      require(place.find('/') == std::string::npos, "files of the folder",
              source);
}

} // namespace

void try_checkpoint(std::string_view source) {
  if (source.starts_with("GGUF"))
    try_gguf(source);
  else if (source.starts_with("{"))
    try_text(source);
  else
    try_safetensors(source);
}

} // namespace aura::fuzz
