#include "actors/flow/artifact.hpp"

#include "actors/flow/files.hpp"

#include "kernels/base/hash.hpp"
#include "kernels/base/json.hpp"

namespace aura::flow {

std::string key_of(const std::map<std::string, std::string>& parts) {
  auto hash = sha256{};
  for (const auto& [name, value] : parts)
    hash.update(name + ": " + value + "\n");
  return hash.finish();
}

std::string reason_to_rerun(const std::map<std::string, std::string>& before,
                            const std::map<std::string, std::string>& now) {
  auto changed = std::vector<std::string>{};
  for (const auto& [name, value] : now) {
    const auto found = before.find(name);
    if (found == before.end() || found->second != value)
      changed.push_back("the " + name);
  }
  auto text = std::string{};
  for (std::size_t i = 0; i < changed.size(); ++i)
    text += (i == 0                    ? ""
             : i + 1 == changed.size() ? " and "
                                       : ", ")
            + changed[i];
  return text + " changed";
}

std::string program_stamp() {
  auto failed = std::error_code{};
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failed);
  const auto size = std::filesystem::file_size(self, failed);
  const auto time = std::filesystem::last_write_time(self, failed);
  return std::to_string(size) + "-"
         + std::to_string(time.time_since_epoch().count());
}

std::optional<artifact> load_artifact(const std::filesystem::path& file) {
  auto text = read_file(file);
  if (!text)
    return std::nullopt;
  const auto json = nlohmann::ordered_json::parse(*text, nullptr, false);
  if (!json.is_object() || !json.contains("sections")
      || !json["sections"].is_object())
    return std::nullopt;
  auto result = artifact{};
  result.key = json.value("key", "");
  for (const auto& [name, value] : json["sections"].items())
    result.sections[name] = value.dump();
  const auto parts = json.value("parts", nlohmann::ordered_json::object());
  for (const auto& [name, value] : parts.items())
    if (value.is_string())
      result.parts[name] = value.get<std::string>();
  return result;
}

std::optional<artifact> load_artifact(const std::filesystem::path& file,
                                      const std::string& key) {
  auto result = load_artifact(file);
  if (!result || result->key != key)
    return std::nullopt;
  return result;
}

status save_artifact(const std::filesystem::path& file, const artifact& x) {
  auto json = nlohmann::ordered_json{
    {"key", x.key}, {"sections", nlohmann::ordered_json::object()}};
  for (const auto& [name, text] : x.sections)
    json["sections"][name]
      = nlohmann::ordered_json::parse(text, nullptr, false);
  if (!x.parts.empty())
    json["parts"] = x.parts;
  return write_file(file, json.dump(1) + "\n");
}

} // namespace aura::flow
