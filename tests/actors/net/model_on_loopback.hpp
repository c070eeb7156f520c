#pragma once

#include "actors/net/language_model.hpp"
#include "tests/actors/net/loopback.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <cstdlib>

namespace aura::net {

/// The actor, the client and the server of ours, over real TLS.
class model_on_loopback : public loopback {
protected:
  static constexpr auto variable = "AURA_TEST_LLM_KEY";
  static constexpr auto planted = "sk-planted-0123456789";

  model_on_loopback() {
    key = planted;
    ::setenv(variable, planted, 1);
    completer = [](const std::string& text) -> expected<std::string> {
      return "you said " + text.substr(0, text.find('\n'));
    };
  }

  ~model_on_loopback() override {
    close();
    ::unsetenv(variable);
  }

  void open() {
    auto options = language_model_options{};
    options.base_url
      = "https://localhost:" + std::to_string(server->port()) + "/v1";
    options.model = "mock";
    options.api_key_env = variable;
    options.ca_file = ca_file;
    options.in_flight = in_flight;
    options.attempts = attempts;
    options.first_byte_timeout = first_byte;
    auto setting
      = prepare_language_model(options, folder + "/answers.journal", 1);
    ASSERT_TRUE(setting) << setting.error().message;
    // What is under test is that it tries again, not how long it waits.
    setting->dispatch.backoff.transient_base = std::chrono::milliseconds{1};
    setting->dispatch.backoff.throttled_base = std::chrono::milliseconds{1};
    setting->dispatch.budget.per_second = 1000;
    model = spawn_language_model(*system, *std::move(setting));
  }

  void close() {
    if (!model)
      return;
    caf::anon_send_exit(model, caf::exit_reason::user_shutdown);
    model = nullptr;
    self->await_all_other_actors_done();
  }

  std::size_t in_flight = 8;
  std::size_t attempts = 6;
  double first_byte = 60;
  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> system
    = std::make_unique<caf::actor_system>(config);
  caf::scoped_actor self{*system};
  language_model_actor model;
};

} // namespace aura::net
