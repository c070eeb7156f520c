// A run whose questions are carried by workers in processes of their own.

#include "actors/net/mock_answer.hpp"
#include "actors/net/mock_llm.hpp"
#include "kernels/base/json.hpp"
#include "kernels/schema/load.hpp"
#include "tests/pipelines/program.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>
#include <fstream>

namespace aura::testing {
namespace {

class Workers : public Program {
protected:
  Workers() {
    ::setenv("OPENAI_API_KEY", "sk-workers", 1);
    ::setenv("SSL_CERT_FILE", (folder / "ca.pem").c_str(), 1);
    auto loaded = schema::load(AURA_SOURCE_DIR "/configs/schemas/shop.yaml");
    auto identity = net::issue_identity({"localhost"});
    auto plan = net::parse_fault_plan("latency:5,jitter:20");
    if (!loaded || !identity || !plan)
      return;
    std::ofstream{folder / "ca.pem"} << identity->authority;
    auto options = net::mock_llm_options{};
    options.identity = *identity;
    options.faults = *plan;
    options.answer = net::make_mock_answer(
      {std::make_shared<const schema::schema>(*std::move(loaded))});
    auto started = net::mock_llm::start(std::move(options));
    if (started)
      model = std::make_unique<net::mock_llm>(*std::move(started));
  }

  ~Workers() override {
    for (auto child : children) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
    ::unsetenv("SSL_CERT_FILE");
    ::unsetenv("OPENAI_API_KEY");
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
            "infill.in-flight=16",
            "infill.base_url=https://localhost:" + std::to_string(model->port())
              + "/v1"};
  }

  pid_t start_worker(const std::string& port) {
    const auto child = ::fork();
    if (child == 0) {
      [[maybe_unused]] auto* file = std::freopen("/dev/null", "w", stderr);
      const auto where = "127.0.0.1:" + port;
      ::execl(AURA_WORKER, AURA_WORKER, "--connect", where.c_str(), "--slots",
              "4", nullptr);
      ::_exit(98);
    }
    children.push_back(child);
    return child;
  }

  /// A port that nobody listens on.
  static std::string free_port() {
    const auto socket = ::socket(AF_INET, SOCK_STREAM, 0);
    auto address = sockaddr_in{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto size = socklen_t{sizeof address};
    auto* where = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket, where, size), 0);
    EXPECT_EQ(::getsockname(socket, where, &size), 0);
    ::close(socket);
    return std::to_string(ntohs(address.sin_port));
  }

  std::unique_ptr<net::mock_llm> model;
  std::vector<pid_t> children;
};

TEST_F(Workers, GiveTheBytesOfARunWithoutThem) {
  ASSERT_TRUE(model);
  const auto alone = run(words("alone"));
  ASSERT_EQ(alone.code, 0) << alone.err;
  const auto port = free_port();
  auto remote = words("remote");
  remote.insert(remote.end(), {"infill.listen=127.0.0.1:" + port,
                               "infill.listen-local=false"});
  auto killed = 0;
  const auto result
    = run_program(folder, remote, [&](const std::string& line, pid_t) {
        if (children.empty())
          for (auto i = 0; i < 3; ++i)
            start_worker(port);
        // Once answers come, one of the three falls.
        if (line.find("questions") != std::string::npos && killed++ == 0)
          ::kill(children.front(), SIGKILL);
      });
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_GE(killed, 1);
  EXPECT_EQ(dataset("remote"), dataset("alone"));
  const auto report
    = nlohmann::json::parse(read("remote/report.json"), nullptr, false);
  EXPECT_EQ(report["workers"]["joined"], 3);
  EXPECT_GE(report["workers"]["answered"], 160);
  // At most what the fallen one had in flight was asked again.
  EXPECT_LE(report["workers"]["repeated"], 4);
}

} // namespace
} // namespace aura::testing
