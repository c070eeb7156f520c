#include "actors/flow/charts.hpp"
#include "actors/flow/console.hpp"
#include "actors/flow/live.hpp"
#include "actors/flow/live_numbers.hpp"
#include "actors/flow/page.hpp"

#include <algorithm>

namespace aura::flow {

namespace {

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
