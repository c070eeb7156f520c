#pragma once

#include "actors/net/mock_answer.hpp"
#include "actors/net/mock_llm.hpp"
#include "kernels/base/json.hpp"
#include "kernels/schema/load.hpp"
#include "tests/pipelines/program.hpp"

#include <cstdlib>
#include <fstream>
#include <functional>
#include <mutex>
#include <sstream>

namespace aura::testing {

using nlohmann::json;

constexpr auto planted = "sk-planted-4711-0815";

/// What happens at every question, on the server's thread: may change while it
/// runs, and what was there before is over then.
class question_hook {
public:
  using action = std::function<void(const std::string&)>;

  void operator=(action x) {
    const auto guard = std::lock_guard{mutex_};
    action_ = std::move(x);
  }

  void operator()(const std::string& question) {
    const auto guard = std::lock_guard{mutex_};
    action_(question);
  }

private:
  std::mutex mutex_;
  action action_ = [](const std::string&) {};
};

/// Whole runs against a language model: aura-run in a process of its own, our
/// HTTPS server in this one, and a certificate authority that lives as long as
/// the test.
class Ask : public Program {
protected:
  Ask() {
    ::setenv("OPENAI_API_KEY", planted, 1);
    ::setenv("SSL_CERT_FILE", authority.c_str(), 1);
    auto loaded = schema::load(AURA_SOURCE_DIR "/configs/schemas/shop.yaml");
    EXPECT_TRUE(loaded) << loaded.error().message;
    verbaliser = net::make_mock_answer(
      {std::make_shared<const schema::schema>(*std::move(loaded))});
  }

  ~Ask() override {
    server.reset();
    std::filesystem::remove(authority);
    ::unsetenv("SSL_CERT_FILE");
    ::unsetenv("OPENAI_API_KEY");
  }

  void serve(const std::string& faults,
             const std::vector<std::string>& hosts = {"localhost"}) {
    auto plan = net::parse_fault_plan(faults);
    ASSERT_TRUE(plan) << plan.error().message;
    serve(*plan, net::issue_identity(hosts));
  }

  void serve(const net::fault_plan& plan,
             const expected<net::identity>& identity) {
    auto options = net::mock_llm_options{};
    ASSERT_TRUE(identity);
    options.port = port;
    std::ofstream{authority} << identity->authority;
    options.identity = *identity;
    options.faults = plan;
    options.key = planted;
    options.answer = [this](const std::string& text) {
      on_question(text);
      return verbaliser(text);
    };
    auto started = net::mock_llm::start(std::move(options));
    ASSERT_TRUE(started) << started.error().message;
    server = std::make_unique<net::mock_llm>(*std::move(started));
  }

  std::vector<std::string> words(const std::string& run_folder) const {
    return {data_pipeline,
            "--run-dir",
            run_folder,
            "rows=160",
            "split.eval=10",
            "split.l0=10",
            "split.l1=10",
            "infill.provider=openai",
            "infill.model=mock",
            "infill.in-flight=8",
            "infill.base_url=https://localhost:"
              + std::to_string(server->port()) + "/v1"};
  }

  std::vector<std::string> words(const std::string& run_folder,
                                 const std::vector<std::string>& more) const {
    auto result = words(run_folder);
    result.insert(result.end(), more.begin(), more.end());
    return result;
  }

  json report(const std::string& run_folder) {
    return json::parse(read(run_folder + "/report.json"), nullptr, false);
  }

  /// The rows of a file of JSON lines.
  std::vector<json> rows_of(const std::string& file) {
    auto result = std::vector<json>{};
    auto lines = std::istringstream{read(file)};
    for (auto line = std::string{}; std::getline(lines, line);)
      result.push_back(json::parse(line, nullptr, false));
    return result;
  }

  /// Test rows whose answers are not settled are taken out at the very end, so
  /// that a few of the rows wanted may be missing.
  void expect_wanted(const json& x) {
    EXPECT_GE(x["accepted"], 157);
    EXPECT_LE(x["accepted"], 160);
    EXPECT_EQ(x["dataset"]["wanted"], 160);
  }

  void expect_no_key(const program_result& result) {
    EXPECT_EQ(result.out.find(planted), std::string::npos);
    EXPECT_EQ(result.err.find(planted), std::string::npos);
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator{folder})
      if (entry.is_regular_file()) {
        const auto text = flow::read_file(entry.path());
        ASSERT_TRUE(text) << entry.path();
        EXPECT_EQ(text->find(planted), std::string::npos) << entry.path();
      }
  }

  std::string authority
    = ::testing::TempDir() + "aura-ask-" + std::to_string(::getpid()) + ".pem";
  question_hook on_question;
  std::function<expected<std::string>(const std::string&)> verbaliser;
  std::unique_ptr<net::mock_llm> server;
  /// Where the next server shall listen: a run goes on only with the one it
  /// began with. 0: anywhere.
  std::uint16_t port = 0;
};

} // namespace aura::testing
