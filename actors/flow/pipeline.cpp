#include "actors/flow/pipeline.hpp"

#include "actors/flow/interpolate.hpp"
#include "kernels/base/nearest.hpp"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

namespace aura::flow {

namespace {

constexpr std::size_t deepest_include = 8;

std::string trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos)
    return {};
  return std::string{
    text.substr(first, text.find_last_not_of(" \t") - first + 1)};
}

std::string quoted_list(const std::vector<std::string>& words) {
  auto text = std::string{};
  for (const auto& x : words)
    text += (text.empty() ? "'" : ", '") + x + "'";
  return text;
}

/// How a file is called in messages: as seen from here, if it lies below.
std::string shown_name(const std::filesystem::path& file) {
  auto failed = std::error_code{};
  const auto here = std::filesystem::current_path(failed);
  const auto name = file.lexically_relative(here);
  return failed || name.empty() || *name.begin() == ".." ? file.string()
                                                         : name.string();
}

/// Reads a file with everything it includes, which comes below it.
setting read_with_includes(const pipeline_source& source, problems& trouble,
                           std::size_t depth) {
  auto top = parse_yaml(source.text, source.file, trouble);
  const auto* include = top.find("include");
  if (!include)
    return top;
  auto files = include->items;
  if (include->kind == setting_kind::scalar)
    files = {*include};
  auto base = setting{};
  base.kind = setting_kind::map;
  for (const auto& item : files) {
    if (depth >= deepest_include) {
      trouble.push_back(
        {item.where, "files include each other", "remove one of them"});
      break;
    }
    auto found = false;
    for (const auto& root : source.roots) {
      const auto path = (root / item.text).lexically_normal();
      auto stream = std::ifstream{path};
      auto failed = std::error_code{};
      if (!stream || !std::filesystem::is_regular_file(path, failed))
        continue;
      auto text = std::ostringstream{};
      text << stream.rdbuf();
      auto inner = pipeline_source{shown_name(path), text.str(), source.roots};
      inner.roots.insert(inner.roots.begin(), path.parent_path());
      overlay(base, read_with_includes(inner, trouble, depth + 1));
      found = true;
      break;
    }
    if (!found)
      trouble.push_back({item.where, "no file '" + item.text + "'", {}});
  }
  std::erase_if(top.entries, [](const auto& x) { return x.key == "include"; });
  overlay(base, top);
  return base;
}

std::map<std::string, std::string>
read_parameters(setting& file, std::set<std::string>& secret,
                problems& trouble) {
  auto result = std::map<std::string, std::string>{};
  auto* parameters = file.find("parameters");
  if (!parameters)
    return result;
  interpolate(*parameters, {}, trouble);
  if (parameters->kind != setting_kind::map
      && parameters->kind != setting_kind::null)
    trouble.push_back({parameters->where, "'parameters' must be a map", {}});
  for (const auto& x : parameters->entries) {
    if (x.value.kind == setting_kind::null)
      trouble.push_back({x.where, "parameter '" + x.key + "' has no value",
                         "give it on the command line: " + x.key + "=…"});
    else if (x.value.kind != setting_kind::scalar)
      trouble.push_back(
        {x.where, "parameter '" + x.key + "' must be a single value", {}});
    if (!x.value.source.empty())
      secret.insert(x.key);
    result[x.key] = x.value.text;
  }
  return result;
}

struct arrow {
  std::string from;
  std::string to;
  place where;
};

/// The arrows of `a -> b -> c`.
std::vector<arrow> read_edges(const setting* edges, problems& trouble) {
  auto result = std::vector<arrow>{};
  if (!edges)
    return result;
  if (edges->kind != setting_kind::list) {
    trouble.push_back(
      {edges->where, "'edges' must be a list", "write [a -> b, b -> c]"});
    return result;
  }
  for (const auto& item : edges->items) {
    auto names = std::vector<std::string>{};
    for (std::size_t begin = 0; begin <= item.text.size();) {
      const auto end = std::min(item.text.find("->", begin), item.text.size());
      names.push_back(
        kebab(trim(std::string_view{item.text}.substr(begin, end - begin))));
      begin = end + 2;
    }
    const auto bad
      = item.kind != setting_kind::scalar || names.size() < 2
        || std::find(names.begin(), names.end(), "") != names.end();
    if (bad) {
      trouble.push_back(
        {item.where, "bad edge '" + item.text + "'", "write 'from -> to'"});
      continue;
    }
    for (std::size_t i = 1; i < names.size(); ++i)
      result.push_back({names[i - 1], names[i], item.where});
  }
  return result;
}

/// Puts the stages into the order of the arrows.
std::vector<std::string> order_stages(const setting& stages,
                                      const std::vector<arrow>& arrows,
                                      problems& trouble) {
  auto names = std::vector<std::string>{};
  auto places = std::map<std::string, place>{};
  for (const auto& x : stages.entries) {
    names.push_back(kebab(x.key));
    places[names.back()] = x.where;
  }
  auto next = std::map<std::string, arrow>{};
  auto before = std::map<std::string, arrow>{};
  for (const auto& x : arrows) {
    for (const auto& end : {x.from, x.to})
      if (!places.count(end)) {
        const auto near = nearest(end, names);
        trouble.push_back(
          {x.where, "edge to a stage '" + end + "' that 'stages' does not list",
           near.empty() ? "" : "did you mean '" + near + "'?"});
        return {};
      }
    if (!next.emplace(x.from, x).second) {
      trouble.push_back(
        {x.where,
         "stage '" + x.from + "' already sends to '" + next.at(x.from).to + "'",
         "a stage sends to one other"});
      return {};
    }
    if (!before.emplace(x.to, x).second) {
      trouble.push_back({x.where,
                         "stage '" + x.to + "' already receives from '"
                           + before.at(x.to).from + "'",
                         "a stage receives from one other"});
      return {};
    }
  }
  auto heads = std::vector<std::string>{};
  for (const auto& x : names)
    if (!before.count(x))
      heads.push_back(x);
  auto order = std::vector<std::string>{};
  if (!heads.empty())
    for (auto at = heads.front(); order.size() <= names.size();
         at = next.at(at).to) {
      order.push_back(at);
      if (!next.count(at))
        break;
    }
  if (order.size() == names.size())
    return order;
  // What is left over runs in a circle, or hangs on nothing.
  for (const auto& x : names) {
    if (std::find(order.begin(), order.end(), x) != order.end())
      continue;
    auto circle = std::vector<std::string>{x};
    auto at = x;
    while (next.count(at) && circle.size() <= names.size()) {
      at = next.at(at).to;
      circle.push_back(at);
      if (at == x) {
        auto text = std::string{};
        for (const auto& name : circle)
          text += (text.empty() ? "" : " -> ") + name;
        trouble.push_back({next.at(x).where, "the edges form a circle: " + text,
                           "remove one of them"});
        return {};
      }
    }
    trouble.push_back({places.at(x),
                       "stage '" + x + "' is not connected to '"
                         + (heads.empty() ? x : heads.front()) + "'",
                       "add an edge such as '" + order.back() + " -> " + x
                         + "', or remove the stage"});
  }
  return {};
}

} // namespace

pipeline read_pipeline(const pipeline_source& source,
                       const std::vector<std::string>& overrides,
                       const std::vector<std::string>& known,
                       problems& trouble) {
  auto result = pipeline{};
  result.roots = source.roots;
  auto file = read_with_includes(source, trouble, 0);
  if (!trouble.empty())
    return result;
  if (file.kind != setting_kind::map) {
    trouble.push_back({{source.file, 1, 1},
                       "a pipeline file must be a map",
                       "it has the keys 'pipeline', 'stages' and 'edges'"});
    return result;
  }
  for (const auto& x : overrides)
    apply_override(file, x, known, trouble);
  auto secret = std::set<std::string>{};
  result.parameters = read_parameters(file, secret, trouble);
  if (!trouble.empty())
    return result;
  const auto names = variables{result.parameters, secret};
  for (auto& x : file.entries)
    if (x.key != "parameters")
      interpolate(x.value, names, trouble);
  for (const auto& x : secret)
    result.parameters.erase(x);

  auto reader = options_reader{file, trouble, source.roots};
  describe(reader, result.run);
  for (const auto* key : {"parameters", "include", "stages", "edges"})
    reader.skip(key);
  reader.finish();

  const auto* stages = file.find("stages");
  if (!stages || stages->entries.empty()) {
    trouble.push_back({stages ? stages->where : place{source.file, 1, 1},
                       "a pipeline needs 'stages'",
                       {}});
    return result;
  }
  for (const auto& x : stages->entries)
    if (std::find(known.begin(), known.end(), kebab(x.key)) == known.end()) {
      const auto near = nearest(kebab(x.key), known);
      trouble.push_back({x.where, "no stage '" + x.key + "'",
                         near.empty() ? "known: " + quoted_list(known)
                                      : "did you mean '" + near + "'?"});
    }
  const auto arrows = read_edges(file.find("edges"), trouble);
  if (!trouble.empty())
    return result;
  for (const auto& name : order_stages(*stages, arrows, trouble))
    for (const auto& x : stages->entries)
      if (kebab(x.key) == name)
        result.stages.push_back({name, x.value});
  return result;
}

} // namespace aura::flow
