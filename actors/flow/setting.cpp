#include "actors/flow/setting.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>

namespace aura::flow {

namespace {

constexpr std::size_t deepest = 40;
constexpr std::size_t most_nodes = 100'000;

place at(const std::string& file, const YAML::Mark& mark) {
  return {file, static_cast<std::size_t>(mark.line + 1),
          static_cast<std::size_t>(mark.column + 1)};
}

/// Copies a parsed file into settings.
struct copier {
  const std::string& file;
  problems& trouble;
  std::size_t nodes = 0;

  setting copy(const YAML::Node& node, std::size_t depth) {
    auto result = setting{};
    result.where = at(file, node.Mark());
    if (depth > deepest || ++nodes > most_nodes) {
      if (trouble.empty())
        trouble.push_back({result.where, "too large or too deeply nested", {}});
      return result;
    }
    switch (node.Type()) {
    case YAML::NodeType::Scalar:
      result.kind = setting_kind::scalar;
      result.text = node.Scalar();
      result.quoted = node.Tag() == "!";
      break;
    case YAML::NodeType::Sequence:
      result.kind = setting_kind::list;
      for (const auto& item : node)
        result.items.push_back(copy(item, depth + 1));
      break;
    case YAML::NodeType::Map:
      result.kind = setting_kind::map;
      for (const auto& item : node)
        add(result, item.first, item.second, depth);
      break;
    case YAML::NodeType::Null:
    case YAML::NodeType::Undefined:
      break;
    }
    return result;
  }

  void add(setting& map, const YAML::Node& key, const YAML::Node& value,
           std::size_t depth) {
    const auto where = at(file, key.Mark());
    if (!key.IsScalar()) {
      trouble.push_back({where, "a key must be a word", {}});
      return;
    }
    if (map.find(key.Scalar())) {
      trouble.push_back(
        {where, "key '" + key.Scalar() + "' is given twice", {}});
      return;
    }
    auto child = copy(value, depth + 1);
    // An empty value has no place of its own.
    if (child.kind == setting_kind::null)
      child.where = where;
    map.entries.push_back({key.Scalar(), where, std::move(child)});
  }
};

void write(std::string& out, const setting& x, std::size_t depth) {
  const auto indent = std::string(2 * depth, ' ');
  switch (x.kind) {
  case setting_kind::null:
    out += " null\n";
    return;
  case setting_kind::scalar:
    out += " " + yaml_scalar(x.source.empty() ? x.text : x.source) + "\n";
    return;
  case setting_kind::list: {
    out += " [";
    for (std::size_t i = 0; i < x.items.size(); ++i) {
      const auto& item = x.items[i];
      out += (i ? ", " : "")
             + yaml_scalar(item.source.empty() ? item.text : item.source);
    }
    out += "]\n";
    return;
  }
  case setting_kind::map:
    if (x.entries.empty()) {
      out += " {}\n";
      return;
    }
    if (depth > 0)
      out += "\n";
    for (const auto& item : x.entries) {
      out += indent + item.key + ":";
      write(out, item.value, depth + 1);
    }
  }
}

} // namespace

std::string to_string(const problem& x) {
  auto text = x.where.file;
  if (x.where.line > 0)
    text += ":" + std::to_string(x.where.line) + ":"
            + std::to_string(x.where.column);
  text += ": " + x.message;
  if (!x.hint.empty())
    text += "\n  " + x.hint;
  return text;
}

const setting* setting::find(std::string_view key) const {
  for (const auto& x : entries)
    if (x.key == key)
      return &x.value;
  return nullptr;
}

setting* setting::find(std::string_view key) {
  for (auto& x : entries)
    if (x.key == key)
      return &x.value;
  return nullptr;
}

setting& setting::at(std::string_view key, const place& at) {
  if (kind != setting_kind::map) {
    *this = setting{};
    kind = setting_kind::map;
    where = at;
  }
  if (auto* found = find(key))
    return *found;
  entries.push_back({std::string{key}, at, {}});
  entries.back().value.where = at;
  return entries.back().value;
}

setting make_scalar(std::string text, place where) {
  auto result = setting{};
  result.kind = setting_kind::scalar;
  result.text = std::move(text);
  result.where = std::move(where);
  return result;
}

setting parse_yaml(std::string_view text, const std::string& file,
                   problems& trouble) {
  try {
    const auto root = YAML::Load(std::string{text});
    return copier{file, trouble}.copy(root, 0);
  } catch (const YAML::Exception& e) {
    trouble.push_back({at(file, e.mark), e.msg, {}});
  }
  return {};
}

void overlay(setting& base, const setting& top) {
  if (base.kind != setting_kind::map || top.kind != setting_kind::map) {
    base = top;
    return;
  }
  for (const auto& x : top.entries) {
    if (auto* below = base.find(x.key))
      overlay(*below, x.value);
    else
      base.entries.push_back(x);
  }
}

std::string to_yaml(const setting& x) {
  auto out = std::string{};
  write(out, x, 0);
  return out;
}

std::string kebab(std::string_view key) {
  auto result = std::string{key};
  std::replace(result.begin(), result.end(), '_', '-');
  return result;
}

std::string yaml_scalar(std::string_view text) {
  constexpr auto plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789._/-+";
  const auto simple = !text.empty() && text.front() != '-'
                      && text.find_first_not_of(plain) == std::string::npos
                      && text != "null" && text != "~";
  if (simple)
    return std::string{text};
  auto result = std::string{"'"};
  for (auto c : text) {
    result += c;
    if (c == '\'')
      result += c;
  }
  return result + "'";
}

} // namespace aura::flow
