#include "kernels/model/pretrained/nf4_files.hpp"

#include "kernels/base/json.hpp"
#include "kernels/ops/nf4.hpp"

#include <array>
#include <cmath>
#include <cstring>

// The layout of bitsandbytes 0.4x and 0.5x: QuantState.as_dict(packed=True).

namespace aura::model {

namespace {

using nlohmann::json;

constexpr auto state_suffix
  = std::string_view{".quant_state.bitsandbytes__nf4"};
constexpr std::array<std::string_view, 5> suffixes{
  ".absmax", ".quant_map", ".nested_absmax", ".nested_quant_map", state_suffix};

/// Everything that the spans of one tensor point into.
struct parts {
  std::vector<std::shared_ptr<const void>> owners;
  std::vector<std::vector<float>> copies;
};

/// Reads the parts of one tensor, and keeps the first thing wrong with them.
class nf4_reader {
public:
  nf4_reader(const tensor_plan& plan, const stored_tensors& tensors)
    : plan_{plan}, tensors_{tensors} {
  }

  expected<weight> read() {
    const auto values = plan_.size();
    const auto blocks = ops::nf4_blocks(values);
    weight result{plan_.name, plan_.rows, plan_.columns, encoding::nf4,
                  {},         {},         nullptr};
    result.bytes = bytes("", "U8", (values + 1) / 2);
    const auto state = read_state();
    const auto book = floats(".quant_map", 16);
    if (!wrong_
        && std::memcmp(book.data(), ops::nf4_codebook.data(),
                       sizeof ops::nf4_codebook)
             != 0)
      fail(errc::unsupported, ".quant_map", "the values of NF4", "others");
    if (state.contains("nested_offset")) {
      result.scales.codes = codes(".absmax", blocks);
      result.scales.nested
        = floats(".nested_absmax", ops::nf4_scale_blocks(blocks));
      result.scales.codebook = floats(".nested_quant_map", 256);
      result.scales.offset = state["nested_offset"].get<float>();
    } else {
      result.scales.plain = floats(".absmax", blocks);
    }
    if (wrong_)
      return *wrong_;
    result.owner = std::move(parts_);
    return result;
  }

private:
  void fail(errc code, std::string_view part, const std::string& wanted,
            const std::string& found) {
    if (!wrong_)
      wrong_ = fault{code, "tensor '" + plan_.name + std::string{part}
                             + "': expected " + wanted + ", found " + found};
  }

  std::span<const std::byte> bytes(std::string_view part, std::string_view type,
                                   std::size_t count) {
    const auto found = tensors_.find(plan_.name + std::string{part});
    const auto wanted
      = std::to_string(count) + " values of " + std::string{type};
    if (found == tensors_.end()) {
      fail(errc::invalid_model, part, wanted, "none");
      return {};
    }
    const auto& x = found->second;
    if (x.type != type || x.bytes.size() != count * element_size(type)) {
      fail(errc::invalid_model, part, wanted,
           print_shape(x.shape) + " of " + x.type);
      return {};
    }
    parts_->owners.push_back(x.owner);
    return x.bytes;
  }

  std::span<const std::uint8_t> codes(std::string_view part,
                                      std::size_t count) {
    const auto found = bytes(part, "U8", count);
    return {reinterpret_cast<const std::uint8_t*>(found.data()), found.size()};
  }

  /// Files need not align them.
  std::span<const float> floats(std::string_view part, std::size_t count) {
    const auto found = bytes(part, "F32", count);
    if (reinterpret_cast<std::uintptr_t>(found.data()) % alignof(float) == 0)
      return {reinterpret_cast<const float*>(found.data()), found.size() / 4};
    auto& copy = parts_->copies.emplace_back(found.size() / 4);
    std::memcpy(copy.data(), found.data(), found.size());
    return copy;
  }

  /// How it was quantised, as JSON in a tensor of bytes.
  json read_state() {
    const auto found = tensors_.find(plan_.name + std::string{state_suffix});
    const auto& text = found->second.bytes;
    const auto* begin = reinterpret_cast<const char*>(text.data());
    auto x = parse_within({begin, text.size()}, 2);
    if (!x.is_object())
      x = json::object();
    expect(x, "quant_type", "nf4");
    expect(x, "blocksize", ops::nf4_block);
    expect(x, "dtype", "bfloat16");
    expect(x, "shape",
           plan_.columns == 0 ? json{plan_.rows}
                              : json{plan_.rows, plan_.columns});
    if (!x.contains("nested_blocksize")) {
      x.erase("nested_offset");
      return x;
    }
    expect(x, "nested_blocksize", ops::nf4_scale_block);
    expect(x, "nested_dtype", "float32");
    const auto& offset = x["nested_offset"];
    if (!offset.is_number()
        || !std::isfinite(static_cast<float>(offset.get<double>()))) {
      fail(errc::invalid_model, state_suffix, "a number nested_offset",
           print(offset));
      x["nested_offset"] = 0;
    }
    return x;
  }

  void expect(const json& x, const char* field, const json& wanted) {
    const auto found = x.contains(field) ? x[field] : json{};
    if (found == wanted)
      return;
    fail(errc::unsupported, state_suffix,
         field + std::string{" "} + print(wanted), print(found));
  }

  static std::string print(const json& x) {
    return x.dump(-1, ' ', false, json::error_handler_t::replace);
  }

  const tensor_plan& plan_;
  const stored_tensors& tensors_;
  std::shared_ptr<parts> parts_ = std::make_shared<parts>();
  std::optional<fault> wrong_;
};

} // namespace

bool is_nf4(const std::string& name, const stored_tensors& tensors) {
  return tensors.contains(name + std::string{state_suffix});
}

std::string_view scaled_by(std::string_view name) {
  for (const auto suffix : suffixes)
    if (name.ends_with(suffix))
      return name.substr(0, name.size() - suffix.size());
  return {};
}

expected<weight> take_nf4(const tensor_plan& plan,
                          const stored_tensors& tensors) {
  return nf4_reader{plan, tensors}.read();
}

} // namespace aura::model
