#pragma once

#include "actors/net/https_client.hpp"
#include "actors/net/mock_llm.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace aura::net {

/// A real server of ours with a certificate authority of its own, and clients
/// that trust it. Everything stays on the loopback interface.
class loopback : public ::testing::Test {
protected:
  loopback() {
    std::filesystem::create_directories(folder);
  }

  ~loopback() override {
    auto ignored = std::error_code{};
    std::filesystem::remove_all(folder, ignored);
  }

  void serve(const std::string& faults,
             const std::vector<std::string>& hosts = {"localhost", "127.0.0.1"},
             int days = 30) {
    auto options = mock_llm_options{};
    auto identity = issue_identity(hosts, days);
    ASSERT_TRUE(identity);
    std::ofstream{ca_file} << identity->authority;
    options.identity = *identity;
    options.answer = completer;
    options.key = key;
    auto plan = parse_fault_plan(faults);
    ASSERT_TRUE(plan) << plan.error().message;
    options.faults = *plan;
    auto started = mock_llm::start(std::move(options));
    ASSERT_TRUE(started) << started.error().message;
    server = std::make_unique<mock_llm>(*std::move(started));
    client_options.server = {true, "localhost", server->port(), "/v1"};
    client_options.ca_file = ca_file;
  }

  https_client& client() {
    if (!client_) {
      auto started = https_client::start(client_options);
      EXPECT_TRUE(started) << started.error().message;
      client_ = std::make_unique<https_client>(*std::move(started));
    }
    return *client_;
  }

  exchange ask(const std::string& text = "hello") {
    auto request = http_request{};
    request.target = "/chat/completions";
    request.headers = {{"Content-Type", "application/json"}};
    if (!key.empty())
      request.headers.push_back({"Authorization", "Bearer " + key});
    request.body = R"({"model":"mock","messages":[{"role":"user","content":")"
                   + text + R"("}]})";
    return send_and_wait(client(), std::move(request));
  }

  std::string folder
    = ::testing::TempDir() + "aura-net-" + std::to_string(::getpid()) + "-"
      + ::testing::UnitTest::GetInstance()->current_test_info()->name();
  std::string ca_file = folder + "/ca.pem";
  std::string key;
  std::function<expected<std::string>(const std::string&)> completer;
  https_options client_options;
  std::unique_ptr<mock_llm> server;

private:
  std::unique_ptr<https_client> client_;
};

} // namespace aura::net
