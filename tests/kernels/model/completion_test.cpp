#include "kernels/model/completion.hpp"

#include "kernels/base/random.hpp"
#include "kernels/base/utf8.hpp"
#include "kernels/model/stop_strings.hpp"
#include "tests/kernels/dsl/corpus.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

namespace aura::model {
namespace {

using ids = std::vector<std::int32_t>;

const token_language& phi() {
  static const auto made = [] {
    const auto file = std::filesystem::path{AURA_SOURCE_DIR}
                      / "tests/golden/text/tokenizers/phi.json";
    auto vocabulary = text::tokenizer::load(file);
    EXPECT_TRUE(vocabulary) << vocabulary.error().message;
    const auto first = vocabulary->find_added("<|im_end|>");
    const auto second = vocabulary->find_added("<|im_sep|>");
    EXPECT_TRUE(first && second);
    return token_language{*vocabulary, {*first, *second}};
  }();
  return made;
}

const schema::schema& smart_home() {
  static const auto s = testing::load("configs/schemas/smart_home.yaml");
  return s;
}

/// Says what it is told to, whatever was read before: `script[i][n]` is the
/// token that text `i` likes best once it has read `n` of its own. Where the
/// script has ended, scores are drawn from all that the text has read.
class scripted_reader final : public reader {
public:
  explicit scripted_reader(std::vector<ids> script = {},
                           std::size_t positions = 4096)
    : script_{std::move(script)}, positions_{positions} {
  }

  status start(std::span<const ids> prompts) override {
    prompts_.assign(prompts.begin(), prompts.end());
    texts_ = prompts_;
    logits_.assign(prompts.size(), {});
    for (std::size_t i = 0; i < prompts.size(); ++i)
      look(i);
    return ok;
  }

  std::span<const float> logits(std::size_t i) const override {
    return logits_[i];
  }

  std::size_t room_left(std::size_t i) const override {
    return positions_ - texts_[i].size();
  }

  status append(std::span<const std::size_t> which,
                std::span<const ids> tokens) override {
    ++calls;
    for (std::size_t j = 0; j < which.size(); ++j) {
      auto& text = texts_[which[j]];
      text.insert(text.end(), tokens[j].begin(), tokens[j].end());
      EXPECT_LE(text.size(), positions_);
      look(which[j]);
    }
    return ok;
  }

  std::size_t calls = 0;

private:
  void look(std::size_t i) {
    auto& out = logits_[i];
    out.assign(phi().tokens.size(), 0);
    const auto n = texts_[i].size() - prompts_[i].size();
    if (i < script_.size() && n < script_[i].size()) {
      out[static_cast<std::size_t>(script_[i][n])] = 9;
      return;
    }
    auto key = std::string{};
    for (auto t : texts_[i])
      key += std::to_string(t) + " ";
    auto random = random_stream{3, key};
    for (auto& x : out)
      x = static_cast<float>(4 * random.uniform());
    // So that texts come to an end.
    out[static_cast<std::size_t>(phi().ends.front())] = 3.8f;
  }

  std::vector<ids> script_;
  std::size_t positions_;
  std::vector<ids> prompts_;
  std::vector<ids> texts_;
  std::vector<std::vector<float>> logits_;
};

ids tokens_of(std::string_view text) {
  return *phi().tokens.encode(text, {false, false});
}

ids ended(std::string_view text, std::size_t end = 0) {
  auto result = tokens_of(text);
  result.push_back(phi().ends[end]);
  return result;
}

completion_request request(std::size_t n = 0) {
  auto result = completion_request{};
  result.prompt = {1, 2, static_cast<std::int32_t>(3 + n)};
  result.max_tokens = 60;
  return result;
}

TEST(Sampling, GreedyTakesTheFirstOfTheHighest) {
  const auto x = std::vector<float>{1, 3, 3, std::nanf(""), 2};
  EXPECT_EQ(choose(x, nullptr, {}, 0), 1);
  auto mask = text::token_set{5};
  EXPECT_EQ(choose(x, &mask, {}, 0), std::nullopt);
  mask.insert(3);
  EXPECT_EQ(choose(x, &mask, {}, 0), std::nullopt);
  mask.insert(4);
  EXPECT_EQ(choose(x, &mask, {}, 0), 4);
  const auto never
    = std::vector<float>(3, -std::numeric_limits<float>::infinity());
  EXPECT_EQ(choose(never, nullptr, {}, 0), std::nullopt);
  EXPECT_EQ(choose(never, nullptr, {.temperature = 1}, 0), std::nullopt);
}

/// How often each token is drawn out of 4,000.
std::vector<int> drawn(const std::vector<float>& x, const sampling& how,
                       const text::token_set* mask = nullptr) {
  auto result = std::vector<int>(x.size());
  for (std::uint64_t n = 0; n < 4000; ++n)
    ++result[static_cast<std::size_t>(*choose(x, mask, how, n))];
  return result;
}

TEST(Sampling, DrawsByProbability) {
  // Probabilities 0.5, 0.3, 0.15, 0.05.
  const auto x = std::vector<float>{std::log(0.5f), std::log(0.15f),
                                    std::log(0.3f), std::log(0.05f)};
  const auto all = drawn(x, {.temperature = 1});
  EXPECT_NEAR(all[0], 2000, 130);
  EXPECT_NEAR(all[1], 600, 100);
  EXPECT_NEAR(all[2], 1200, 120);
  EXPECT_NEAR(all[3], 200, 60);
  const auto flat = drawn(x, {.temperature = 1e6});
  for (auto n : flat)
    EXPECT_NEAR(n, 1000, 120);
  EXPECT_EQ(drawn(x, {.temperature = 1e-3})[0], 4000);
}

TEST(Sampling, FiltersLeaveTheMostProbable) {
  const auto x = std::vector<float>{std::log(0.5f), std::log(0.15f),
                                    std::log(0.3f), std::log(0.05f)};
  const auto is_zero = [&](const sampling& how) {
    auto result = std::string{};
    for (auto n : drawn(x, how))
      result += n == 0 ? '0' : '1';
    return result;
  };
  EXPECT_EQ(is_zero({.temperature = 1, .top_k = 1}), "1000");
  EXPECT_EQ(is_zero({.temperature = 1, .top_k = 2}), "1010");
  EXPECT_EQ(is_zero({.temperature = 1, .top_k = 9}), "1111");
  EXPECT_EQ(is_zero({.temperature = 1, .top_p = 0.4}), "1000");
  EXPECT_EQ(is_zero({.temperature = 1, .top_p = 0.7}), "1010");
  EXPECT_EQ(is_zero({.temperature = 1, .top_p = 0.9}), "1110");
  EXPECT_EQ(is_zero({.temperature = 1, .top_p = 0}), "1000");
  EXPECT_EQ(is_zero({.temperature = 1, .min_p = 0.2}), "1110");
  EXPECT_EQ(is_zero({.temperature = 1, .min_p = 0.4}), "1010");
  EXPECT_EQ(is_zero({.temperature = 1, .min_p = 1}), "1000");
}

TEST(Sampling, NeverChoosesWhatIsMasked) {
  for (std::uint64_t i = 0; i < 500; ++i) {
    auto random = random_stream{1, "masked", i};
    auto x = std::vector<float>(100);
    auto mask = text::token_set{100};
    for (std::int32_t t = 0; t < 100; ++t) {
      x[static_cast<std::size_t>(t)] = static_cast<float>(random.uniform());
      if (random.chance(0.1))
        mask.insert(t);
    }
    const auto how = sampling{random.uniform() * 2, random.below(4),
                              random.uniform(), random.uniform() / 2, i};
    const auto token = choose(x, &mask, how, i);
    EXPECT_EQ(token.has_value(), mask.count() > 0);
    if (token) {
      EXPECT_TRUE(mask.contains(*token));
    }
  }
}

TEST(Sampling, DependsOnSeedAndNumberAlone) {
  const auto x = std::vector<float>(50, 0.0f);
  const auto how = sampling{.temperature = 1, .seed = 5};
  auto others = 0;
  for (std::uint64_t n = 0; n < 50; ++n) {
    EXPECT_EQ(choose(x, nullptr, how, n), choose(x, nullptr, how, n));
    const auto other = sampling{.temperature = 1, .seed = 6};
    others += choose(x, nullptr, how, n) != choose(x, nullptr, other, n);
  }
  EXPECT_GT(others, 40);
}

TEST(StopStrings, HoldBackWhatMayBecomeOne) {
  auto x = stop_strings{{"END", "\n\n", ""}};
  EXPECT_EQ(x.push("a\n"), "a");
  EXPECT_EQ(x.push("bE"), "\nb");
  EXPECT_EQ(x.push("NE"), "EN");
  EXPECT_FALSE(x.stopped());
  EXPECT_EQ(x.push("ND and more"), "");
  EXPECT_TRUE(x.stopped());
  EXPECT_EQ(x.push("more"), "");
  EXPECT_EQ(x.finish(), "");
  auto y = stop_strings{{"END"}};
  EXPECT_EQ(y.push("tail EN"), "tail ");
  EXPECT_EQ(y.finish(), "EN");
}

TEST(Completion, AnyEndTokenEndsIt) {
  for (std::size_t end = 0; end < 2; ++end) {
    auto model = scripted_reader{{ended("one two", end)}};
    auto requests = std::vector{request()};
    const auto done = complete(model, phi(), requests);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->front().text, "one two");
    EXPECT_EQ(done->front().why, ending::stop);
    EXPECT_EQ(done->front().tokens, ended("one two", end));
  }
}

TEST(Completion, StopStringsAreCutOffWhereverTokensLie) {
  auto model = scripted_reader{{ended("SELECT a; SELECT b")}};
  auto requests = std::vector{request()};
  requests[0].stops = {"CT b", "; SE"};
  auto heard = std::string{};
  const auto done
    = complete(model, phi(), requests, [&](std::size_t, std::string_view x) {
        heard += x;
        return true;
      });
  ASSERT_TRUE(done);
  EXPECT_EQ(done->front().text, "SELECT a");
  EXPECT_EQ(heard, "SELECT a");
  EXPECT_EQ(done->front().why, ending::stop);
}

TEST(Completion, LengthAndRoomEndIt) {
  auto model = scripted_reader{{ended("one two three four five six")}};
  auto requests = std::vector{request()};
  requests[0].max_tokens = 3;
  auto done = complete(model, phi(), requests);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->front().why, ending::length);
  EXPECT_EQ(done->front().tokens.size(), 3u);
  auto small = scripted_reader{{ended("one two three four five six")}, 5};
  requests[0].max_tokens = 60;
  done = complete(small, phi(), requests);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->front().why, ending::length);
  // The last is said, and not read.
  EXPECT_EQ(done->front().tokens.size(), 3u);
}

TEST(Completion, WhoeverHearsMayHaveEnough) {
  auto model = scripted_reader{{ended("one two"), ended("a b c")}};
  auto requests = std::vector{request(0), request(1)};
  const auto done
    = complete(model, phi(), requests,
               [&](std::size_t i, std::string_view) { return i == 1; });
  ASSERT_TRUE(done);
  EXPECT_EQ((*done)[0].why, ending::cancelled);
  EXPECT_EQ((*done)[1].text, "a b c");
}

TEST(Completion, OnlyWholeCharactersAreHeard) {
  const auto text = std::string{"\xe2\x82\xac and \xf0\x9f\x99\x82"};
  auto model = scripted_reader{{ended(text)}};
  auto requests = std::vector{request()};
  auto heard = std::string{};
  const auto done
    = complete(model, phi(), requests, [&](std::size_t, std::string_view x) {
        EXPECT_EQ(valid_utf8(x), x.size());
        heard += x;
        return true;
      });
  ASSERT_TRUE(done);
  EXPECT_EQ(heard, text);
  EXPECT_EQ(done->front().text, text);
}

TEST(Completion, DoesNotDependOnTheCompany) {
  auto requests = std::vector<completion_request>{};
  const auto rules = dsl::constraint{smart_home(), {}};
  for (std::size_t i = 0; i < 6; ++i) {
    requests.push_back(request(i));
    requests[i].how.temperature = i % 2 == 0 ? 0 : 0.9;
    requests[i].how.seed = i;
    if (i % 3 == 0)
      requests[i].rules = guide{phi().classes, rules};
  }
  auto alone = std::vector<completion>{};
  for (auto x : requests) {
    auto model = scripted_reader{};
    auto one = std::vector{x};
    if (one[0].rules)
      one[0].rules = guide{phi().classes, rules};
    alone.push_back(complete(model, phi(), one)->front());
  }
  auto model = scripted_reader{};
  const auto together = complete(model, phi(), requests);
  ASSERT_TRUE(together);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    EXPECT_EQ((*together)[i].tokens, alone[i].tokens) << i;
    EXPECT_EQ((*together)[i].text, alone[i].text) << i;
  }
}

TEST(Completion, UnderRulesOnlyQueriesComeOut) {
  auto scope = dsl::vocabulary_in_scope{};
  scope.numbers = {"3"};
  scope.texts = {"abc", "2024-03-05"};
  const auto rules = dsl::constraint{smart_home(), scope};
  auto finished = 0;
  for (std::size_t i = 0; i < 24; ++i) {
    auto requests = std::vector{request(i)};
    requests[0].max_tokens = 120;
    requests[0].how.temperature = i % 3 == 0 ? 0 : 0.3;
    requests[0].how.seed = i;
    requests[0].rules = guide{phi().classes, rules};
    auto model = scripted_reader{};
    const auto done = complete(model, phi(), requests);
    ASSERT_TRUE(done);
    const auto& x = done->front();
    EXPECT_NE(x.why, ending::stuck) << x.text;
    EXPECT_TRUE(x.why == ending::stop ? rules.complete(x.text)
                                      : rules.viable(x.text))
      << x.text;
    finished += x.why == ending::stop;
  }
  EXPECT_GT(finished, 3);
}

TEST(Completion, TheModelIsNotAskedWhatHasToCome) {
  const auto query = std::string{"SOURCE energy_consumption |> LIMIT 3"};
  auto scope = dsl::vocabulary_in_scope{};
  scope.numbers = {"3"};
  auto model = scripted_reader{{ended(query)}};
  auto requests = std::vector{request()};
  requests[0].rules
    = guide{phi().classes, dsl::constraint{smart_home(), scope}};
  const auto done = complete(model, phi(), requests);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->front().text, query);
  EXPECT_GT(done->front().forced, 0u);
  EXPECT_EQ(done->front().corrections, 0u);
  EXPECT_EQ(done->front().tokens, ended(query));
  EXPECT_EQ(model.calls + done->front().forced + 1,
            done->front().tokens.size());
}

TEST(Completion, AWrongFirstChoiceIsCorrected) {
  auto model = scripted_reader{{ended("SOURCE nothing")}};
  auto requests = std::vector{request()};
  requests[0].rules = guide{phi().classes, dsl::constraint{smart_home(), {}}};
  const auto done = complete(model, phi(), requests);
  ASSERT_TRUE(done);
  EXPECT_GT(done->front().corrections, 0u);
  EXPECT_TRUE(done->front().text.starts_with("SOURCE "));
}

} // namespace
} // namespace aura::model
