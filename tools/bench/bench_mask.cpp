#include "kernels/base/random.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/tokens.hpp"
#include "kernels/model/guide.hpp"
#include "kernels/schema/load.hpp"
#include "kernels/skeleton/grammar_sampler.hpp"
#include "kernels/skeleton/sampler.hpp"
#include "kernels/text/tokenizer.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

// bench_mask TOKENIZER SCHEMA QUERIES: how long the mask over a whole
// vocabulary takes at every token of drawn queries, of the data that models are
// trained on and of every production of the language, and at every token of
// walks that choose any token of the mask; then what a fresh schema costs. In
// microseconds of processor time.

namespace {

using namespace aura;

/// Of this thread's processor time, which others on the machine do not add to.
struct clock_type {
  static double now() {
    auto x = timespec{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &x);
    return static_cast<double>(x.tv_sec) * 1e6
           + static_cast<double>(x.tv_nsec) / 1e3;
  }
};

double micros(double since) {
  return clock_type::now() - since;
}

void report(const char* what, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) {
    return times[std::min(
      times.size() - 1,
      static_cast<std::size_t>(share * static_cast<double>(times.size())))];
  };
  auto sum = 0.0;
  for (auto x : times)
    sum += x;
  std::printf("%-34s n %6zu  mean %7.1f  p50 %7.1f  p90 %7.1f  p99 %7.1f  max "
              "%8.1f us\n",
              what, times.size(), sum / static_cast<double>(times.size()),
              at(0.5), at(0.9), at(0.99), times.back());
}

/// Literals of the query itself, which its question mentions.
dsl::vocabulary_in_scope literals_of(const std::string& text) {
  auto result = dsl::vocabulary_in_scope{};
  for (const auto& t : dsl::tokenize(text).tokens) {
    if (t.kind == dsl::token_kind::integer || t.kind == dsl::token_kind::real)
      result.numbers.emplace_back(raw(t, text));
    if (t.kind == dsl::token_kind::text)
      result.texts.push_back(value(t, text));
  }
  return result;
}

struct bench {
  const schema::schema& domain;
  const text::tokenizer& vocabulary;
  const model::token_classes& classes;
  text::token_set mask{vocabulary.size()};

  dsl::constraint constrain(const std::string& query, bool restricted) const {
    auto scope = literals_of(query);
    scope.restrict_literals = restricted;
    return {domain, std::move(scope)};
  }

  /// The masks of one query as its tokens come, and what asking for the next
  /// token alone takes.
  void follow(const std::string& query, bool restricted,
              std::vector<double>& masks, std::vector<double>& checks) {
    const auto ids = vocabulary.encode(query, {false, false});
    auto at = model::guide{classes, constrain(query, restricted)};
    auto lone = model::guide{classes, constrain(query, restricted)};
    for (auto id : *ids) {
      const auto since = clock_type::now();
      at.fill(mask);
      masks.push_back(micros(since));
      const auto bytes = vocabulary.token(id);
      const auto asked = clock_type::now();
      const auto allowed = lone.allows(bytes);
      checks.push_back(micros(asked));
      if (!allowed || !mask.contains(id)) {
        std::printf("refused: %s after %s\n", std::string{bytes}.c_str(),
                    at.text().c_str());
        return;
      }
      at.append(bytes);
      lone.append(bytes);
    }
  }

  void wander(const std::string& query, bool restricted, random_stream& random,
              std::vector<double>& masks) {
    auto at = model::guide{classes, constrain(query, restricted)};
    for (auto n = 0; n < 60; ++n) {
      const auto since = clock_type::now();
      at.fill(mask);
      masks.push_back(micros(since));
      const auto count = mask.count();
      if (count == 0)
        return;
      auto left = random.below(count);
      auto id = std::int32_t{0};
      while (!mask.contains(id) || left-- > 0)
        ++id;
      at.append(vocabulary.token(id));
    }
  }
};

schema::schema large(std::size_t tables, std::size_t columns) {
  auto result = schema::schema{};
  for (std::size_t t = 0; t < tables; ++t) {
    auto& x = result.tables.emplace_back();
    x.name = "table_" + std::to_string(t);
    for (std::size_t c = 0; c < columns; ++c) {
      auto& y = x.columns.emplace_back();
      y.name = "column_" + std::to_string(t) + "_" + std::to_string(c);
      y.type = c % 2 == 0 ? schema::type::integer : schema::type::text;
    }
  }
  return result;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: bench_mask TOKENIZER SCHEMA QUERIES\n");
    return 2;
  }
  const auto vocabulary = text::tokenizer::load(argv[1]);
  const auto domain = schema::load(argv[2]);
  if (!vocabulary || !domain) {
    std::fprintf(
      stderr, "%s\n",
      (vocabulary ? domain.error() : vocabulary.error()).message.c_str());
    return 3;
  }
  const auto count = std::strtoull(argv[3], nullptr, 10);
  auto tokens = std::vector<std::string_view>{};
  for (std::size_t i = 0; i < vocabulary->size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    tokens.push_back(vocabulary->is_special(id) ? std::string_view{}
                                                : vocabulary->token(id));
  }
  auto since = clock_type::now();
  const auto classes = model::token_classes{tokens};
  std::printf("vocabulary: %zu tokens, trie of %zu nodes in %.1f ms\n",
              tokens.size(), classes.trie().nodes(), micros(since) / 1000);

  auto x = bench{*domain, *vocabulary, classes};
  for (const auto restricted : {true, false}) {
    std::printf("literals %s\n", restricted ? "restricted" : "free");
    auto trained = std::vector<double>{};
    auto any = std::vector<double>{};
    auto walks = std::vector<double>{};
    auto checks = std::vector<double>{};
    for (std::uint64_t i = 0; i < count; ++i) {
      auto random = random_stream{5, "bench_mask", i};
      auto options = skeleton::sampler_options{};
      options.now = "2024-12-31 12:00:00";
      const auto usual = dsl::print(skeleton::sample(*domain, options, random));
      x.follow(usual, restricted, trained, checks);
      x.wander(usual, restricted, random, walks);
      auto drawn = skeleton::sample_grammar(*domain, {}, random);
      const auto query = dsl::print(dsl::canonical(std::move(drawn.query)));
      if (query.find('$') == query.npos
          && x.constrain(query, true).viable(query))
        x.follow(query, restricted, any, checks);
    }
    report("masks, queries of the data", trained);
    report("masks, queries of every production", any);
    report("masks, random walks", walks);
    report("one token asked for", checks);
  }

  const auto schema = large(200, 50);
  auto swaps = std::vector<double>{};
  for (auto i = 0; i < 20; ++i) {
    since = clock_type::now();
    auto at = model::guide{classes, {schema, {}}};
    at.append("SOURCE table_7 |> FILTER ");
    at.append("column_7_1");
    at.fill(x.mask);
    swaps.push_back(micros(since));
  }
  report("fresh schema, 10,000 columns", swaps);
}
