#include "actors/flow/charts.hpp"
#include "actors/flow/console.hpp"
#include "actors/flow/page.hpp"
#include "actors/flow/report.hpp"
#include "kernels/base/json.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>

namespace aura::flow {

namespace {

using json = nlohmann::ordered_json;

double real(const json& x, const char* key, double otherwise = NAN) {
  const auto found = x.find(key);
  return found != x.end() && found->is_number() ? found->get<double>()
                                                : otherwise;
}

std::string fixed(double x, const char* format = "%.3f") {
  if (!std::isfinite(x))
    return "–";
  auto buffer = std::array<char, 40>{};
  std::snprintf(buffer.data(), buffer.size(), format, x);
  return buffer.data();
}

std::string text_of(const json& x) {
  if (x.is_string())
    return x.get<std::string>();
  return x.is_number_float() ? fixed(x.get<double>()) : x.dump();
}

std::string whole(double x) {
  return std::isfinite(x) && x >= 0
           ? grouped(static_cast<std::uint64_t>(std::llround(x)))
           : "–";
}

std::string percent(double x) {
  return std::isfinite(x) ? fixed(100 * x, "%.1f") + " %" : "–";
}

std::string spaced(std::string text) {
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::string card(const std::string& value, const std::string& label) {
  return "<div class='card'><b>" + escape_html(value) + "</b><span>"
         + escape_html(label) + "</span></div>";
}

std::string section(const std::string& title, const std::string& body) {
  if (body.empty())
    return {};
  return "<section><h2>" + escape_html(title) + "</h2>" + body + "</section>\n";
}

std::string cell(const std::string& text, bool is_number = false) {
  return std::string{is_number ? "<td class='n'>" : "<td>"} + escape_html(text)
         + "</td>";
}

std::string head(std::initializer_list<const char*> texts,
                 std::size_t first_number) {
  auto row = std::string{"<tr>"};
  auto i = std::size_t{0};
  for (const auto* x : texts)
    row += std::string{i++ >= first_number ? "<th class='n'>" : "<th>"}
           + escape_html(x) + "</th>";
  return row + "</tr>";
}

std::string cards(const json& report) {
  auto text = std::string{};
  text += card(whole(real(report, "accepted")),
               "rows accepted of " + whole(real(report, "generated")));
  const auto evaluation = report.value("evaluation", json::object());
  for (const auto& [name, x] : evaluation.items())
    if (x.is_object() && x.contains("ex_strict"))
      text += card(percent(real(x, "ex_strict")),
                   name + ", execution match, n = " + whole(real(x, "n")));
  if (report.contains("training")) {
    const auto& x = report["training"];
    text += card(fixed(real(x, "train_loss")) + " / "
                   + fixed(real(x, "eval_loss")),
                 "loss in training / evaluation");
  }
  if (report.contains("datagen"))
    text += card(whole(real(report["datagen"], "rows_per_second")) + "/s",
                 "rows generated and verified");
  text += card(duration_text(real(report, "wall_seconds", 0)), "in all");
  return "<div class='cards'>" + text + "</div>";
}

std::string funnel(const json& report) {
  auto steps = std::vector<funnel_step>{};
  for (const auto& x : report.value("funnel", json::array())) {
    auto remark = std::string{};
    const auto rejected = x.value("rejected", json::object());
    for (const auto& [reason, n] : rejected.items())
      remark
        += (remark.empty() ? "" : ", ") + whole(n.get<double>()) + " " + reason;
    steps.push_back({x.value("stage", ""), real(x, "before", 0),
                     real(x, "after", 0), remark});
  }
  return funnel_chart(steps);
}

std::string losses(const json& report) {
  const auto training = report.value("training", json::object());
  auto train = series{"training", "var(--accent)", {}};
  auto eval = series{"evaluation", "var(--warm)", {}};
  // A pretrained model has a loss before it is trained.
  if (training.contains("eval_loss_before"))
    eval.points.emplace_back(0, real(training, "eval_loss_before"));
  for (const auto& x : training.value("curve", json::array())) {
    const auto step = real(x, "step");
    train.points.emplace_back(step, real(x, "train_loss"));
    if (x.contains("eval_loss"))
      eval.points.emplace_back(step, real(x, "eval_loss"));
  }
  auto chart = line_chart({train, eval}, "step", true);
  if (chart.empty())
    return {};
  return chart + "<p class='sub'>" + whole(real(training, "steps")) + " steps, "
         + whole(real(training, "tokens")) + " tokens, "
         + whole(real(training, "tokens_per_second")) + " tokens/s, "
         + whole(real(training, "parameters")) + " parameters</p>";
}

/// What one of the keys of the training's curve was at each step.
series curve_of(const json& report, const char* key, std::string name,
                std::string colour) {
  auto result = series{std::move(name), std::move(colour), {}};
  const auto training = report.value("training", json::object());
  for (const auto& x : training.value("curve", json::array()))
    if (x.contains(key))
      result.points.emplace_back(real(x, "step"), real(x, key));
  return result;
}

std::string rates(const json& report) {
  return line_chart(
    {curve_of(report, "learning_rate", "learning rate", "var(--accent)"),
     curve_of(report, "whole_learning_rate", "of embedding and head",
              "var(--warm)")},
    "step", false);
}

std::string gradients(const json& report) {
  return line_chart(
    {curve_of(report, "gradient_norm", "gradient norm", "var(--accent)"),
     curve_of(report, "whole_gradient_norm", "of embedding and head",
              "var(--warm)")},
    "step", true);
}

std::string splits(const json& report) {
  const auto evaluation = report.value("evaluation", json::object());
  auto bars = std::vector<proportion>{};
  auto rows = std::string{};
  for (const auto& [name, x] : evaluation.items()) {
    if (!x.is_object() || !x.contains("ci95"))
      continue;
    bars.push_back({name, real(x, "ex_strict", 0), x["ci95"][0].get<double>(),
                    x["ci95"][1].get<double>(),
                    whole(real(x, "k")) + " of " + whole(real(x, "n"))});
    rows += "<tr>" + cell(name) + cell(whole(real(x, "n")), true)
            + cell(percent(real(x, "ex_strict")), true)
            + cell(percent(x["ci95"][0].get<double>()) + " – "
                     + percent(x["ci95"][1].get<double>()),
                   true)
            + cell(percent(real(x, "ex_set")), true)
            + cell(percent(real(x, "ex_perm")), true) + "</tr>";
  }
  if (bars.empty())
    return {};
  return interval_chart(bars) + "<h3>Beside it, never mixed with it</h3><table>"
         + head({"split", "n", "EX-strict", "95 % (Clopper–Pearson)", "EX-set",
                 "EX-perm"},
                1)
         + rows + "</table>";
}

/// Every form of a fine-tuned model, and the model as it was before.
std::string forms(const json& report) {
  auto rows = std::string{};
  const auto all = report.value("forms", json::object());
  for (const auto& [form, splits] : all.items())
    for (const auto& [split, x] : splits.items())
      if (x.is_object() && x.contains("ci95"))
        rows += "<tr>" + cell(form) + cell(split)
                + cell(whole(real(x, "k")) + " of " + whole(real(x, "n")), true)
                + cell(percent(real(x, "ex_strict")), true)
                + cell(percent(x["ci95"][0].get<double>()) + " – "
                         + percent(x["ci95"][1].get<double>()),
                       true)
                + "</tr>";
  if (rows.empty())
    return {};
  return "<table>"
         + head(
           {"form", "split", "matches", "EX-strict", "95 % (Clopper–Pearson)"},
           2)
         + rows + "</table>";
}

std::string controls(const json& report) {
  auto rows = std::string{};
  for (const auto& x : report.value("controls", json::array())) {
    const auto fine = x.value("ok", true);
    rows += "<tr>" + cell(x.value("name", "")) + cell(x.value("split", ""))
            + cell(whole(real(x, "k")) + " of " + whole(real(x, "n")), true)
            + cell(percent(real(x, "rate")), true)
            + cell(x.value("expected", ""))
            + (fine ? "<td class='good'>✓</td>" : "<td class='bad'>✗</td>")
            + "</tr>";
  }
  if (rows.empty())
    return {};
  return "<table><tr><th>control</th><th>split</th><th class='n'>matches</th>"
         "<th class='n'>rate</th><th>expected</th><th></th></tr>"
         + rows + "</table>";
}

/// An object of objects, or of plain values, as a table.
std::string plain_table(const json& x) {
  if (!x.is_object() || x.empty())
    return {};
  auto rows = std::string{};
  for (const auto& [name, value] : x.items()) {
    if (!value.is_object()) {
      rows += "<tr>" + cell(name) + cell(text_of(value), true) + "</tr>";
      continue;
    }
    auto text = std::string{};
    for (const auto& [key, inner] : value.items())
      if (!inner.is_structured())
        text += (text.empty() ? "" : ", ") + key + " " + text_of(inner);
    rows += "<tr>" + cell(name) + cell(text) + "</tr>";
  }
  return "<table>" + rows + "</table>";
}

/// An object of objects that have the same keys: a row each.
std::string grid(const json& x, const char* corner) {
  if (!x.is_object() || x.empty() || !x.front().is_object())
    return {};
  auto rows = "<tr><th>" + escape_html(corner) + "</th>";
  for (const auto& [key, value] : x.front().items())
    rows += "<th class='n'>" + escape_html(spaced(key)) + "</th>";
  rows += "</tr>";
  for (const auto& [name, entry] : x.items()) {
    rows += "<tr>" + cell(name);
    for (const auto& [key, value] : entry.items())
      rows += cell(text_of(value), true);
    rows += "</tr>";
  }
  return "<table>" + rows + "</table>";
}

/// A row for each slice, a column for each split.
std::string slices(const json& report) {
  auto splits = std::vector<std::string>{};
  auto table = std::map<std::string, std::map<std::string, std::string>>{};
  for (const auto& x : report.value("slices", json::array())) {
    const auto split = x.value("split", "");
    if (std::find(splits.begin(), splits.end(), split) == splits.end())
      splits.push_back(split);
    table[x.value("slice", "")][split]
      = percent(real(x, "ex_strict")) + " of " + whole(real(x, "n"));
  }
  if (table.empty())
    return {};
  auto rows = std::string{"<tr><th>slice</th>"};
  for (const auto& split : splits)
    rows += "<th class='n'>" + escape_html(split) + "</th>";
  rows += "</tr>";
  for (auto& [slice, scores] : table) {
    rows += "<tr>" + cell(slice);
    for (const auto& split : splits)
      rows += cell(scores[split], true);
    rows += "</tr>";
  }
  return "<table>" + rows + "</table>";
}

std::string examples(const json& report, bool right) {
  auto text = std::string{};
  for (const auto& x : report.value("examples", json::array())) {
    const auto outcome = x.value("outcome", "");
    if ((outcome == "match") != right)
      continue;
    text += "<div class='example'><span class='tag "
            + std::string{right ? "good'>" : "bad'>"} + escape_html(outcome)
            + "</span><span class='key'>" + escape_html(x.value("split", ""))
            + "</span><b>" + escape_html(x.value("question", ""))
            + "</b><pre><span class='key'>gold</span>"
            + escape_html(x.value("gold", ""))
            + "</pre><pre><span class='key'>prediction</span>"
            + escape_html(x.value("prediction", "")) + "</pre>";
    if (const auto detail = x.value("detail", ""); !detail.empty())
      text
        += "<pre><span class='key'>why</span>" + escape_html(detail) + "</pre>";
    text += "</div>";
  }
  return text;
}

std::string timings(const json& report) {
  auto rows = std::string{};
  for (const auto& x : report.value("stages", json::array()))
    rows += "<tr>" + cell(x.value("stage", ""))
            + cell(whole(real(x, "rows_in")), true)
            + cell(whole(real(x, "rows_out")), true)
            + cell(duration_text(real(x, "seconds", 0)), true)
            + cell(duration_text(real(x, "busy_seconds", 0)), true)
            + cell(whole(real(x, "rows_per_second")), true)
            + cell(whole(real(x, "peak_rows_in_flight")) + " of "
                     + whole(real(x, "window_rows")),
                   true)
            + "</tr>";
  if (rows.empty())
    return {};
  return "<table>"
         + head({"stage", "rows in", "rows out", "seconds", "busy", "rows/s",
                 "in flight, at most"},
                1)
         + rows + "</table>";
}

} // namespace

expected<std::string> report_html(const std::string& report) {
  const auto x = json::parse(report, nullptr, false);
  if (!x.is_object())
    return fault{errc::damaged_file, "the report is no JSON object"};
  const auto name = x.value("run", "run");
  auto page = "<h1>" + escape_html(name) + "</h1><p class='sub'>seed "
              + std::to_string(x.value("seed", 0ull)) + ", configuration "
              + escape_html(x.value("hash", "").substr(0, 8))
              + (x.value("complete", false) ? "" : ", unfinished") + "</p>\n";
  if (const auto why = x.value("failure", ""); !why.empty())
    page += "<section class='failure'><h2 class='bad'>Why it ended early</h2>"
            "<pre>"
            + escape_html(why) + "</pre></section>\n";
  page += cards(x);
  page += section("Execution match", splits(x));
  page += section("Forms of the model", forms(x));
  page += section("Loss", losses(x));
  page += section("Learning rate", rates(x));
  page += section("Gradient norm", gradients(x));
  page += section("From rows made to rows accepted", funnel(x));
  page += section("Controls of the harness", controls(x));
  page += section("Answered wrongly", examples(x, false));
  page += section("Answered rightly", examples(x, true));
  page
    += "<div class='grid2'>" + section("By kind of query", slices(x))
       + section("Coverage of the dataset",
                 plain_table(x.value("coverage", json::object())))
       + section("Dataset", plain_table(x.value("dataset", json::object())))
       + section("Database states",
                 plain_table(x.value("suite", json::object())))
       + section("Schema context",
                 plain_table(x.value("retrieval", json::object())))
       + section("Data generation",
                 plain_table(x.value("datagen", json::object())))
       + section("Versions", plain_table(x.value("versions", json::object())))
       + "</div>\n";
  page += section("How far trained tensors are from where they began",
                  grid(x.value("moved", json::object()), "tensors"));
  page += section("Contamination: test rows that share something with rows "
                  "the model was trained or chosen on",
                  grid(x.value("contamination", json::object()), "split"));
  page += section("Stages", timings(x));
  return html_page(name, page);
}

} // namespace aura::flow
