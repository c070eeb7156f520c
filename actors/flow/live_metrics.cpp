#include "actors/flow/live.hpp"
#include "actors/flow/live_numbers.hpp"

namespace aura::flow {

namespace {

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

} // namespace

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

} // namespace aura::flow
