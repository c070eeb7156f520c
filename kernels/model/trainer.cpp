#include "kernels/model/trainer.hpp"

#include "kernels/base/json.hpp"
#include "kernels/model/batches.hpp"
#include "kernels/model/checkpoint.hpp"
#include "kernels/model/parallel.hpp"
#include "kernels/model/training_state.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace aura::model {

namespace {

/// Evaluation groups are as large as memory likes.
constexpr std::size_t evaluation_group = 32;

status check_examples(const std::vector<example>& examples,
                      std::size_t vocabulary, const char* what) {
  const auto inside = [&](const std::vector<std::int32_t>& ids) {
    return std::all_of(ids.begin(), ids.end(), [&](auto id) {
      return id >= 0 && static_cast<std::size_t>(id) < vocabulary;
    });
  };
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const auto& x = examples[i];
    const auto at = std::string{what} + " example " + std::to_string(i);
    if (x.question.empty() || x.answer.empty())
      return fault{errc::invalid_option, at + " has no question or no answer"};
    if (!inside(x.context) || !inside(x.question) || !inside(x.answer))
      return fault{errc::invalid_option,
                   at + " has a token outside the vocabulary"};
  }
  return ok;
}

std::size_t longest(const std::vector<example>& examples) {
  std::size_t result = 0;
  for (const auto& x : examples)
    result = std::max(result,
                      x.context.size() + x.question.size() + x.answer.size());
  return result;
}

packed_sequence pack_group(const std::vector<example>& examples,
                           const group& members) {
  std::vector<const example*> chosen;
  for (auto i : members)
    chosen.push_back(&examples[i]);
  return pack(chosen);
}

/// One training under way.
class training_run {
public:
  training_run(const std::vector<example>& training,
               const std::vector<example>& evaluation,
               const train_options& options,
               std::vector<std::unique_ptr<engine>> engines)
    : training_{training}, evaluation_{evaluation}, options_{options},
      parameters_{initial_parameters(options.shape, options.seed)},
      gradients_(options.shards, std::vector<float>(parameters_.size())),
      optimizer_{options.shape, options.optimizer}, engines_{
                                                      std::move(engines)} {
  }

  /// Computes one step over `groups`. Returns the mean loss.
  double step(const std::vector<group>& groups, double factor) {
    std::vector<packed_sequence> sequences(groups.size());
    std::vector<std::size_t> cost;
    std::size_t supervised = 0;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      sequences[i] = pack_group(training_, groups[i]);
      cost.push_back(sequences[i].tokens.size());
      supervised += sequences[i].targets.size();
      tokens_ += cost.back();
      examples_ += groups[i].size();
    }
    const auto shares = balance(cost, options_.shards);
    const auto weight
      = static_cast<float>(1.0 / static_cast<double>(supervised));
    std::vector<pass_result> results(options_.shards);
    for_each(options_.threads, options_.shards, [&](std::size_t shard) {
      auto& gradients = gradients_[shard];
      std::fill(gradients.begin(), gradients.end(), 0.0f);
      for (auto i : shares[shard])
        results[shard] += engines_[shard]->accumulate(parameters_, sequences[i],
                                                      weight, gradients);
    });
    norm_ = reduce();
    pass_result total;
    for (const auto& x : results)
      total += x;
    if (!std::isfinite(norm_) || !std::isfinite(total.loss)) {
      ++skipped_;
      return total.loss / static_cast<double>(supervised);
    }
    optimizer_.begin(factor, norm_);
    for_each(options_.threads, optimizer_.parts(), [&](std::size_t part) {
      optimizer_.run(part, parameters_, gradients_.front());
    });
    return total.loss / static_cast<double>(supervised);
  }

  pass_result evaluate() {
    if (evaluation_groups_.empty())
      evaluation_groups_ = plan_epoch(evaluation_, evaluation_group, 0, 0);
    const auto& groups = evaluation_groups_;
    std::vector<pass_result> results(groups.size());
    for_each(options_.threads, options_.shards, [&](std::size_t shard) {
      for (auto i = shard; i < groups.size(); i += options_.shards)
        results[i] = engines_[shard]->evaluate(
          parameters_, pack_group(evaluation_, groups[i]));
    });
    return std::accumulate(
      results.begin(), results.end(), pass_result{},
      [](pass_result a, const pass_result& b) { return a += b; });
  }

  const std::vector<float>& parameters() const {
    return parameters_;
  }

  /// Everything that the next step depends on but the data.
  void save(training_state& into) const {
    into.parameters = parameters_;
    into.first = optimizer_.first();
    into.second = optimizer_.second();
    into.optimizer_steps = optimizer_.steps();
  }

  /// False if it is the state of another shape.
  bool restore(training_state&& from, std::size_t tokens, std::size_t examples,
               std::size_t skipped) {
    if (from.parameters.size() != parameters_.size()
        || from.first.size() != optimizer_.first().size()
        || from.second.size() != optimizer_.second().size())
      return false;
    parameters_ = std::move(from.parameters);
    optimizer_.restore(std::move(from.first), std::move(from.second),
                       from.optimizer_steps);
    tokens_ = tokens;
    examples_ = examples;
    skipped_ = skipped;
    return true;
  }

  std::size_t tokens() const {
    return tokens_;
  }

  std::size_t examples() const {
    return examples_;
  }

  std::size_t skipped() const {
    return skipped_;
  }

  double norm() const {
    return norm_;
  }

private:
  /// Adds all gradients into the first, in order. Returns their norm.
  double reduce() {
    constexpr std::size_t chunk = 65536;
    const auto size = parameters_.size();
    const auto chunks = (size + chunk - 1) / chunk;
    std::vector<double> squares(chunks);
    const auto& kernels = ops::best();
    for_each(options_.threads, chunks, [&](std::size_t i) {
      const auto begin = i * chunk;
      const auto count = std::min(chunk, size - begin);
      auto* sum = gradients_.front().data() + begin;
      for (std::size_t s = 1; s < gradients_.size(); ++s)
        kernels.add(gradients_[s].data() + begin, sum, count);
      squares[i] = kernels.squares(sum, count);
    });
    return std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0));
  }

  const std::vector<example>& training_;
  const std::vector<example>& evaluation_;
  const train_options& options_;
  std::vector<float> parameters_;
  std::vector<std::vector<float>> gradients_;
  optimizer optimizer_;
  /// One a shard.
  std::vector<std::unique_ptr<engine>> engines_;
  std::vector<group> evaluation_groups_;
  std::size_t tokens_ = 0;
  std::size_t examples_ = 0;
  std::size_t skipped_ = 0;
  double norm_ = 0;
};

/// All steps of a training, each a list of groups, laid out beforehand.
std::vector<std::vector<group>> plan(const std::vector<example>& training,
                                     const train_options& options) {
  auto wanted = static_cast<std::size_t>(
    options.epochs * static_cast<double>(training.size()) + 0.5);
  if (options.max_examples > 0)
    wanted = std::min(wanted, options.max_examples);
  std::vector<std::vector<group>> steps;
  std::vector<group> open;
  std::size_t in_step = 0, in_all = 0;
  for (std::size_t epoch = 0; in_all < wanted; ++epoch)
    for (auto& x : plan_epoch(training, options.group, options.seed, epoch)) {
      if (in_all >= wanted)
        break;
      in_step += x.size();
      in_all += x.size();
      open.push_back(std::move(x));
      if (in_step >= options.batch) {
        steps.push_back(std::move(open));
        open.clear();
        in_step = 0;
      }
    }
  if (!open.empty())
    steps.push_back(std::move(open));
  return steps;
}

status check_options(const train_options& x, std::size_t examples) {
  if (examples == 0)
    return fault{errc::invalid_option, "no example to train on"};
  if (x.batch == 0 || x.group == 0 || x.shards == 0 || x.threads == 0)
    return fault{errc::invalid_option,
                 "batch, group, shards and threads must be positive"};
  if (!(x.epochs > 0) || x.epochs > 1e6)
    return fault{errc::invalid_option, "epochs must be positive"};
  if (!(x.warmup >= 0 && x.warmup < 1))
    return fault{errc::invalid_option, "warmup must be in [0, 1)"};
  return check(x.shape);
}

/// How a training stands beside its numbers, from one step to the next.
struct standing {
  train_report report;
  std::size_t worse = 0;
  bool kept = false;
  double last_losses = 0;
  std::size_t last_count = 0;
};

nlohmann::json to_json(const train_progress& x) {
  const auto maybe = [](const std::optional<double>& y) {
    return y ? nlohmann::json(*y) : nlohmann::json();
  };
  return {x.step,
          x.steps,
          x.epoch,
          x.train_loss,
          maybe(x.eval_loss),
          maybe(x.eval_exact),
          x.tokens,
          x.tokens_per_second,
          x.learning_rate,
          x.gradient_norm,
          x.seconds};
}

/// JSON has no infinity and no NaN, and writes both as null.
double number(const nlohmann::json& x) {
  return x.is_number() ? x.get<double>()
                       : std::numeric_limits<double>::quiet_NaN();
}

train_progress progress_from(const nlohmann::json& x) {
  auto y = train_progress{};
  y.step = x.at(0);
  y.steps = x.at(1);
  y.epoch = number(x.at(2));
  y.train_loss = number(x.at(3));
  if (!x.at(4).is_null())
    y.eval_loss = number(x.at(4));
  if (!x.at(5).is_null())
    y.eval_exact = number(x.at(5));
  y.tokens = x.at(6);
  y.tokens_per_second = number(x.at(7));
  y.learning_rate = number(x.at(8));
  y.gradient_norm = number(x.at(9));
  y.seconds = number(x.at(10));
  return y;
}

status save_standing(const resume_point& where, const training_run& run,
                     const standing& x, std::size_t step) {
  auto curve = nlohmann::json::array();
  for (const auto& point : x.report.curve)
    curve.push_back(to_json(point));
  auto state = training_state{};
  state.key = where.key;
  state.step = step;
  state.counters = nlohmann::json{{"tokens", run.tokens()},
                                  {"examples", run.examples()},
                                  {"skipped", run.skipped()},
                                  {"best_step", x.report.best_step},
                                  {"eval_loss", x.report.eval_loss},
                                  {"eval_exact", x.report.eval_exact},
                                  {"seconds", x.report.seconds},
                                  {"worse", x.worse},
                                  {"kept", x.kept},
                                  {"last_losses", x.last_losses},
                                  {"last_count", x.last_count},
                                  {"curve", std::move(curve)}}
                     .dump();
  run.save(state);
  return save_training_state(where.file, state);
}

/// Takes up what was left, and returns the steps that are done: none if there
/// is nothing that fits.
std::size_t resume_standing(const resume_point& where, training_run& run,
                            standing& x) {
  if (where.file.empty())
    return 0;
  auto state = load_training_state(where.file, where.key);
  if (!state)
    return 0;
  const auto counters = nlohmann::json::parse(state->counters, nullptr, false);
  if (!counters.is_object())
    return 0;
  const auto done = state->step;
  // Only we write this file, and its digest was right.
  if (!run.restore(std::move(*state), counters.at("tokens"),
                   counters.at("examples"), counters.at("skipped")))
    return 0;
  x.report.best_step = counters.at("best_step");
  x.report.eval_loss = number(counters.at("eval_loss"));
  x.report.eval_exact = number(counters.at("eval_exact"));
  x.report.seconds = number(counters.at("seconds"));
  x.worse = counters.at("worse");
  x.kept = counters.at("kept");
  x.last_losses = number(counters.at("last_losses"));
  x.last_count = counters.at("last_count");
  for (const auto& point : counters.at("curve"))
    x.report.curve.push_back(progress_from(point));
  return done;
}

} // namespace

double rate_factor(const train_options& options, std::size_t step,
                   std::size_t steps) {
  const auto warm = options.warmup * static_cast<double>(steps);
  const auto at = static_cast<double>(step);
  if (at < warm)
    return at / warm;
  if (options.schedule == schedule_kind::constant)
    return 1;
  const auto rest = static_cast<double>(steps) - warm;
  const auto done = rest > 0 ? std::min(1.0, (at - warm) / rest) : 1.0;
  const auto left = options.schedule == schedule_kind::cosine
                      ? 0.5 * (1 + std::cos(std::numbers::pi * done))
                      : 1 - done;
  return options.final_rate + (1 - options.final_rate) * left;
}

expected<train_report>
train(const std::vector<example>& training,
      const std::vector<example>& evaluation, const text::bpe& vocabulary,
      const train_options& options, const std::filesystem::path& folder,
      const std::function<bool(const train_progress&)>& on_progress,
      const resume_point& resume) {
  auto fitted = options;
  fitted.shape.vocabulary = (vocabulary.size() + 15) / 16 * 16;
  fitted.shape.positions
    = std::max({std::size_t{1024}, longest(training), longest(evaluation)});
  if (auto fits = check_options(fitted, training.size()); !fits)
    return fits.error();
  for (auto checked :
       {check_examples(training, vocabulary.size(), "training"),
        check_examples(evaluation, vocabulary.size(), "evaluation")})
    if (!checked)
      return checked.error();
  // The vocabulary is there first: a run that dies leaves readable parts.
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed)
    return fault{errc::io_error,
                 "cannot create " + folder.string() + ": " + failed.message()};
  if (auto saved = vocabulary.save(folder / "tokenizer.json"); !saved)
    return saved.error();

  const auto begin = std::chrono::steady_clock::now();
  const auto steps = plan(training, fitted);
  std::vector<std::unique_ptr<engine>> engines;
  for (std::size_t i = 0; i < fitted.shards; ++i) {
    auto made = make_engine(fitted.engine, fitted.shape, fitted.device);
    if (!made)
      return made.error();
    engines.push_back(std::move(*made));
  }
  training_run run{training, evaluation, fitted, std::move(engines)};
  standing now_at;
  auto& [report, worse, kept, last_losses, last_count] = now_at;
  report.parameters = run.parameters().size();
  const auto done = resume_standing(resume, run, now_at);
  const auto before = report.seconds;
  const auto seconds = [&] {
    return before
           + std::chrono::duration<double>(std::chrono::steady_clock::now()
                                           - begin)
               .count();
  };
  const auto every_point = std::max<std::size_t>(1, steps.size() / 500);
  const auto last_share = std::max<std::size_t>(1, steps.size() / 100);
  for (std::size_t i = done; i < steps.size() && !report.stopped_early; ++i) {
    const auto factor = rate_factor(fitted, i + 1, steps.size());
    train_progress now;
    now.step = i + 1;
    now.steps = steps.size();
    now.train_loss = run.step(steps[i], factor);
    now.epoch = static_cast<double>(run.examples())
                / static_cast<double>(training.size());
    now.tokens = run.tokens();
    now.learning_rate = factor * fitted.optimizer.rate;
    now.gradient_norm = run.norm();
    if (i + last_share >= steps.size()) {
      last_losses += now.train_loss;
      ++last_count;
    }
    const auto last = i + 1 == steps.size();
    const auto due
      = last
        || (fitted.evaluate_every > 0 && (i + 1) % fitted.evaluate_every == 0);
    if (due && !evaluation.empty()) {
      const auto found = run.evaluate();
      now.eval_loss = found.loss / static_cast<double>(found.supervised);
      now.eval_exact = static_cast<double>(found.exact)
                       / static_cast<double>(found.examples);
    }
    const auto better
      = now.eval_loss ? !kept || *now.eval_loss < report.eval_loss : last;
    if (better) {
      if (auto saved = save_checkpoint(folder, fitted.shape, run.parameters());
          !saved)
        return saved.error();
      kept = true;
      worse = 0;
      report.best_step = now.step;
      report.eval_loss = now.eval_loss.value_or(0);
      report.eval_exact = now.eval_exact.value_or(0);
    } else if (now.eval_loss) {
      ++worse;
      report.stopped_early = fitted.patience > 0 && worse >= fitted.patience;
    }
    now.seconds = seconds();
    now.tokens_per_second = static_cast<double>(now.tokens) / now.seconds;
    report.steps = now.step;
    report.seconds = now.seconds;
    report.tokens_per_second = now.tokens_per_second;
    report.train_loss = last_count > 0
                          ? last_losses / static_cast<double>(last_count)
                          : now.train_loss;
    if (now.eval_loss || last || i % every_point == 0)
      report.curve.push_back(now);
    const auto goes_on = !on_progress || on_progress(now);
    if (!resume.file.empty() && !last && !report.stopped_early
        && (!goes_on || (resume.every > 0 && now.step % resume.every == 0)))
      if (auto saved = save_standing(resume, run, now_at, now.step); !saved)
        return saved.error();
    if (!goes_on)
      return fault{errc::cancelled, "training was cancelled at step "
                                      + std::to_string(now.step)};
  }
  report.tokens = run.tokens();
  report.examples = run.examples();
  report.skipped = run.skipped();
  if (!resume.file.empty())
    std::filesystem::remove(resume.file, failed);
  return std::move(report);
}

} // namespace aura::model
