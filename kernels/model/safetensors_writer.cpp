#include "kernels/model/safetensors_writer.hpp"

#include "kernels/base/json.hpp"
#include "kernels/model/safetensors.hpp"

#include <cassert>

namespace aura::model {

std::size_t bytes_of(const tensor_header& x) {
  auto total = element_size(x.type);
  for (auto n : x.shape)
    total *= n;
  return total;
}

expected<safetensors_writer>
safetensors_writer::begin(const std::filesystem::path& file,
                          const std::vector<tensor_header>& tensors) {
  auto header = nlohmann::ordered_json::object();
  header["__metadata__"] = {{"format", "pt"}};
  safetensors_writer result;
  for (const auto& x : tensors) {
    const auto begin = result.missing_;
    result.missing_ += bytes_of(x);
    header[x.name] = {{"dtype", x.type},
                      {"shape", x.shape},
                      {"data_offsets", {begin, result.missing_}}};
  }
  auto text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const auto size = static_cast<std::uint64_t>(text.size());
  result.file_ = file;
  result.temporary_ = file;
  result.temporary_ += ".part";
  result.out_.open(result.temporary_, std::ios::binary | std::ios::trunc);
  result.out_.write(reinterpret_cast<const char*>(&size), sizeof size);
  result.out_.write(text.data(), static_cast<std::streamsize>(text.size()));
  if (!result.out_)
    return fault{errc::io_error, "cannot write " + result.temporary_.string()};
  return result;
}

void safetensors_writer::append(std::span<const std::byte> bytes) {
  assert(bytes.size() <= missing_);
  missing_ -= bytes.size();
  out_.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

status safetensors_writer::finish() {
  assert(missing_ == 0);
  out_.close();
  if (!out_)
    return fault{errc::io_error, "cannot write " + temporary_.string()};
  std::error_code failed;
  std::filesystem::rename(temporary_, file_, failed);
  if (failed)
    return fault{errc::io_error,
                 "cannot write " + file_.string() + ": " + failed.message()};
  return ok;
}

status write_safetensors(const std::filesystem::path& file,
                         const std::vector<tensor_view>& tensors) {
  std::vector<tensor_header> headers;
  for (const auto& x : tensors) {
    headers.push_back({x.name, "F32", x.shape});
    assert(bytes_of(headers.back()) == x.values.size_bytes());
  }
  auto out = safetensors_writer::begin(file, headers);
  if (!out)
    return out.error();
  for (const auto& x : tensors)
    out->append(std::as_bytes(x.values));
  return out->finish();
}

} // namespace aura::model
