#include "kernels/model/pretrained/standing.hpp"

#include "kernels/base/json.hpp"

#include <limits>

namespace aura::model {

namespace {

using nlohmann::json;

json to_json(const std::optional<double>& x) {
  return x ? json(*x) : json(false);
}

/// JSON has no infinity and no NaN, and writes both as null.
double number(const json& x) {
  return x.is_number() ? x.get<double>()
                       : std::numeric_limits<double>::quiet_NaN();
}

std::optional<double> maybe(const json& x) {
  if (x.is_boolean())
    return std::nullopt;
  return number(x);
}

json to_json(const finetune_progress& x) {
  return {x.step,
          x.steps,
          x.epoch,
          x.train_loss,
          to_json(x.eval_loss),
          to_json(x.eval_exact),
          x.rate,
          x.whole_rate,
          x.norms.adapters,
          x.norms.whole,
          x.skipped,
          x.tokens,
          x.supervised,
          x.seconds};
}

finetune_progress progress_from(const json& x) {
  auto y = finetune_progress{};
  y.step = x.at(0).get<std::size_t>();
  y.steps = x.at(1).get<std::size_t>();
  y.epoch = number(x.at(2));
  y.train_loss = number(x.at(3));
  y.eval_loss = maybe(x.at(4));
  y.eval_exact = maybe(x.at(5));
  y.rate = number(x.at(6));
  y.whole_rate = number(x.at(7));
  y.norms.adapters = number(x.at(8));
  y.norms.whole = number(x.at(9));
  y.skipped = x.at(10).get<bool>();
  y.tokens = x.at(11).get<std::size_t>();
  y.supervised = x.at(12).get<std::size_t>();
  y.seconds = number(x.at(13));
  return y;
}

} // namespace

std::string write_standing(const tuning_standing& x) {
  const auto& r = x.report;
  auto history = json::array();
  for (const auto& point : r.history)
    history.push_back(to_json(point));
  return json{{"steps", r.steps},
              {"skipped", r.skipped},
              {"tokens", r.tokens},
              {"supervised", r.supervised},
              {"examples", r.examples},
              {"eval_loss_before", to_json(r.eval_loss_before)},
              {"eval_exact_before", to_json(r.eval_exact_before)},
              {"best_step", r.best_step},
              {"eval_loss", to_json(r.eval_loss)},
              {"eval_exact", to_json(r.eval_exact)},
              {"seconds", r.seconds},
              {"worse", x.worse},
              {"effective", x.decayed.steps},
              {"kept", {x.decayed.adapters, x.decayed.whole}},
              {"history", std::move(history)}}
    .dump();
}

bool read_standing(std::string_view text, tuning_standing& x) {
  const auto from = json::parse(text, nullptr, false);
  if (!from.is_object())
    return false;
  // Whoever calls this has checked the digest of the file: only we write it.
  auto& r = x.report;
  r.steps = from.at("steps").get<std::size_t>();
  r.skipped = from.at("skipped").get<std::size_t>();
  r.tokens = from.at("tokens").get<std::size_t>();
  r.supervised = from.at("supervised").get<std::size_t>();
  r.examples = from.at("examples").get<std::size_t>();
  r.eval_loss_before = maybe(from.at("eval_loss_before"));
  r.eval_exact_before = maybe(from.at("eval_exact_before"));
  r.best_step = from.at("best_step").get<std::size_t>();
  r.eval_loss = maybe(from.at("eval_loss"));
  r.eval_exact = maybe(from.at("eval_exact"));
  r.seconds = number(from.at("seconds"));
  x.worse = from.at("worse").get<std::size_t>();
  x.decayed
    = {from.at("kept").at(0).get<double>(), from.at("kept").at(1).get<double>(),
       from.at("effective").get<std::size_t>()};
  r.history.clear();
  for (const auto& point : from.at("history"))
    r.history.push_back(progress_from(point));
  return true;
}

} // namespace aura::model
