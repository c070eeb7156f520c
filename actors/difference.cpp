#include "actors/difference.hpp"

#include "actors/flow/console.hpp"
#include "actors/flow/files.hpp"
#include "actors/flow/setting.hpp"
#include "kernels/base/hash.hpp"
#include "kernels/base/json.hpp"
#include "kernels/evaluation/statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>

namespace aura {

namespace {

namespace fs = std::filesystem;
using json = nlohmann::ordered_json;
using texts = std::map<std::string, std::string>;

struct run {
  fs::path folder;
  texts options;
  json lock;
  json report;
};

void flatten(const flow::setting& x, const std::string& path, texts& into) {
  for (const auto& entry : x.entries)
    flatten(entry.value, path.empty() ? entry.key : path + "." + entry.key,
            into);
  if (!x.entries.empty() || path.empty())
    return;
  auto text = x.text;
  for (const auto& item : x.items)
    text += (text.empty() ? "" : ", ") + item.text;
  into[path] = text;
}

expected<json> read_json(const fs::path& file) {
  auto text = flow::read_file(file);
  if (!text)
    return text.error();
  auto result = json::parse(*text, nullptr, false);
  if (!result.is_object())
    return fault{errc::damaged_file,
                 "'" + file.string() + "' is no JSON object"};
  return result;
}

expected<run> read_run(const fs::path& folder) {
  auto result = run{};
  result.folder = folder;
  auto config = flow::read_file(folder / "config.resolved.yaml");
  if (!config)
    return config.error();
  auto trouble = flow::problems{};
  flatten(flow::parse_yaml(*config, "config.resolved.yaml", trouble), "",
          result.options);
  if (!trouble.empty())
    return fault{errc::damaged_file, to_string(trouble.front())};
  auto lock = read_json(folder / "lock.json");
  if (!lock)
    return lock.error();
  result.lock = std::move(*lock);
  auto report = read_json(folder / "report.json");
  if (!report && report.error().code != errc::missing_file)
    return report.error();
  result.report = report ? std::move(*report) : json::object();
  return result;
}

json value_of(const texts& x, const std::string& key) {
  const auto found = x.find(key);
  return found == x.end() ? json() : json(found->second);
}

/// The keys under which two maps differ.
json differing(const texts& a, const texts& b) {
  auto keys = std::set<std::string>{};
  for (const auto* side : {&a, &b})
    for (const auto& [key, ignored] : *side)
      keys.insert(key);
  auto result = json::array();
  for (const auto& key : keys)
    if (value_of(a, key) != value_of(b, key))
      result.push_back(
        {{"key", key}, {"a", value_of(a, key)}, {"b", value_of(b, key)}});
  return result;
}

/// What lock.json says beside the options.
texts inputs_of(const run& x) {
  auto result = texts{};
  for (const auto* key : {"version", "program"})
    result[key] = x.lock.value(key, "");
  const auto files = x.lock.value("files", json::object());
  for (const auto& [file, digest] : files.items())
    result[file] = digest.is_string() ? digest.get<std::string>() : "";
  return result;
}

struct data_file {
  std::string digest;
  std::set<std::uint64_t> lines; // by hash
  bool present = false;
};

data_file read_data(const fs::path& file) {
  auto result = data_file{};
  auto stream = std::ifstream{file};
  if (!stream)
    return result;
  result.present = true;
  for (auto line = std::string{}; std::getline(stream, line);)
    result.lines.insert(hash64(line));
  if (auto digest = flow::file_digest(file))
    result.digest = *digest;
  return result;
}

json compare_data(const run& a, const run& b) {
  auto result = json::array();
  for (const auto* name : {"dataset/train.jsonl", "dataset/eval.jsonl",
                           "dataset/test.jsonl", "rejected.jsonl"}) {
    const auto of_a = read_data(a.folder / name);
    const auto of_b = read_data(b.folder / name);
    if (!of_a.present && !of_b.present)
      continue;
    const auto shared
      = std::count_if(of_a.lines.begin(), of_a.lines.end(),
                      [&](auto x) { return of_b.lines.count(x) > 0; });
    result.push_back({{"file", name},
                      {"same", of_a.digest == of_b.digest},
                      {"rows_a", of_a.lines.size()},
                      {"rows_b", of_b.lines.size()},
                      {"rows_shared", shared},
                      {"sha256_a", of_a.digest},
                      {"sha256_b", of_b.digest}});
  }
  return result;
}

/// Whether each question of predictions.jsonl was answered rightly, by split,
/// question and gold.
std::map<std::string, std::map<std::string, bool>>
read_answers(const fs::path& folder) {
  auto result = std::map<std::string, std::map<std::string, bool>>{};
  auto stream = std::ifstream{folder / "predictions.jsonl"};
  for (auto line = std::string{}; std::getline(stream, line);) {
    const auto x = json::parse(line, nullptr, false);
    if (x.is_object())
      result[x.value("split", "")]
            [x.value("question", "") + "\n" + x.value("gold", "")]
        = x.value("outcome", "") == "match";
  }
  return result;
}

json side(const json& split) {
  return {{"ex_strict", split.value("ex_strict", 0.0)},
          {"ci95", split.value("ci95", json::array({0.0, 1.0}))},
          {"k", split.value("k", std::uint64_t{0})},
          {"n", split.value("n", std::uint64_t{0})}};
}

json compare_scores(const run& a, const run& b) {
  const auto scores_a = a.report.value("evaluation", json::object());
  const auto scores_b = b.report.value("evaluation", json::object());
  const auto answers_a = read_answers(a.folder);
  const auto answers_b = read_answers(b.folder);
  auto result = json::object();
  for (const auto& [name, of_a] : scores_a.items()) {
    const auto found = scores_b.find(name);
    if (found == scores_b.end() || !of_a.is_object()
        || !of_a.contains("ex_strict"))
      continue;
    auto entry = json{{"a", side(of_a)}, {"b", side(*found)}};
    const auto& x = entry["a"];
    const auto& y = entry["b"];
    const auto range = evaluation::newcombe(y["k"], y["n"], x["k"], x["n"]);
    entry["difference"]
      = y["ex_strict"].get<double>() - x["ex_strict"].get<double>();
    entry["ci95"] = {range.low, range.high};
    auto shared = std::uint64_t{0};
    auto only_a = std::uint64_t{0};
    auto only_b = std::uint64_t{0};
    if (answers_a.count(name) && answers_b.count(name))
      for (const auto& [question, right] : answers_a.at(name)) {
        const auto other = answers_b.at(name).find(question);
        if (other == answers_b.at(name).end())
          continue;
        ++shared;
        only_a += right && !other->second;
        only_b += !right && other->second;
      }
    entry["shared_questions"] = shared;
    if (shared > 0) {
      entry["right_only_in_a"] = only_a;
      entry["right_only_in_b"] = only_b;
      entry["p_value"] = evaluation::mcnemar(only_a, only_b);
    }
    result[name] = std::move(entry);
  }
  return result;
}

json compare_numbers(const run& a, const run& b) {
  auto result = json::array();
  const auto add = [&](const std::string& name, const char* pointer) {
    const auto at = json::json_pointer{pointer};
    const auto x = a.report.value(at, json{});
    const auto y = b.report.value(at, json{});
    if (x.is_number() || y.is_number())
      result.push_back({{"name", name}, {"a", x}, {"b", y}});
  };
  add("generated", "/generated");
  add("accepted", "/accepted");
  add("training loss", "/training/train_loss");
  add("evaluation loss", "/training/eval_loss");
  add("tokens a second", "/training/tokens_per_second");
  add("rows generated a second", "/datagen/rows_per_second");
  add("dollars spent", "/language_model/cost_dollars");
  add("seconds", "/wall_seconds");
  return result;
}

std::string shown(const json& x) {
  if (x.is_null())
    return "–";
  if (x.is_string())
    return x.get<std::string>().empty() ? "''" : x.get<std::string>();
  if (x.is_number_float()) {
    auto buffer = std::array<char, 40>{};
    std::snprintf(buffer.data(), buffer.size(), "%.4g", x.get<double>());
    return buffer.data();
  }
  return x.is_number_unsigned() ? flow::grouped(x.get<std::uint64_t>())
                                : x.dump();
}

std::string points(double x) {
  auto buffer = std::array<char, 40>{};
  std::snprintf(buffer.data(), buffer.size(), "%+.1f", 100 * x);
  return buffer.data();
}

std::string percent(const json& x) {
  auto buffer = std::array<char, 80>{};
  std::snprintf(buffer.data(), buffer.size(), "%.1f %% (%.1f – %.1f)",
                100 * x["ex_strict"].get<double>(),
                100 * x["ci95"][0].get<double>(),
                100 * x["ci95"][1].get<double>());
  return buffer.data();
}

} // namespace

expected<fs::path> find_run(const fs::path& base, const std::string& word) {
  auto failed = std::error_code{};
  for (const auto& candidate :
       {fs::path{word}, base / word, fs::path{word} / "latest",
        base / word / "latest"})
    if (fs::exists(candidate / "lock.json", failed))
      return candidate;
  return fault{errc::missing_file,
               "no run '" + word
                 + "': it is neither a run's folder nor the "
                   "name of a pipeline that ran"};
}

expected<std::string> compare_runs(const fs::path& a, const fs::path& b) {
  const auto left = read_run(a);
  if (!left)
    return left.error();
  const auto right = read_run(b);
  if (!right)
    return right.error();
  const auto result
    = json{{"a", a.string()},
           {"b", b.string()},
           {"same_configuration",
            left->lock.value("hash", "a") == right->lock.value("hash", "b")},
           {"configuration", differing(left->options, right->options)},
           {"inputs", differing(inputs_of(*left), inputs_of(*right))},
           {"data", compare_data(*left, *right)},
           {"results", compare_scores(*left, *right)},
           {"numbers", compare_numbers(*left, *right)}};
  return result.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string difference_text(const std::string& text) {
  const auto x = json::parse(text, nullptr, false);
  if (!x.is_object())
    return {};
  auto out = "A  " + x.value("a", "") + "\nB  " + x.value("b", "") + "\n";
  const auto differences = [&](const char* title, const json& entries) {
    out += std::string{"\n"} + title + "\n";
    if (entries.empty())
      out += "  the same\n";
    for (const auto& entry : entries)
      out += "  " + entry.value("key", "") + ": " + shown(entry["a"]) + " -> "
             + shown(entry["b"]) + "\n";
  };
  differences("Configuration", x["configuration"]);
  differences("Program and input files", x["inputs"]);
  out += "\nData\n";
  for (const auto& entry : x["data"]) {
    out += "  " + entry.value("file", "") + ": ";
    out += entry.value("same", false)
             ? "the same " + shown(entry["rows_a"]) + " rows\n"
             : shown(entry["rows_a"]) + " -> " + shown(entry["rows_b"])
                 + " rows, " + shown(entry["rows_shared"])
                 + " of them shared\n";
  }
  out += "\nResults\n";
  for (const auto& [name, entry] : x["results"].items()) {
    out += "  execution match " + name + ": " + percent(entry["a"]) + " -> "
           + percent(entry["b"]) + ", difference "
           + points(entry["difference"].get<double>())
           + " points (95 %: " + points(entry["ci95"][0].get<double>()) + " to "
           + points(entry["ci95"][1].get<double>()) + ")";
    if (entry.contains("p_value"))
      out += "; on " + shown(entry["shared_questions"])
             + " shared questions right only in A "
             + shown(entry["right_only_in_a"]) + ", only in B "
             + shown(entry["right_only_in_b"])
             + ", p = " + shown(entry["p_value"]);
    out += "\n";
  }
  for (const auto& entry : x["numbers"])
    out += "  " + entry.value("name", "") + ": " + shown(entry["a"]) + " -> "
           + shown(entry["b"]) + "\n";
  return out;
}

} // namespace aura
