// Many requests and random trouble, over real TLS: every key is answered once,
// and nothing grows. AURA_SOAK_REQUESTS says how many; the label `soak` runs
// ten thousand.

#include "actors/error.hpp"
#include "actors/flow/journal.hpp"
#include "actors/net/language_model.hpp"
#include "tests/actors/net/loopback.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <cstdlib>
#include <set>

namespace aura::net {
namespace {

using namespace std::chrono_literals;

std::size_t open_descriptors() {
  auto count = std::size_t{0};
  for ([[maybe_unused]] const auto& x :
       std::filesystem::directory_iterator{"/proc/self/fd"})
    ++count;
  return count;
}

/// Of this process, server and client together.
std::size_t resident_megabytes() {
  auto pages = std::size_t{0};
  auto ignored = std::size_t{0};
  std::ifstream{"/proc/self/statm"} >> ignored >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) >> 20;
}

// A sanitizer keeps freed memory for a while, to notice its use.
#ifdef __SANITIZE_ADDRESS__
constexpr auto growth_allowed = std::size_t{400};
#else
constexpr auto growth_allowed = std::size_t{24};
#endif

std::size_t wanted_requests() {
  const auto* text = std::getenv("AURA_SOAK_REQUESTS");
  return text ? std::strtoul(text, nullptr, 10) : 900;
}

class Soak : public loopback {};

TEST_F(Soak, AnswersEveryKeyOnceWhateverGoesWrong) {
  completer = [](const std::string& text) -> expected<std::string> {
    return "you said " + text.substr(0, text.find('\n'));
  };
  serve("429:2%4,500%3,503%1,529%1,reset%3,truncate%3,drop%3,error-200%2,"
        "broken-json%1,slow:1%2,two-lengths%1,jitter:3,429:3@200-260");
  auto options = language_model_options{};
  options.base_url = "https://localhost:" + std::to_string(server->port());
  options.model = "mock";
  options.api_key_env = "";
  options.ca_file = ca_file;
  options.in_flight = 48;
  options.attempts = 50; // chance must not be able to use them up
  const auto file = folder + "/answers.journal";
  auto setting = prepare_language_model(options, file, 1);
  ASSERT_TRUE(setting) << setting.error().message;
  // What is under test is that it tries again, not how long it waits.
  setting->dispatch.backoff.transient_base = 1ms;
  setting->dispatch.backoff.throttled_base = 1ms;
  setting->dispatch.budget.per_second = 10'000;

  const auto total = wanted_requests();
  const auto parts = std::size_t{9};
  auto answered = std::size_t{0};
  auto given_up = std::set<std::string>{};
  auto descriptors = std::size_t{0};
  auto memory = std::size_t{0};
  {
    auto config = caf::actor_system_config{};
    auto system = caf::actor_system{config};
    auto self = caf::scoped_actor{system};
    const auto model = spawn_language_model(system, *std::move(setting));
    for (std::size_t part = 0; part < parts; ++part) {
      using handle = decltype(self->request(model, caf::infinite, question{}));
      auto waiting = std::vector<std::pair<std::string, handle>>{};
      for (auto i = part * total / parts; i < (part + 1) * total / parts; ++i) {
        const auto text = "question " + std::to_string(i);
        waiting.emplace_back(
          text, self->request(model, caf::infinite,
                              question{{{{"user", text}}, "", "reply"}}));
      }
      for (auto& [text, x] : waiting)
        x.receive(
          [&, &said = text](answer& y) {
            ++answered;
            if (y.text) {
              EXPECT_EQ(*y.text, "you said " + said);
            } else {
              // Twice unreadable is the one thing that costs a row here.
              EXPECT_EQ(y.text.error().code, errc::invalid_reply);
              given_up.insert(said);
            }
          },
          [&](caf::error& y) { FAIL() << from_caf(y).message; });
      // A third of the way everything that is kept has been made.
      if (part == parts / 3) {
        descriptors = open_descriptors();
        memory = resident_megabytes();
      }
    }
    EXPECT_LE(open_descriptors(), descriptors + 2 * 48);
    EXPECT_LE(resident_megabytes(), memory + growth_allowed);
    caf::anon_send_exit(model, caf::exit_reason::user_shutdown);
  }
  EXPECT_EQ(answered, total);
  EXPECT_LE(given_up.size(), total / 100 + 2);
  EXPECT_GE(server->stats().mishaps.size(), 8u);
  EXPECT_LE(server->stats().most_in_flight, 48u);

  // Every key has exactly one DONE, or was given up.
  const auto journal = flow::journal::open(file);
  ASSERT_TRUE(journal) << journal.error().message;
  auto keys = std::set<std::string>{};
  auto seen = std::size_t{0};
  ASSERT_TRUE(
    journal->visit([&](std::string_view answered_key, std::string_view) {
      ++seen;
      keys.emplace(answered_key);
    }));
  EXPECT_EQ(seen, keys.size());
  EXPECT_EQ(seen + given_up.size(), total);
  EXPECT_EQ(journal->unfinished(), given_up.size());
  EXPECT_GE(server->stats().distinct, seen);
}

} // namespace
} // namespace aura::net
