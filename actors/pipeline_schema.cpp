#include "actors/pipeline_schema.hpp"

#include "actors/flow/pipeline.hpp"
#include "actors/registry.hpp"
#include "kernels/base/json.hpp"

#include <algorithm>

namespace aura {

namespace {

using json = nlohmann::ordered_json;

/// `${name}` may stand for anything.
json placeholder() {
  return {{"type", "string"}, {"pattern", "\\$\\{.*\\}"}};
}

json number_from(const std::string& text) {
  return json::parse(text, nullptr, false);
}

json number_of(const flow::option_info& x) {
  const auto whole = x.kind == flow::option_kind::whole;
  auto number = json{{"type", whole ? "integer" : "number"}};
  if (!x.low.empty())
    number["minimum"] = number_from(x.low);
  if (!x.high.empty())
    number["maximum"] = number_from(x.high);
  // Digits may be grouped, which makes a text of a number for YAML 1.2.
  const auto grouped
    = json{{"type", "string"}, {"pattern", "^-?[0-9][0-9_]*(\\.[0-9_]+)?$"}};
  return {{"anyOf", {std::move(number), grouped, placeholder()}}};
}

json type_of(const flow::option_info& x) {
  // What was written without quotes reads as a number or a truth value, and is
  // a text all the same.
  const auto scalar = json{{"type", {"string", "number", "boolean"}}};
  switch (x.kind) {
  case flow::option_kind::truth: {
    const auto words = json{{"enum", {true, false, "yes", "no", "on", "off"}}};
    return {{"anyOf", {words, placeholder()}}};
  }
  case flow::option_kind::whole:
  case flow::option_kind::real:
    return number_of(x);
  case flow::option_kind::texts: {
    const auto list = json{{"type", "array"}, {"items", scalar}};
    return {{"anyOf", {list, scalar}}};
  }
  case flow::option_kind::text:
    break;
  }
  if (!x.words.empty()) {
    const auto words = json{{"enum", x.words}};
    return {{"anyOf", {words, placeholder()}}};
  }
  return scalar;
}

/// A map with these keys and no others. `base_url` is `base-url`.
json map_of(const std::vector<flow::option_info>& options) {
  auto result = json{{"type", {"object", "null"}},
                     {"additionalProperties", false},
                     {"properties", json::object()}};
  for (const auto& x : options) {
    auto entry = type_of(x);
    entry["description"] = x.comment;
    auto value = number_from(x.value);
    if (value.is_discarded())
      value = x.value == "''" ? json{""} : json{x.value};
    if (x.kind != flow::option_kind::texts)
      entry["default"] = std::move(value);
    auto underscored = x.key;
    std::replace(underscored.begin(), underscored.end(), '-', '_');
    if (underscored != x.key)
      result["patternProperties"]["^" + underscored + "$"] = entry;
    result["properties"][x.key] = std::move(entry);
  }
  return result;
}

} // namespace

std::string pipeline_schema() {
  const auto text = json{{"type", "string"}};
  const auto scalar = json{{"type", {"string", "number", "boolean", "null"}}};
  auto stages = json{{"type", "object"},
                     {"description", "The stages, each with its options."},
                     {"additionalProperties", false},
                     {"properties", json::object()}};
  for (const auto& x : describe_stages()) {
    stages["properties"][x.name] = map_of(x.options);
    stages["properties"][x.name]["description"] = x.summary;
  }
  auto file = map_of(flow::list_options<flow::run_options>());
  file["type"] = "object";
  auto& keys = file["properties"];
  keys["include"]
    = {{"description", "Files whose keys come below those of this one."},
       {"anyOf", {text, json{{"type", "array"}, {"items", text}}}}};
  keys["parameters"] = {
    {"description", "What ${name} stands for elsewhere in the file; name=value "
                    "on the command line sets it. A parameter without a value "
                    "must be set there."},
    {"type", {"object", "null"}},
    {"additionalProperties", scalar}};
  keys["stages"] = std::move(stages);
  keys["edges"]
    = {{"description", "Who sends to whom, from the first stage to the last: "
                       "schema -> states -> skeletons."},
       {"type", "array"},
       {"items", {{"type", "string"}, {"pattern", "->"}}}};
  auto result
    = json{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
           {"title", "A pipeline of aura"}};
  result.update(file);
  return result.dump(2) + "\n";
}

} // namespace aura
