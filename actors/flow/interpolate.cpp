#include "actors/flow/interpolate.hpp"

#include "kernels/base/nearest.hpp"

#include <algorithm>
#include <cstdlib>

namespace aura::flow {

namespace {

/// The value of a name; notes whether it came from the environment.
const std::string* look_up(const std::string& name, const variables& names,
                           std::string& storage, bool& environment) {
  if (auto found = names.parameters.find(name);
      found != names.parameters.end()) {
    environment = environment || names.secret.count(name) > 0;
    return &found->second;
  }
  const auto* value = std::getenv(name.c_str());
  if (!value)
    return nullptr;
  environment = true;
  storage = value;
  return &storage;
}

void replace(setting& x, const variables& names, problems& trouble) {
  auto result = std::string{};
  auto environment = false;
  const auto& text = x.text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    if (text[i + 1] == '$') {
      result += '$';
      ++i;
      continue;
    }
    if (text[i + 1] != '{') {
      result += text[i];
      continue;
    }
    const auto end = text.find('}', i);
    if (end == std::string::npos) {
      trouble.push_back({x.where, "'${' without '}' in '" + text + "'", {}});
      return;
    }
    const auto name = text.substr(i + 2, end - i - 2);
    auto storage = std::string{};
    const auto* value = look_up(name, names, storage, environment);
    if (!value) {
      auto candidates = std::vector<std::string>{};
      for (const auto& [key, ignored] : names.parameters)
        candidates.push_back(key);
      const auto near = nearest(name, candidates);
      trouble.push_back(
        {x.where, "no parameter and no environment variable '" + name + "'",
         near.empty() ? "" : "did you mean '" + near + "'?"});
      return;
    }
    result += *value;
    i = end;
  }
  if (environment)
    x.source = x.text;
  x.text = std::move(result);
}

const std::vector<std::string>& file_keys() {
  static const auto keys = std::vector<std::string>{
    "pipeline",    "seed",         "now",     "batch",
    "window-rows", "stages",       "include", "parameters",
    "patience",    "window-bytes", "faults",  "edges"};
  return keys;
}

} // namespace

void interpolate(setting& x, const variables& names, problems& trouble) {
  if (x.kind == setting_kind::scalar && x.text.find('$') != std::string::npos)
    replace(x, names, trouble);
  for (auto& item : x.items)
    interpolate(item, names, trouble);
  for (auto& item : x.entries)
    interpolate(item.value, names, trouble);
}

void apply_override(setting& file, const std::string& override,
                    const std::vector<std::string>& known, problems& trouble) {
  const auto here = place{"command line", 0, 0};
  const auto equals = override.find('=');
  const auto complain = [&](const std::string& what, std::string hint) {
    trouble.push_back({here, "'" + override + "': " + what, std::move(hint)});
  };
  if (equals == std::string::npos || equals == 0) {
    complain("expected key.path=value", {});
    return;
  }
  auto path = std::vector<std::string>{};
  for (std::size_t begin = 0; begin <= equals;) {
    const auto end = std::min(override.find('.', begin), equals);
    path.push_back(override.substr(begin, end - begin));
    begin = end + 1;
  }
  if (path.front() == "stages")
    path.erase(path.begin());
  if (path.empty()) {
    complain("expected key.path=value", {});
    return;
  }
  auto inner = problems{};
  auto value = parse_yaml(override.substr(equals + 1), here.file, inner);
  // A plain text such as `a: b` or `[x` is meant as it stands.
  if (!inner.empty() || value.kind == setting_kind::map)
    value = make_scalar(override.substr(equals + 1), here);
  value.where = place{"command line, '" + override + "'", 0, 0};
  for (auto& item : value.items)
    item.where = value.where;
  const auto& where = value.where;

  auto* parameters = file.find("parameters");
  const auto first = kebab(path.front());
  if (path.size() == 1) {
    auto* parameter = parameters ? parameters->find(path.front()) : nullptr;
    if (!parameter && parameters)
      parameter = parameters->find(first);
    const auto keys = file_keys();
    if (parameter)
      *parameter = std::move(value);
    else if (std::find(keys.begin(), keys.end(), first) != keys.end())
      file.at(first, where) = std::move(value);
    else {
      auto candidates = keys;
      if (parameters)
        for (const auto& x : parameters->entries)
          candidates.push_back(x.key);
      const auto near = nearest(path.front(), candidates);
      complain("no parameter and no key '" + path.front() + "'",
               near.empty() ? "" : "did you mean '" + near + "'?");
    }
    return;
  }
  auto* stages = file.find("stages");
  if (!stages || !stages->find(first)) {
    auto candidates = std::vector<std::string>{};
    if (stages)
      for (const auto& x : stages->entries)
        candidates.push_back(x.key);
    const auto near = nearest(first, candidates);
    const auto exists
      = std::find(known.begin(), known.end(), first) != known.end();
    complain(exists ? "this pipeline has no stage '" + first + "'"
                    : "no stage '" + path.front() + "'",
             near.empty() ? "" : "did you mean '" + near + "'?");
    return;
  }
  auto* target = &stages->at(first, where);
  for (std::size_t i = 1; i < path.size(); ++i) {
    auto key = kebab(path[i]);
    for (const auto& x : target->entries)
      if (kebab(x.key) == key)
        key = x.key; // as the file spells it
    auto& next = target->at(key, where);
    if (auto added
        = std::find_if(target->entries.begin(), target->entries.end(),
                       [&](const auto& x) { return x.key == key; });
        next.kind == setting_kind::null)
      added->where = where;
    target = &next;
  }
  *target = std::move(value);
}

} // namespace aura::flow
