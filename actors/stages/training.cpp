#include "actors/stages/training.hpp"

#include "actors/flow/artifact.hpp"
#include "actors/flow/files.hpp"
#include "kernels/base/hash.hpp"

#include <algorithm>

namespace aura::stages {

model::schedule_kind schedule_of(const std::string& name) {
  return name == "constant" ? model::schedule_kind::constant
         : name == "cosine" ? model::schedule_kind::cosine
                            : model::schedule_kind::linear;
}

std::map<std::string, std::string>
training_parts(const std::vector<model::example>& train,
               const std::vector<model::example>& eval,
               const std::vector<flow::option_info>& options,
               std::uint64_t seed) {
  auto text = "seed: " + std::to_string(seed) + "\n";
  for (const auto& x : options)
    if (x.matters)
      text += x.key + ": " + x.value + "\n";
  auto data = sha256{};
  const auto feed = [&](const std::vector<std::int32_t>& ids) {
    const auto size = std::uint64_t{ids.size()};
    data.update({reinterpret_cast<const char*>(&size), sizeof size});
    data.update({reinterpret_cast<const char*>(ids.data()),
                 ids.size() * sizeof(std::int32_t)});
  };
  for (const auto* rows : {&train, &eval})
    for (const auto& x : *rows) {
      feed(x.context);
      feed(x.question);
      feed(x.answer);
    }
  return {{"data", data.finish() + "-" + std::to_string(train.size())},
          {"options", sha256_hex(text)},
          {"program", flow::program_stamp()}};
}

bool take_files(const std::filesystem::path& from,
                const std::filesystem::path& to,
                std::span<const char* const> names) {
  return std::all_of(names.begin(), names.end(), [&](const char* name) {
    return bool{flow::copy_file(from / name, to / name)};
  });
}

} // namespace aura::stages
