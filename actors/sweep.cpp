#include "actors/sweep.hpp"

#include "actors/flow/charts.hpp"
#include "actors/flow/console.hpp"
#include "actors/flow/files.hpp"
#include "actors/flow/page.hpp"
#include "kernels/base/exit_code.hpp"
#include "kernels/base/hash.hpp"
#include "kernels/base/json.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <map>
#include <optional>
#include <set>

namespace aura {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t most_jobs = 10'000;

/// The parts of `text` between commas that stand by themselves.
std::vector<std::string> divide(const std::string& text) {
  auto result = std::vector<std::string>{""};
  auto depth = 0;
  auto quote = '\0';
  for (auto c : text) {
    if (quote != '\0')
      quote = c == quote ? '\0' : quote;
    else if (c == '\'' || c == '"')
      quote = c;
    else if (c == '[' || c == '{')
      ++depth;
    else if (c == ']' || c == '}')
      --depth;
    if (c == ',' && depth <= 0 && quote == '\0')
      result.emplace_back();
    else
      result.back() += c;
  }
  return result;
}

/// What may stand in the name of a folder.
std::string folder_name(std::size_t number, std::size_t of,
                        const std::vector<std::string>& settings) {
  auto name = std::to_string(number + 1);
  name.insert(0, std::to_string(of).size() - name.size(), '0');
  auto text = std::string{};
  for (const auto& x : settings)
    text += (text.empty() ? "-" : ",") + x;
  for (auto& c : text)
    if (!std::isalnum(static_cast<unsigned char>(c))
        && std::string_view{"-_.,="}.find(c) == std::string_view::npos)
      c = '_';
  return name + text.substr(0, 80);
}

struct score {
  double rate = 0;
  double low = 0;
  double high = 1;
  std::uint64_t n = 0;
};

/// What a report says, as far as it got.
struct figures {
  std::optional<std::uint64_t> accepted;
  std::optional<double> eval_loss;
  std::map<std::string, score> splits;
};

figures figures_of(const job_result& x) {
  auto result = figures{};
  const auto report = json::parse(x.report, nullptr, false);
  if (!report.is_object())
    return result;
  if (const auto found = report.find("accepted"); found != report.end())
    result.accepted = found->get<std::uint64_t>();
  if (const auto training = report.find("training");
      training != report.end() && training->contains("eval_loss")
      && (*training)["eval_loss"].is_number())
    result.eval_loss = (*training)["eval_loss"].get<double>();
  const auto evaluation = report.value("evaluation", json::object());
  for (const auto& [name, split] : evaluation.items())
    if (split.is_object() && split.contains("ci95"))
      result.splits[name]
        = {split.value("ex_strict", 0.0), split["ci95"][0].get<double>(),
           split["ci95"][1].get<double>(), split.value("n", std::uint64_t{0})};
  return result;
}

std::string fixed(double x, const char* format) {
  auto buffer = std::array<char, 40>{};
  std::snprintf(buffer.data(), buffer.size(), format, x);
  return buffer.data();
}

std::string percent(double x) {
  return fixed(100 * x, "%.1f %%");
}

/// Every table of a sweep: a row of heads, and a row of cells for each job.
struct table {
  std::vector<std::string> heads;
  std::vector<std::vector<std::string>> rows;
};

table table_of(const sweep& x) {
  auto splits = std::set<std::string>{};
  auto numbers = std::vector<figures>{};
  for (const auto& result : x.results) {
    numbers.push_back(figures_of(result));
    for (const auto& [name, ignored] : numbers.back().splits)
      splits.insert(name);
  }
  auto result = table{};
  result.heads = {"job"};
  for (const auto& axis : x.axes)
    result.heads.push_back(axis.key);
  for (const auto* name : {"state", "accepted", "eval loss"})
    result.heads.emplace_back(name);
  for (const auto& name : splits)
    result.heads.push_back("EX " + name);
  result.heads.emplace_back("time");
  for (std::size_t i = 0; i < x.jobs.size(); ++i) {
    const auto& n = numbers[i];
    auto row = std::vector<std::string>{std::to_string(i + 1)};
    for (const auto& setting : x.jobs[i].settings)
      row.push_back(setting.substr(setting.find('=') + 1));
    row.emplace_back(to_string(x.results[i].state));
    row.push_back(n.accepted ? flow::grouped(*n.accepted) : "–");
    row.push_back(n.eval_loss ? fixed(*n.eval_loss, "%.4f") : "–");
    for (const auto& name : splits) {
      const auto found = n.splits.find(name);
      row.push_back(found == n.splits.end()
                      ? "–"
                      : percent(found->second.rate) + " ("
                          + percent(found->second.low) + " – "
                          + percent(found->second.high) + ")");
    }
    row.push_back(x.results[i].seconds > 0
                    ? flow::duration_text(x.results[i].seconds)
                    : "–");
    result.rows.push_back(std::move(row));
  }
  return result;
}

/// Columns of a text, not bytes.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
    text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

struct run_record {
  std::string hash;
  std::string report;
  bool complete = false;
};

run_record look_at(const std::filesystem::path& folder) {
  auto result = run_record{};
  if (auto lock = flow::read_file(folder / "lock.json")) {
    const auto x = json::parse(*lock, nullptr, false);
    result.hash = x.is_object() ? x.value("hash", "") : "";
  }
  if (auto report = flow::read_file(folder / "report.json")) {
    const auto x = json::parse(*report, nullptr, false);
    result.complete = x.is_object() && x.value("complete", false);
    result.report = std::move(*report);
  }
  return result;
}

std::string last_complaint(const std::filesystem::path& folder) {
  auto text = flow::read_file(folder / "output.log");
  if (!text)
    return {};
  const auto found = text->rfind("aura-run: ");
  if (found == std::string::npos)
    return {};
  const auto begin = found + std::string_view{"aura-run: "}.size();
  return text->substr(begin, text->find('\n', begin) - begin);
}

status write(const sweep& x) {
  if (auto written = flow::write_file(x.folder / "sweep.json", to_json(x));
      !written)
    return written;
  return flow::write_file(x.folder / "sweep.html", to_html(x));
}

} // namespace

expected<sweep_axis> read_axis(const std::string& word) {
  const auto equals = word.find('=');
  if (equals == std::string::npos || equals == 0)
    return fault{errc::invalid_option,
                 "'" + word + "': expected key=value,value"};
  auto result
    = sweep_axis{word.substr(0, equals), divide(word.substr(equals + 1))};
  for (const auto& value : result.values)
    if (value.empty())
      return fault{errc::invalid_option, "'" + word + "': a value is empty"};
  return result;
}

expected<std::vector<sweep_job>>
make_jobs(const std::vector<sweep_axis>& axes) {
  auto total = std::size_t{1};
  auto keys = std::set<std::string>{};
  for (const auto& axis : axes) {
    if (!keys.insert(axis.key).second)
      return fault{errc::invalid_option, "'" + axis.key + "' is given twice"};
    total *= axis.values.size();
    if (total > most_jobs)
      return fault{errc::invalid_option,
                   "more than " + std::to_string(most_jobs) + " jobs"};
  }
  auto result = std::vector<sweep_job>{};
  for (std::size_t i = 0; i < total; ++i) {
    auto job = sweep_job{};
    auto rest = i;
    for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
      const auto n = axis->values.size();
      job.settings.push_back(axis->key + "=" + axis->values[rest % n]);
      rest /= n;
    }
    std::reverse(job.settings.begin(), job.settings.end());
    auto shown = std::vector<std::string>{};
    for (std::size_t k = 0; k < axes.size(); ++k)
      if (axes[k].values.size() > 1)
        shown.push_back(job.settings[k]);
    job.name = folder_name(i, total, shown);
    result.push_back(std::move(job));
  }
  return result;
}

const char* to_string(job_state x) {
  constexpr const char* names[]
    = {"waiting", "kept", "done", "failed", "interrupted"};
  return names[static_cast<std::size_t>(x)];
}

std::filesystem::path sweep_folder(const std::filesystem::path& base,
                                   const std::string& name,
                                   const std::vector<sweep_job>& jobs) {
  auto text = std::string{};
  for (const auto& job : jobs)
    text += job.hash + "\n";
  return base / name / ("sweep-" + sha256_hex(text).substr(0, 8));
}

status run_sweep(sweep& x, const sweep_options& options) {
  if (auto made = flow::make_folder(x.folder); !made)
    return made;
  x.results.resize(x.jobs.size());
  auto first = fault{};
  for (std::size_t i = 0; i < x.jobs.size(); ++i) {
    const auto& job = x.jobs[i];
    auto& result = x.results[i];
    const auto folder = x.folder / job.name;
    if (auto before = look_at(folder);
        before.complete && before.hash == job.hash) {
      result.state = job_state::kept;
      result.report = std::move(before.report);
      options.on_change(x, i);
      continue;
    }
    if (first.code == errc::cancelled
        || (first.code != errc::none && !options.keep_going))
      continue;
    if (auto made = flow::make_folder(folder); !made)
      return made;
    options.on_change(x, i);
    const auto begun = std::chrono::steady_clock::now();
    result.exit_code = options.run(job, folder);
    result.seconds
      = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun)
          .count();
    auto after = look_at(folder);
    result.report = std::move(after.report);
    result.state = job_state::done;
    if (result.exit_code != 0) {
      const auto stopped
        = result.exit_code == static_cast<int>(exit_code::interrupted);
      result.state = stopped ? job_state::interrupted : job_state::failed;
      result.message = last_complaint(folder);
      if (first.code == errc::none || stopped)
        first = {stopped ? errc::cancelled : errc::internal,
                 "job " + std::to_string(i + 1) + " "
                   + (stopped ? std::string{"was interrupted"}
                              : "ended with exit code "
                                  + std::to_string(result.exit_code))
                   + (result.message.empty() ? "" : ": " + result.message)};
    }
    options.on_change(x, i);
    if (auto written = write(x); !written)
      return written;
  }
  if (auto written = write(x); !written)
    return written;
  return first.code == errc::none ? status{ok} : status{first};
}

std::string to_text(const sweep& x) {
  const auto cells = table_of(x);
  auto widths = std::vector<std::size_t>{};
  for (const auto& head : cells.heads)
    widths.push_back(width(head));
  for (const auto& row : cells.rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width(row[i]));
  auto text = std::string{};
  const auto line = [&](const std::vector<std::string>& row) {
    auto shown = std::string{};
    for (std::size_t i = 0; i < row.size(); ++i)
      shown += row[i] + std::string(widths[i] - width(row[i]) + 2, ' ');
    text += shown.substr(0, shown.find_last_not_of(' ') + 1) + "\n";
  };
  line(cells.heads);
  for (const auto& row : cells.rows)
    line(row);
  return text;
}

std::string to_json(const sweep& x) {
  auto axes = json::object();
  for (const auto& axis : x.axes)
    axes[axis.key] = axis.values;
  auto jobs = json::array();
  for (std::size_t i = 0; i < x.jobs.size(); ++i) {
    const auto& job = x.jobs[i];
    const auto& result = x.results[i];
    const auto n = figures_of(result);
    auto entry = json{{"job", i + 1},
                      {"folder", (x.folder / job.name).string()},
                      {"settings", json::object()},
                      {"hash", job.hash},
                      {"state", to_string(result.state)},
                      {"exit_code", result.exit_code},
                      {"seconds", result.seconds}};
    for (const auto& setting : job.settings) {
      const auto equals = setting.find('=');
      entry["settings"][setting.substr(0, equals)] = setting.substr(equals + 1);
    }
    if (!result.message.empty())
      entry["message"] = result.message;
    if (n.accepted)
      entry["accepted"] = *n.accepted;
    if (n.eval_loss)
      entry["eval_loss"] = *n.eval_loss;
    for (const auto& [name, split] : n.splits)
      entry["evaluation"][name] = {{"ex_strict", split.rate},
                                   {"ci95", {split.low, split.high}},
                                   {"n", split.n}};
    jobs.push_back(std::move(entry));
  }
  return json{{"pipeline", x.name}, {"axes", axes}, {"jobs", jobs}}.dump(
           2, ' ', false, json::error_handler_t::replace)
         + "\n";
}

std::string to_html(const sweep& x) {
  const auto cells = table_of(x);
  auto body = "<h1>" + flow::escape_html(x.name) + "</h1><p class='sub'>"
              + std::to_string(x.jobs.size()) + " jobs</p>";
  auto rows = std::string{"<tr>"};
  for (const auto& head : cells.heads)
    rows += "<th>" + flow::escape_html(head) + "</th>";
  rows += "</tr>";
  auto bars = std::map<std::string, std::vector<flow::proportion>>{};
  for (std::size_t i = 0; i < cells.rows.size(); ++i) {
    rows += "<tr>";
    for (std::size_t k = 0; k < cells.rows[i].size(); ++k) {
      auto text = flow::escape_html(cells.rows[i][k]);
      if (k == 0 && !x.results[i].report.empty())
        text = "<a href='" + flow::escape_html(x.jobs[i].name)
               + "/report.html'>" + text + "</a>";
      rows += "<td>" + text + "</td>";
    }
    rows += "</tr>";
    if (!x.results[i].message.empty())
      rows += "<tr><td></td><td class='bad' colspan='"
              + std::to_string(cells.heads.size() - 1) + "'>"
              + flow::escape_html(x.results[i].message) + "</td></tr>";
    for (const auto& [name, split] : figures_of(x.results[i]).splits)
      bars[name].push_back({"job " + std::to_string(i + 1), split.rate,
                            split.low, split.high,
                            "n = " + std::to_string(split.n)});
  }
  body += "<section><table>" + rows + "</table></section>";
  for (const auto& [name, of_split] : bars)
    body += "<section><h2>Execution match on " + flow::escape_html(name)
            + "</h2>" + flow::interval_chart(of_split) + "</section>";
  return flow::html_page(x.name + ", a sweep", body);
}

} // namespace aura
