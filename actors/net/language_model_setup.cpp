#include "actors/net/https_client.hpp"
#include "actors/net/language_model.hpp"

#include <algorithm>

namespace aura::net {

namespace {

milliseconds from_seconds(double x) {
  return milliseconds{static_cast<std::int64_t>(x * 1000.0)};
}

expected<std::string> find_key(const language_model_options& options,
                               const environment& variable) {
  if (options.api_key_env.empty() || options.replay)
    return std::string{};
  auto key = variable(options.api_key_env.c_str());
  if (key.empty())
    return fault{errc::authentication, "the environment variable "
                                         + options.api_key_env
                                         + " should hold the key and is empty"};
  if (std::any_of(key.begin(), key.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == 127;
      }))
    return fault{errc::authentication,
                 "the key in the environment variable " + options.api_key_env
                   + " holds a space or a control character"};
  return key;
}

} // namespace

chat_settings settings_of(const language_model_options& x) {
  auto result = chat_settings{};
  result.model = x.model;
  result.dialect = parse_dialect(x.dialect).value_or(dialect::openai);
  result.max_tokens = x.max_tokens;
  if (x.temperature >= 0.0)
    result.temperature = x.temperature;
  result.extra_body = x.extra_body;
  return result;
}

status check(const language_model_options& x, const environment& variable) {
  const auto server = parse_endpoint(x.base_url);
  if (!server)
    return server.error();
  if (!parse_dialect(x.dialect))
    return fault{errc::invalid_option, "no dialect '" + x.dialect + "'"};
  if (const auto sound = check(settings_of(x)); !sound)
    return sound;
  if (const auto tunnel = choose_proxy(*server, variable); !tunnel)
    return tunnel.error();
  if (x.budget > 0.0 && x.price_input <= 0.0 && x.price_output <= 0.0
      && x.dialect != "openrouter")
    return fault{errc::invalid_option,
                 "a budget needs prices: set 'price-input' and 'price-output', "
                 "in dollars for a million tokens"};
  if (const auto key = find_key(x, variable); !key)
    return key.error();
  return ok;
}

expected<language_model_setting>
prepare_language_model(const language_model_options& options,
                       std::filesystem::path journal, std::uint64_t seed,
                       bool in_batches) {
  const auto variable = process_environment();
  if (const auto sound = check(options, variable); !sound)
    return sound.error();
  auto result = language_model_setting{};
  result.options = options;
  result.journal = std::move(journal);
  result.dispatch.in_flight = options.in_flight;
  result.dispatch.attempts = static_cast<unsigned>(options.attempts);
  result.dispatch.seed = seed;
  result.dispatch.requests_per_minute = options.requests_per_minute;
  result.dispatch.tokens_per_minute = options.tokens_per_minute;
  result.dispatch.budget_of_money = options.budget;
  // A replay has nobody to ask: no client, no thread, no socket.
  if (options.replay)
    return result;
  auto server = https_options{};
  server.server = *parse_endpoint(options.base_url);
  server.tunnel = *choose_proxy(server.server, variable);
  server.ca_file = options.ca_file;
  server.pool.connections = options.in_flight;
  server.timeouts.first_byte = from_seconds(options.first_byte_timeout);
  server.timeouts.request = from_seconds(options.request_timeout);
  if (in_batches) {
    // Files of requests and of results are large.
    server.largest_body = std::size_t{1} << 30;
    server.timeouts.write = server.timeouts.request = std::chrono::minutes{30};
  }
  auto client = https_client::start(std::move(server));
  if (!client)
    return client.error();
  result.key = *find_key(options, variable);
  result.send = [shared = std::make_shared<https_client>(*std::move(client))](
                  http_request request, std::function<void(exchange)> done) {
    shared->send(std::move(request), std::move(done));
  };
  return result;
}

} // namespace aura::net
