// A hub in this process, workers in processes of their own, and a language
// model of ours that counts what it was asked.

#include "actors/cluster/hub.hpp"
#include "actors/net/mock_llm.hpp"

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace aura::cluster {
namespace {

namespace fs = std::filesystem;

constexpr auto planted = "sk-planted-0815";

/// Answers as they come in, to wait for.
class inbox {
public:
  std::function<void(net::exchange)> slot(int number) {
    return [this, number](net::exchange x) {
      auto lock = std::lock_guard{mutex_};
      ++times_[number];
      good_ += x.kind == net::trouble::none && x.reply.status == 200 ? 1 : 0;
      changed_.notify_all();
    };
  }

  /// False after a minute: then something hangs.
  bool wait_for(std::size_t count) {
    auto lock = std::unique_lock{mutex_};
    return changed_.wait_for(lock, std::chrono::seconds{60},
                             [&] { return times_.size() >= count; });
  }

  std::size_t good() {
    auto lock = std::lock_guard{mutex_};
    return good_;
  }

  bool each_once() {
    auto lock = std::lock_guard{mutex_};
    for (const auto& [number, times] : times_)
      if (times != 1)
        return false;
    return true;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int, int> times_;
  std::size_t good_ = 0;
};

/// Waits until `x` holds; false after a minute, when something hangs.
bool eventually(const std::function<bool()>& x) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  while (!x()) {
    if (std::chrono::steady_clock::now() > end)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

class Cluster : public ::testing::Test {
protected:
  Cluster() {
    folder = fs::path{testing::TempDir()}
             / ("aura-cluster-" + std::to_string(::getpid()));
    fs::create_directories(folder);
    ::setenv("CLUSTER_KEY", planted, 1);
  }

  ~Cluster() override {
    for (auto x : children) {
      ::kill(x, SIGKILL);
      ::waitpid(x, nullptr, 0);
    }
    station.reset();
    ::unsetenv("CLUSTER_KEY");
    fs::remove_all(folder);
  }

  void serve(const std::string& faults = "") {
    auto identity = net::issue_identity({"localhost"});
    auto plan = net::parse_fault_plan(faults);
    ASSERT_TRUE(identity && plan);
    std::ofstream{folder / "ca.pem"} << identity->authority;
    auto options = net::mock_llm_options{};
    options.identity = *identity;
    options.faults = *plan;
    options.key = planted;
    options.answer = [](const std::string& text) {
      return expected<std::string>{"heard " + text};
    };
    auto started = net::mock_llm::start(std::move(options));
    ASSERT_TRUE(started) << started.error().message;
    model = std::make_unique<net::mock_llm>(*std::move(started));
  }

  hub_options ears() {
    auto result = hub_options{};
    result.where = {"127.0.0.1", 0};
    result.work = {"https://localhost:" + std::to_string(model->port()) + "/v1",
                   "CLUSTER_KEY", 10.0, 20.0};
    return result;
  }

  void listen(hub_options options) {
    auto started = hub::start(std::move(options));
    ASSERT_TRUE(started) << started.error().message;
    station = std::make_unique<hub>(*std::move(started));
  }

  pid_t start_worker(std::vector<std::string> more = {}) {
    auto words
      = std::vector<std::string>{AURA_WORKER,
                                 "--connect",
                                 "127.0.0.1:" + std::to_string(station->port()),
                                 "--slots",
                                 "4",
                                 "--ca-file",
                                 (folder / "ca.pem").string()};
    words.insert(words.end(), more.begin(), more.end());
    const auto log = (folder / "worker.log").string();
    const auto child = ::fork();
    if (child == 0) {
      // Its words go to a file, where a test may look for a key.
      [[maybe_unused]] auto* file = std::freopen(log.c_str(), "a", stderr);
      auto pointers = std::vector<char*>{};
      for (auto& word : words)
        pointers.push_back(word.data());
      pointers.push_back(nullptr);
      ::execv(AURA_WORKER, pointers.data());
      ::_exit(98);
    }
    children.insert(child);
    return child;
  }

  bool joined(std::uint64_t count) {
    return eventually([&] { return station->counts().joined >= count; });
  }

  bool lost(std::uint64_t count) {
    return eventually([&] { return station->counts().lost >= count; });
  }

  /// Stops `child`, and waits until all of its threads stand still.
  static void freeze(pid_t child) {
    ::kill(child, SIGSTOP);
    auto state = 0;
    ::waitpid(child, &state, WUNTRACED);
  }

  int join(pid_t child) {
    auto state = 0;
    ::waitpid(child, &state, 0);
    children.erase(child);
    return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
  }

  void ask(int first, int count) {
    for (auto i = first; i < first + count; ++i) {
      auto out = net::http_request{};
      out.target = "/chat/completions";
      out.headers = {{"Content-Type", "application/json"},
                     {"Authorization", "Bearer of-the-coordinator"}};
      out.body = R"({"model":"m","messages":[{"role":"user","content":")"
                 + std::to_string(i) + "\"}]}";
      station->send(std::move(out), answers.slot(i));
    }
  }

  fs::path folder;
  std::unique_ptr<net::mock_llm> model;
  std::unique_ptr<hub> station;
  std::set<pid_t> children;
  inbox answers;
};

TEST_F(Cluster, WorkersAskWithTheirOwnKey) {
  serve();
  listen(ears());
  const auto first = start_worker();
  const auto second = start_worker();
  // One that comes when all is done finds nobody there.
  ASSERT_TRUE(joined(2));
  ask(0, 40);
  ASSERT_TRUE(answers.wait_for(40));
  EXPECT_EQ(answers.good(), 40u);
  EXPECT_TRUE(answers.each_once());
  EXPECT_EQ(model->stats().distinct, 40u);
  EXPECT_EQ(model->stats().completions, 40u);
  EXPECT_EQ(station->counts().answered, 40u);
  station.reset();
  EXPECT_EQ(join(first), 0);
  EXPECT_EQ(join(second), 0);
  auto log = std::ifstream{folder / "worker.log"};
  const auto said = std::string{std::istreambuf_iterator<char>{log}, {}};
  EXPECT_NE(said.find("registered as number"), std::string::npos);
  EXPECT_EQ(said.find(planted), std::string::npos);
}

TEST_F(Cluster, KilledAndFrozenWorkersLoseNothing) {
  serve("latency:5");
  listen(ears());
  auto victims = std::vector<pid_t>{start_worker(), start_worker()};
  const auto frozen = start_worker();
  ASSERT_TRUE(joined(3));
  const auto total = 400;
  auto fallen = std::uint64_t{0};
  for (auto part = 0u; part < 4; ++part) {
    ask(static_cast<int>(part) * 100, 100);
    ASSERT_TRUE(answers.wait_for(part * 100 + 30));
    if (part == 1) {
      freeze(frozen);
      ++fallen;
    }
    auto& victim = victims[part % 2];
    ::kill(victim, SIGKILL);
    join(victim);
    ASSERT_TRUE(lost(++fallen));
    victim = start_worker();
    ASSERT_TRUE(joined(4 + part));
  }
  ASSERT_TRUE(answers.wait_for(total));
  EXPECT_EQ(answers.good(), static_cast<std::size_t>(total));
  EXPECT_TRUE(answers.each_once());
  EXPECT_EQ(station->counts().lost, 5u);
  // What was in flight when a worker fell may have been bought twice: four
  // slots each of five times.
  const auto seen = model->stats();
  EXPECT_EQ(seen.distinct, static_cast<std::uint64_t>(total));
  EXPECT_LE(seen.completions, static_cast<std::uint64_t>(total) + 5 * 4);
  EXPECT_LE(station->counts().repeated, 5u * 4u);
  // The frozen one comes back as another: nobody else is left to answer.
  for (auto x : victims) {
    ::kill(x, SIGKILL);
    join(x);
    ASSERT_TRUE(lost(++fallen));
  }
  ::kill(frozen, SIGCONT);
  ask(total, 10);
  EXPECT_TRUE(answers.wait_for(total + 10));
  EXPECT_TRUE(answers.each_once());
  EXPECT_EQ(station->counts().joined, 3u + 4u + 1u);
}

// A worker freezes with all that it holds under way, another does its work, and
// then it comes back with answers that nobody waits for.
TEST_F(Cluster, LateAnswersCountOnce) {
  serve();
  listen(ears());
  const auto frozen = start_worker();
  ASSERT_TRUE(joined(1));
  model->hold();
  ask(0, 4);
  ASSERT_TRUE(eventually([&] { return model->stats().waiting == 4; }));
  freeze(frozen);
  model->go_on();
  ASSERT_TRUE(eventually([&] { return model->stats().completions == 4; }));
  ASSERT_TRUE(lost(1));
  EXPECT_EQ(station->counts().answered, 0u);
  start_worker();
  ASSERT_TRUE(answers.wait_for(4));
  EXPECT_EQ(answers.good(), 4u);
  EXPECT_EQ(model->stats().completions, 8u);
  EXPECT_EQ(model->stats().distinct, 4u);
  EXPECT_EQ(station->counts().repeated, 4u);
  ::kill(frozen, SIGCONT);
  EXPECT_TRUE(eventually([&] { return station->counts().late == 4; }));
  EXPECT_EQ(station->counts().answered, 4u);
  EXPECT_EQ(station->counts().joined, 3u);
  EXPECT_TRUE(answers.each_once());
}

TEST_F(Cluster, TrustsOnlyWhoShowsACertificate) {
  serve();
  const auto ours = net::issue_identity({"localhost"});
  const auto theirs = net::issue_identity({"localhost"});
  ASSERT_TRUE(ours && theirs);
  const auto write = [&](const std::string& name, const net::identity& x) {
    std::ofstream{folder / (name + ".pem")} << x.certificate;
    std::ofstream{folder / (name + ".key")} << x.key;
    std::ofstream{folder / (name + ".ca")} << x.authority;
    return certificates{folder / (name + ".pem"), folder / (name + ".key"),
                        folder / (name + ".ca")};
  };
  const auto words = [](const certificates& x) {
    return std::vector<std::string>{"--certificate", x.certificate, "--key",
                                    x.key,           "--authority", x.authority,
                                    "--patience",    "0.5"};
  };
  auto options = ears();
  options.papers = write("ours", *ours);
  listen(options);
  const auto stranger = write("theirs", *theirs);
  EXPECT_EQ(join(start_worker({"--patience", "0.5"})), 4);
  EXPECT_EQ(join(start_worker(words(stranger))), 4);
  EXPECT_EQ(station->counts().joined, 0u);
  ask(0, 10);
  const auto known = start_worker(words(options.papers));
  ASSERT_TRUE(answers.wait_for(10));
  EXPECT_EQ(answers.good(), 10u);
  station.reset();
  EXPECT_EQ(join(known), 0);
}

TEST_F(Cluster, ThisProcessAsksUntilWorkersCome) {
  serve();
  auto options = ears();
  auto here = std::make_shared<std::atomic<int>>(0);
  options.local_slots = 2;
  options.local
    = [here](net::http_request, std::function<void(net::exchange)> done) {
        ++*here;
        auto result = net::exchange{};
        result.reply.status = 200;
        done(std::move(result));
      };
  listen(std::move(options));
  ask(0, 30);
  ASSERT_TRUE(answers.wait_for(30));
  EXPECT_EQ(*here, 30);
  EXPECT_EQ(station->counts().answered, 0u);
}

TEST_F(Cluster, DoesNotWaitForWorkersForEver) {
  serve();
  auto options = ears();
  options.patience = std::chrono::milliseconds{20};
  listen(std::move(options));
  ask(0, 3);
  ASSERT_TRUE(answers.wait_for(3));
  EXPECT_EQ(answers.good(), 0u);
}

TEST_F(Cluster, RefusesWhatIsNotAllowed) {
  serve();
  listen(ears());
  EXPECT_EQ(join(start_worker({"--base-url", "https://elsewhere/v1"})), 2);
  ::unsetenv("CLUSTER_KEY");
  EXPECT_EQ(join(start_worker()), 4);
  // Other machines need certificates, and the three belong together.
  EXPECT_FALSE(check({"0.0.0.0", 7400}, {}));
  EXPECT_FALSE(check({"127.0.0.1", 7400}, {"a.pem", "", ""}));
  EXPECT_EQ(
    check({"0.0.0.0", 7400}, {"none.pem", "none.pem", "none.pem"}).error().code,
    errc::missing_file);
  EXPECT_FALSE(parse_address("7400"));
  EXPECT_FALSE(parse_address("host:99999"));
  EXPECT_EQ(parse_address("[::1]:7400")->host, "::1");
}

TEST_F(Cluster, GivesUpWithoutACoordinator) {
  serve();
  listen(ears());
  const auto port = station->port();
  station.reset();
  const auto child = ::fork();
  if (child == 0) {
    std::freopen("/dev/null", "w", stderr);
    const auto where = "127.0.0.1:" + std::to_string(port);
    ::execl(AURA_WORKER, AURA_WORKER, "--connect", where.c_str(), "--patience",
            "0.3", nullptr);
    ::_exit(98);
  }
  children.insert(child);
  EXPECT_EQ(join(child), 4);
}

} // namespace
} // namespace aura::cluster
