#include "actors/flow/artifact.hpp"

#include "actors/flow/files.hpp"

#include <nlohmann/json.hpp>

namespace aura::flow {

std::optional<artifact> load_artifact(const std::filesystem::path& file,
                                      const std::string& key) {
  auto text = read_file(file);
  if (!text)
    return std::nullopt;
  const auto json = nlohmann::ordered_json::parse(*text, nullptr, false);
  if (!json.is_object() || json.value("key", "") != key
      || !json.contains("sections") || !json["sections"].is_object())
    return std::nullopt;
  auto result = artifact{key, {}};
  for (const auto& [name, value] : json["sections"].items())
    result.sections[name] = value.dump();
  return result;
}

status save_artifact(const std::filesystem::path& file, const artifact& x) {
  auto json = nlohmann::ordered_json{
    {"key", x.key}, {"sections", nlohmann::ordered_json::object()}};
  for (const auto& [name, text] : x.sections)
    json["sections"][name]
      = nlohmann::ordered_json::parse(text, nullptr, false);
  return write_file(file, json.dump(1) + "\n");
}

} // namespace aura::flow
