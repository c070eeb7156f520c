#include "kernels/model/pretrained/gguf_adapter.hpp"

#include "kernels/model/pretrained/frozen.hpp"
#include "kernels/model/pretrained/gguf.hpp"
#include "kernels/model/pretrained/gguf_names.hpp"
#include "kernels/model/pretrained/tensor_files.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

namespace aura::model {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t alignment = 32;

template <class T>
std::string raw(T x) {
  return {reinterpret_cast<const char*>(&x), sizeof x};
}

std::string text(std::string_view x) {
  return raw(std::uint64_t{x.size()}) + std::string{x};
}

std::string value(std::string_view key, std::string_view x) {
  return text(key) + raw(std::uint32_t{8}) + text(x);
}

std::string value(std::string_view key, float x) {
  return text(key) + raw(std::uint32_t{6}) + raw(x);
}

constexpr std::size_t aligned(std::size_t size) {
  return (size + alignment - 1) / alignment * alignment;
}

/// Whether the rows of B lie in pairs.
bool has_pairs(const architecture& shape, std::string_view module) {
  return shape.kind == family::llama
         && (leaf_of(module) == "q_proj" || leaf_of(module) == "k_proj");
}

/// B in the order of rows that llama.cpp has, or back.
std::vector<float> reorder(const std::vector<float>& b, std::size_t rows,
                           std::size_t head_size, bool back) {
  const auto rank = b.size() / rows;
  std::vector<float> result(b.size());
  for (std::size_t i = 0; i < rows; ++i) {
    const auto paired = paired_row(i, head_size);
    std::copy_n(b.data() + (back ? paired : i) * rank, rank,
                result.data() + (back ? i : paired) * rank);
  }
  return result;
}

/// All of the file before the tensors.
std::string header_of(const architecture& shape, const lora_options& options,
                      const std::vector<adapter_part>& parts) {
  // llama.cpp divides by the rank of each tensor.
  const auto alpha = scale_of(options) * static_cast<double>(options.rank);
  std::string result
    = "GGUF" + raw(std::uint32_t{3}) + raw(std::uint64_t{2 * parts.size()})
      + raw(std::uint64_t{4}) + value("general.type", "adapter")
      + value("adapter.type", "lora")
      + value("general.architecture", gguf_architecture(shape.kind))
      + value("adapter.lora.alpha", static_cast<float>(alpha));
  std::uint64_t offset = 0;
  const auto describe = [&](const std::string& name, std::size_t rows,
                            std::size_t columns) {
    result += text(name) + raw(std::uint32_t{2}) + raw(std::uint64_t{columns})
              + raw(std::uint64_t{rows}) + raw(std::uint32_t{0}) + raw(offset);
    offset += aligned(4 * rows * columns);
  };
  for (const auto& x : parts) {
    const auto name = module_to_gguf(x.module) + ".weight.lora_";
    describe(name + "a", x.rank, x.columns);
    describe(name + "b", x.rows, x.rank);
  }
  result.resize(aligned(result.size()));
  return result;
}

void append(std::ofstream& out, const std::vector<float>& x) {
  const auto size = 4 * x.size();
  out.write(reinterpret_cast<const char*>(x.data()),
            static_cast<std::streamsize>(size));
  out << std::string(aligned(size) - size, '\0');
}

/// What a file holds of one module.
struct stored_pair {
  const tensor_entry* a = nullptr;
  const tensor_entry* b = nullptr;
};

fault misfit(const std::string& name, const std::string& why) {
  return {errc::invalid_model, "tensor '" + name + "' " + why};
}

/// The pairs of a file by Hugging Face's name of their modules.
expected<std::map<std::string, stored_pair>>
find_pairs(const gguf& file, const architecture& shape) {
  std::map<std::string, stored_pair> result;
  for (const auto& x : file.entries()) {
    const auto cut = x.name.find(".weight.lora_");
    auto module = cut == std::string::npos
                    ? std::string{}
                    : name_from_gguf(x.name.substr(0, cut) + ".weight",
                                     shape.kind == family::phi3);
    const auto last = x.name.empty() ? ' ' : x.name.back();
    if (module.empty() || x.name.size() != cut + 14
        || (last != 'a' && last != 'b') || x.type != "F32"
        || x.shape.size() != 2)
      return misfit(x.name, print_shape(x.shape) + " of " + x.type
                              + " is not of an adapter in single precision");
    module.resize(module.size() - 7);
    (last == 'a' ? result[module].a : result[module].b) = &x;
  }
  return result;
}

std::vector<float> values_of(const gguf& file, const tensor_entry& x) {
  return decoded({x.name,
                  x.shape[0],
                  x.shape[1],
                  encoding::f32,
                  file.bytes(x),
                  {},
                  nullptr});
}

status check(const adapter_slot& slot, const stored_pair& x) {
  if (x.a == nullptr || x.b == nullptr)
    return misfit(module_to_gguf(slot.module) + ".weight.lora_a/lora_b",
                  "is missing");
  const std::vector<std::size_t> a{x.a->shape[0], slot.columns};
  const std::vector<std::size_t> b{slot.rows, x.a->shape[0]};
  if (x.a->shape != a)
    return misfit(x.a->name, "expected " + print_shape(a) + ", found "
                               + print_shape(x.a->shape));
  if (x.b->shape != b)
    return misfit(x.b->name, "expected " + print_shape(b) + ", found "
                               + print_shape(x.b->shape));
  return ok;
}

/// Pads to the rank of the slot; the scale that is lost by it goes into B.
void place(const architecture& shape, const adapter_slot& slot,
           const gguf& file, const stored_pair& x, float* out) {
  const auto rank = x.a->shape[0];
  const auto a = values_of(file, *x.a);
  auto b = values_of(file, *x.b);
  if (has_pairs(shape, slot.module))
    b = reorder(b, slot.rows, shape.head_size, true);
  const auto factor = static_cast<float>(slot.rank) / static_cast<float>(rank);
  std::copy(a.begin(), a.end(), out + slot.a);
  for (std::size_t row = 0; row < slot.rows; ++row)
    for (std::size_t k = 0; k < rank; ++k)
      out[slot.b + row * slot.rank + k] = factor * b[row * rank + k];
}

} // namespace

status write_gguf_adapter(const fs::path& file, const architecture& shape,
                          const adapter& trained) {
  if (trained.layout.embedding || trained.layout.head)
    return fault{errc::unsupported,
                 "a GGUF adapter has no room for an embedding or a head that "
                 "was trained whole: export merged weights"};
  const auto parts = parts_of(shape, trained,
                              shape.kind == family::phi3 ? peft_layout::fused
                                                         : peft_layout::split);
  auto temporary = file;
  temporary += ".part";
  std::ofstream out{temporary, std::ios::binary | std::ios::trunc};
  out << header_of(shape, trained.options, parts);
  for (const auto& x : parts) {
    append(out, a_of(trained, x));
    auto b = b_of(trained, x);
    if (has_pairs(shape, x.module))
      b = reorder(b, x.rows, shape.head_size, false);
    const auto growth
      = static_cast<float>(x.rank) / static_cast<float>(trained.options.rank);
    for (auto& y : b)
      y *= growth;
    append(out, b);
  }
  out.close();
  if (!out)
    return fault{errc::io_error, "cannot write " + temporary.string()};
  std::error_code failed;
  fs::rename(temporary, file, failed);
  if (failed)
    return fault{errc::io_error,
                 "cannot write " + file.string() + ": " + failed.message()};
  return ok;
}

expected<adapter> read_gguf_adapter(const fs::path& place_of,
                                    const architecture& shape) {
  const auto at = [&](const fault& why) {
    return fault{why.code, place_of.string() + ": " + why.message};
  };
  auto file = gguf::open(place_of);
  if (!file)
    return file.error();
  const auto alpha = file->real("adapter.lora.alpha");
  if (file->text("adapter.type") != "lora" || !alpha
      || file->text("general.architecture") != gguf_architecture(shape.kind))
    return at({errc::invalid_model,
               std::string{"no adapter of type lora for the architecture "}
                 + gguf_architecture(shape.kind)});
  auto pairs = find_pairs(*file, shape);
  if (!pairs)
    return at(pairs.error());
  lora_options options;
  options.targets.clear();
  options.rank = 1;
  options.alpha = *alpha;
  std::set<std::string> leaves;
  for (const auto& [module, x] : *pairs) {
    leaves.emplace(leaf_of(module));
    if (x.a != nullptr)
      options.rank = std::max(options.rank, x.a->shape[0]);
  }
  options.targets.assign(leaves.begin(), leaves.end());
  auto layout = lay_out(shape, options);
  if (!layout)
    return at(layout.error());
  for (const auto& slot : layout->adapters)
    if (auto good = check(slot, (*pairs)[slot.module]); !good)
      return at(good.error());
  if (pairs->size() != layout->adapters.size())
    return at({errc::invalid_model, "adapters of layers that are not there"});
  std::vector<float> values(layout->size);
  for (const auto& slot : layout->adapters)
    place(shape, slot, *file, (*pairs)[slot.module], values.data());
  return adapter{std::move(options), std::move(*layout),
                 std::make_shared<const std::vector<float>>(std::move(values))};
}

} // namespace aura::model
