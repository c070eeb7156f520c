#include "actors/flow/live.hpp"

#include "actors/flow/batch.hpp"
#include "actors/flow/charts.hpp"
#include "actors/flow/console.hpp"
#include "actors/flow/page.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace aura::flow {

namespace {

using json = nlohmann::ordered_json;

/// Points of a curve, at most.
constexpr std::size_t most_points = 1200;

void thin_out(std::vector<std::pair<double, double>>& x) {
  if (x.size() < most_points)
    return;
  auto kept = std::size_t{0};
  for (std::size_t i = 0; i < x.size(); i += 2)
    x[kept++] = x[i];
  x.resize(kept);
}

std::string fixed(double x, const char* format) {
  auto buffer = std::array<char, 40>{};
  std::snprintf(buffer.data(), buffer.size(), format, x);
  return buffer.data();
}

/// Rows that this very stage rejected because the machinery failed.
std::uint64_t failures_at(const tally& x) {
  auto result = std::uint64_t{0};
  for (const auto& [by, n] : x.rejected)
    if (by.first == x.stage && is_failure(by.second))
      result += n;
  return result;
}

double rate_of(const tally& x) {
  const auto rows = std::max(x.out, x.in + x.made);
  return x.active < 0.05 || rows < 2 ? 0.0
                                     : static_cast<double>(rows) / x.active;
}

const char* state_of(const tally& x) {
  if (x.finished)
    return x.cancelled ? "cancelled" : "done";
  return x.batches > 0 ? "at work" : "waiting";
}

std::string label(const std::string& text) {
  auto result = std::string{};
  for (auto c : text)
    if (c == '"' || c == '\\')
      result += std::string{'\\'} + c;
    else
      result += c == '\n' ? std::string{"\\n"} : std::string(1, c);
  return "\"" + result + "\"";
}

/// Writes Prometheus' text: a family once with its type, then its samples.
class exposition {
public:
  void family(const char* name, const char* type, const char* help) {
    name_ = name;
    text += "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " " + type
            + "\n";
  }

  void sample(double value, const std::string& labels = {}) {
    text += name_ + (labels.empty() ? "" : "{" + labels + "}") + " "
            + fixed(value, "%.10g") + "\n";
  }

  void sample(std::uint64_t value, const std::string& labels = {}) {
    text += name_ + (labels.empty() ? "" : "{" + labels + "}") + " "
            + std::to_string(value) + "\n";
  }

  std::string text;

private:
  std::string name_;
};

std::string card(const std::string& value, const std::string& what) {
  return "<div class='card'><b>" + escape_html(value) + "</b><span>"
         + escape_html(what) + "</span></div>";
}

std::string cell(const std::string& text) {
  return "<td class='n'>" + escape_html(text) + "</td>";
}

std::string count(std::uint64_t x) {
  return x == 0 ? "–" : grouped(x);
}

/// How full a window is, as a bar.
std::string gauge(std::uint64_t owed, std::uint64_t granted) {
  if (granted == 0)
    return "<td class='n'>–</td>";
  const auto share
    = std::min(1.0, static_cast<double>(owed) / static_cast<double>(granted));
  return "<td class='n'><span class='gauge'><i style='width:"
         + fixed(100 * share, "%.0f") + "%'></i></span><span class='owed'>"
         + escape_html(grouped(owed)) + "</span></td>";
}

constexpr auto extra_style = R"(<style>
.gauge{display:inline-block;width:64px;height:7px;border-radius:4px;background:var(--line);
overflow:hidden;margin-right:8px;vertical-align:1px}.gauge i{display:block;height:100%;
background:var(--accent)}.state{font-size:12px;font-weight:600;border-radius:99px;padding:1px 9px;
background:var(--line);color:var(--soft);white-space:nowrap}
.state.work{background:color-mix(in srgb,var(--accent) 16%,transparent);color:var(--accent)}
.state.done{background:color-mix(in srgb,var(--good) 15%,transparent);color:var(--good)}
.state.lost{background:color-mix(in srgb,var(--bad) 15%,transparent);color:var(--bad)}
.owed{display:inline-block;min-width:42px}.note{color:var(--soft);font-size:13px}.bar-of{height:8px;border-radius:5px;background:var(--line);
overflow:hidden;margin:0 0 18px}.bar-of i{display:block;height:100%;background:var(--accent);
transition:width .4s}.stale{opacity:.45}h1 .state{vertical-align:5px;margin-left:10px}
td:first-child{font-weight:600;white-space:nowrap}
</style>)";

// Asks for the inside again and again, and shows when nobody answers any more.
constexpr auto script = R"(<script>
const refresh = async () => {
  try {
    const reply = await fetch('/body', {cache: 'no-store'});
    if (!reply.ok) throw reply.status;
    document.querySelector('main').innerHTML = await reply.text();
    document.body.classList.remove('stale');
  } catch { document.body.classList.add('stale'); }
  setTimeout(refresh, 1000);
};
setTimeout(refresh, 1000);
</script>)";

} // namespace

std::string to_text(const totals& x) {
  auto text = duration_text(x.seconds) + " · " + grouped(x.accepted);
  if (x.target > 0)
    text += " of " + grouped(x.target);
  text += " accepted";
  if (x.failed > 0)
    text += " · " + grouped(x.failed) + " failed";
  if (x.tokens)
    text += " · " + grouped(*x.tokens) + " tokens";
  if (x.dollars && *x.dollars > 0)
    text += " · $" + fixed(*x.dollars, "%.4f");
  if (x.seconds_left)
    text += " · " + x.waiting_for + " in " + duration_text(*x.seconds_left);
  if (x.memory_mb > 0)
    text += " · " + fixed(x.memory_mb, "%.0f") + " MB";
  return text;
}

live_state::live_state(std::string name, std::string hash)
  : name_{std::move(name)}, hash_{std::move(hash)} {
}

void live_state::follow(
  std::function<std::map<std::string, std::string>()> sections) {
  const auto guard = std::lock_guard{mutex_};
  sections_ = std::move(sections);
}

void live_state::update(const std::vector<tally>& stages, double seconds,
                        double memory_mb) {
  const auto guard = std::lock_guard{mutex_};
  stages_ = stages;
  seconds_ = seconds;
  memory_mb_ = memory_mb;
  if (++skipped_ < stride_)
    return;
  skipped_ = 0;
  const auto now = sum();
  history_.push_back({seconds, now.made, now.accepted});
  if (history_.size() < most_points)
    return;
  auto kept = std::size_t{0};
  for (std::size_t i = 0; i < history_.size(); i += 2)
    history_[kept++] = history_[i];
  history_.resize(kept);
  stride_ *= 2;
}

void live_state::tell(const note& x) {
  const auto guard = std::lock_guard{mutex_};
  notes_[x.stage] = x;
  auto at = std::optional<double>{};
  for (const auto& [name, value] : x.values) {
    if (name == "step")
      at = value;
    else if (name == "loss" && at)
      loss_.emplace_back(*at, value);
    else if (name == "eval_loss" && at)
      eval_loss_.emplace_back(*at, value);
  }
  thin_out(loss_);
  thin_out(eval_loss_);
}

void live_state::end(const std::string& failure) {
  const auto guard = std::lock_guard{mutex_};
  ended_ = true;
  failure_ = failure;
}

totals live_state::totals() const {
  const auto guard = std::lock_guard{mutex_};
  return sum();
}

// Under the lock.
totals live_state::sum() const {
  auto x = flow::totals{};
  x.seconds = seconds_;
  x.memory_mb = memory_mb_;
  const tally* gate = nullptr;
  for (const auto& stage : stages_) {
    x.made += stage.made;
    x.rejected += stage.rejected_here;
    x.failed += failures_at(stage);
    if (stage.gate)
      gate = &stage;
  }
  x.rejected -= std::min(x.rejected, x.failed);
  if (gate) {
    x.target = gate->target;
    x.accepted = gate->sound;
    if (!gate->finished && x.accepted > 0 && gate->active > 0
        && x.target > x.accepted) {
      x.waiting_for = gate->stage;
      x.seconds_left = static_cast<double>(x.target - x.accepted) * gate->active
                       / static_cast<double>(x.accepted);
    }
  } else if (!stages_.empty()) {
    x.accepted = stages_.back().sound;
  }
  // A long step tells how far it is. Its stage is the first that is not done.
  for (const auto& stage : stages_) {
    if (stage.finished || x.seconds_left)
      continue;
    const auto found = notes_.find(stage.stage);
    if (found == notes_.end() || found->second.total == 0)
      continue;
    const auto& progress = found->second;
    auto spent = 0.0;
    for (const auto& [name, value] : progress.values)
      if (name == "seconds")
        spent = value;
    if (spent > 0 && progress.done > 0 && progress.done < progress.total) {
      x.waiting_for = stage.stage;
      x.seconds_left = spent
                       * static_cast<double>(progress.total - progress.done)
                       / static_cast<double>(progress.done);
    }
  }
  if (!sections_)
    return x;
  const auto published = sections_();
  if (const auto found = published.find("language_model");
      found != published.end()) {
    const auto model = json::parse(found->second, nullptr, false);
    if (model.is_object()) {
      x.tokens = model.value("prompt_tokens", std::uint64_t{0})
                 + model.value("completion_tokens", std::uint64_t{0});
      x.dollars = model.value("cost_dollars", 0.0);
    }
  }
  return x;
}

std::string live_state::prometheus() const {
  const auto guard = std::lock_guard{mutex_};
  const auto all = sum();
  auto out = exposition{};
  out.family("aura_run_info", "gauge", "The run, in its labels.");
  out.sample(std::uint64_t{1},
             "pipeline=" + label(name_) + ",configuration=" + label(hash_));
  out.family("aura_run_seconds", "gauge", "Seconds since the run began.");
  out.sample(all.seconds);
  out.family("aura_run_ended", "gauge", "1 once the run is over.");
  out.sample(std::uint64_t{ended_});
  out.family("aura_accepted_rows", "gauge", "Rows accepted so far.");
  out.sample(all.accepted);
  out.family("aura_target_rows", "gauge", "Rows to accept; 0: all there are.");
  out.sample(all.target);
  out.family("aura_rows_total", "counter",
             "Rows by stage and what became of "
             "them there.");
  for (const auto& x : stages_) {
    const auto stage = "stage=" + label(x.stage);
    for (const auto& [what, n] : {std::pair{"in", x.in},
                                  {"made", x.made},
                                  {"out", x.out},
                                  {"surplus", x.surplus},
                                  {"dropped", x.dropped},
                                  {"rejected", x.rejected_here},
                                  {"failed", failures_at(x)}})
      out.sample(n, stage + ",what=\"" + what + "\"");
  }
  out.family("aura_rejected_rows_total", "counter",
             "Rows that left a stage rejected, by who rejected them and why.");
  for (const auto& x : stages_)
    for (const auto& [by, n] : x.rejected)
      if (by.first == x.stage)
        out.sample(n, "stage=" + label(x.stage) + ",reason=\""
                        + to_string(by.second) + "\"");
  out.family("aura_held_rows", "gauge", "Rows inside a stage.");
  for (const auto& x : stages_)
    out.sample(x.held, "stage=" + label(x.stage));
  const auto edges = [&](const char* name, const char* help, auto owed,
                         auto granted, auto peak) {
    out.family(name, "gauge", help);
    for (const auto& x : stages_) {
      if (x.granted_rows == 0)
        continue;
      const auto stage = "stage=" + label(x.stage);
      out.sample(x.*owed, stage + ",what=\"owed\"");
      out.sample(x.*granted, stage + ",what=\"granted\"");
      out.sample(x.*peak, stage + ",what=\"peak\"");
    }
  };
  edges("aura_edge_rows", "Rows sent by a stage and not answered yet.",
        &tally::owed_rows, &tally::granted_rows, &tally::peak_rows);
  edges("aura_edge_bytes", "The same in bytes.", &tally::owed_bytes,
        &tally::granted_bytes, &tally::peak_bytes);
  out.family("aura_parked_rows", "gauge", "Rows that wait for credit.");
  for (const auto& x : stages_)
    out.sample(x.parked_rows, "stage=" + label(x.stage));
  out.family("aura_busy_seconds_total", "counter",
             "Seconds that the workers of a stage were busy.");
  for (const auto& x : stages_)
    out.sample(x.busy, "stage=" + label(x.stage));
  out.family("aura_stage_finished", "gauge", "1 once a stage is done.");
  for (const auto& x : stages_)
    out.sample(std::uint64_t{x.finished}, "stage=" + label(x.stage));
  if (all.tokens) {
    out.family("aura_language_model_tokens_total", "counter",
               "Tokens bought and used.");
    out.sample(*all.tokens);
    out.family("aura_language_model_dollars_total", "counter",
               "Money spent on them.");
    out.sample(all.dollars.value_or(0));
  }
  if (!loss_.empty()) {
    out.family("aura_training_step", "gauge", "Steps of the training so far.");
    out.sample(loss_.back().first);
    out.family("aura_training_loss", "gauge", "Loss of the latest step.");
    out.sample(loss_.back().second);
  }
  out.family("process_resident_memory_bytes", "gauge",
             "Resident memory size in bytes.");
  out.sample(all.memory_mb * 1048576);
  return out.text;
}

std::string live_state::json() const {
  const auto guard = std::lock_guard{mutex_};
  const auto all = sum();
  auto stages = nlohmann::ordered_json::array();
  for (const auto& x : stages_) {
    const auto found = notes_.find(x.stage);
    stages.push_back(
      {{"stage", x.stage},
       {"state", state_of(x)},
       {"in", x.in},
       {"made", x.made},
       {"out", x.out},
       {"held", x.held},
       {"owed_rows", x.owed_rows},
       {"granted_rows", x.granted_rows},
       {"rejected", x.rejected_here},
       {"failed", failures_at(x)},
       {"rows_per_second", rate_of(x)},
       {"note", found == notes_.end() ? "" : found->second.text}});
  }
  auto result = nlohmann::ordered_json{{"run", name_},
                                       {"hash", hash_},
                                       {"ended", ended_},
                                       {"failure", failure_},
                                       {"seconds", all.seconds},
                                       {"made", all.made},
                                       {"accepted", all.accepted},
                                       {"target", all.target},
                                       {"rejected", all.rejected},
                                       {"failed", all.failed},
                                       {"memory_mb", all.memory_mb}};
  if (all.seconds_left)
    result["seconds_left"] = *all.seconds_left;
  if (all.tokens)
    result["tokens"] = *all.tokens;
  if (all.dollars)
    result["dollars"] = *all.dollars;
  result["stages"] = std::move(stages);
  result["loss"] = loss_;
  result["eval_loss"] = eval_loss_;
  return result.dump(-1, ' ', false,
                     nlohmann::ordered_json::error_handler_t::replace)
         + "\n";
}

std::string live_state::stage_table() const {
  auto rows = std::string{
    "<tr><th>stage</th><th></th><th class='n'>rows</th><th class='n'>rows/s"
    "</th><th class='n'>inside</th><th class='n'>under way to the next</th>"
    "<th class='n'>rejected</th><th class='n'>failed</th><th></th></tr>"};
  for (const auto& x : stages_) {
    const auto found = notes_.find(x.stage);
    const auto* look = x.cancelled     ? "lost"
                       : x.finished    ? "done"
                       : x.batches > 0 ? "work"
                                       : "";
    rows += "<tr><td>" + escape_html(x.stage) + "</td><td><span class='state "
            + look + "'>" + state_of(x) + "</span></td>" + cell(count(x.out))
            + cell(count(static_cast<std::uint64_t>(rate_of(x))))
            + cell(count(x.finished ? 0 : x.held))
            + gauge(x.owed_rows, x.granted_rows) + cell(count(x.rejected_here))
            + cell(count(failures_at(x))) + "<td class='note'>"
            + escape_html(found == notes_.end() ? "" : found->second.text)
            + "</td></tr>";
  }
  return "<table>" + rows + "</table>";
}

std::string live_state::throughput() const {
  auto made = series{"made", "var(--accent)", {}};
  auto accepted = series{"accepted", "var(--warm)", {}};
  // Over some seconds, so that single batches do not show.
  constexpr auto span = std::size_t{4};
  for (auto i = span; i < history_.size(); ++i) {
    const auto& now = history_[i];
    const auto& before = history_[i - span];
    const auto time = now.seconds - before.seconds;
    if (time <= 0)
      continue;
    made.points.emplace_back(
      now.seconds, static_cast<double>(now.made - before.made) / time);
    accepted.points.emplace_back(
      now.seconds, static_cast<double>(
                     now.accepted - std::min(now.accepted, before.accepted))
                     / time);
  }
  return line_chart({made, accepted}, "seconds", false);
}

std::string live_state::body() const {
  const auto guard = std::lock_guard{mutex_};
  const auto all = sum();
  const auto* look = !ended_ ? "work" : failure_.empty() ? "done" : "lost";
  const auto* state = !ended_            ? "running"
                      : failure_.empty() ? "done"
                                         : "ended early";
  auto text = "<h1>" + escape_html(name_) + "<span class='state " + look + "'>"
              + state + "</span></h1><p class='sub'>configuration "
              + escape_html(hash_.substr(0, 8)) + ", "
              + duration_text(all.seconds) + "</p>";
  if (!failure_.empty())
    text += "<section class='failure'><pre>" + escape_html(failure_)
            + "</pre></section>";
  if (all.target > 0)
    text += "<div class='bar-of'><i style='width:"
            + fixed(100.0
                      * std::min(1.0, static_cast<double>(all.accepted)
                                        / static_cast<double>(all.target)),
                    "%.1f")
            + "%'></i></div>";
  text += "<div class='cards'>"
          + card(grouped(all.accepted),
                 all.target > 0 ? "rows accepted of " + grouped(all.target)
                                : std::string{"rows accepted"})
          + card(grouped(all.made), "rows made")
          + card(grouped(all.rejected), "rejected")
          + card(grouped(all.failed), "failed");
  if (all.seconds_left)
    text += card(duration_text(*all.seconds_left),
                 "until " + all.waiting_for + " is done, by the rate so far");
  if (all.tokens)
    text += card(grouped(*all.tokens), "tokens")
            + card("$" + fixed(all.dollars.value_or(0), "%.4f"), "spent");
  if (!loss_.empty())
    text += card(fixed(loss_.back().second, "%.4f"),
                 "loss at step "
                   + grouped(static_cast<std::uint64_t>(loss_.back().first)));
  text += card(fixed(all.memory_mb, "%.0f") + " MB", "memory") + "</div>";
  text += "<section><h2>Stages</h2>" + stage_table() + "</section>";
  if (const auto chart = throughput(); !chart.empty())
    text += "<section><h2>Rows a second</h2>" + chart + "</section>";
  auto steps = std::vector<funnel_step>{};
  for (const auto& x : stages_)
    if (x.rejected_here > 0 && x.out + x.dropped > 0) {
      const auto before = static_cast<double>(x.in + x.made);
      steps.push_back({x.stage, before,
                       before - static_cast<double>(x.rejected_here),
                       grouped(x.rejected_here) + " rejected"});
    }
  if (const auto chart = funnel_chart(steps); !chart.empty())
    text += "<section><h2>Funnel</h2>" + chart + "</section>";
  const auto curve = line_chart({{"training", "var(--accent)", loss_},
                                 {"evaluation", "var(--warm)", eval_loss_}},
                                "step", true);
  if (!curve.empty())
    text += "<section><h2>Loss</h2>" + curve + "</section>";
  return text;
}

std::string live_state::page() const {
  return html_page(name_ + ", live", body(), extra_style + std::string{script});
}

} // namespace aura::flow
