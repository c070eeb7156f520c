#pragma once

#include <cstddef>
#include <string>

namespace aura::net {

/// What a pipeline file says about the language model it asks.
struct language_model_options {
  std::string base_url = "https://api.openai.com/v1";
  std::string model;
  std::string dialect = "openai";
  std::string api_key_env = "OPENAI_API_KEY";
  std::string ca_file;
  std::string journal;
  bool replay = false;
  std::size_t max_tokens = 512;
  double temperature = -1.0;
  std::string extra_body;
  std::size_t in_flight = 16;
  std::size_t attempts = 6;
  double first_byte_timeout = 120.0;
  double request_timeout = 180.0;
  double requests_per_minute = 0.0;
  double tokens_per_minute = 0.0;
  double price_input = 0.0;
  double price_output = 0.0;
  double budget = 0.0;
  std::size_t batch_rows = 1000;
  double batch_wait = 5.0;
  double poll_interval = 5.0;
};

template <class Visitor>
void describe(Visitor& v, language_model_options& x) {
  v("base-url", x.base_url,
    "Where the language model is asked: https://host[:port]/path, or http:// "
    "for this machine.");
  v("model", x.model, "The model's name at that server.");
  v.choice("dialect", x.dialect,
           {"openai", "vllm", "sglang", "llama-cpp", "openrouter"},
           "How that server deviates from OpenAI's protocol.");
  v("api-key-env", x.api_key_env,
    "The environment variable that holds the key; empty: no key is sent. The "
    "key itself is never written anywhere.");
  v.file("ca-file", x.ca_file,
         "A PEM file of certificate authorities instead of SSL_CERT_FILE and "
         "the system's.");
  v("journal", x.journal,
    "The file that keeps what was bought, for runs to share; empty: one in the "
    "run folder.");
  v.tuning("replay", x.replay,
           "Take every answer from the journal and ask nobody; one that is not "
           "there ends the run.");
  v.number("max-tokens", x.max_tokens, 1, 1'000'000,
           "The longest reply, in tokens.");
  v.number("temperature", x.temperature, -1.0, 2.0,
           "Of the sampling; below 0: whatever the server does.");
  v("extra-body", x.extra_body,
    "A JSON object that is merged into every request.");
  v.tuning("in-flight", x.in_flight, 1, 4096,
           "Requests at the server at once, at most.");
  v.tuning("attempts", x.attempts, 1, 100,
           "Tries of one request, refusals for load not counted.");
  v.tuning("first-byte-timeout", x.first_byte_timeout, 0.01, 3600.0,
           "Seconds from a request to the first byte of its reply.");
  v.tuning("request-timeout", x.request_timeout, 0.01, 7200.0,
           "Seconds for one try of a request, everything included.");
  v.tuning("requests-per-minute", x.requests_per_minute, 0.0, 1e9,
           "What the server allows; 0: no limit.");
  v.tuning("tokens-per-minute", x.tokens_per_minute, 0.0, 1e12,
           "The same in tokens, of prompts and replies together; 0: no limit.");
  v.tuning("price-input", x.price_input, 0.0, 1e6,
           "Dollars for a million tokens of a prompt.");
  v.tuning("price-output", x.price_output, 0.0, 1e6,
           "Dollars for a million tokens of a reply.");
  v.tuning("budget", x.budget, 0.0, 1e9,
           "Dollars that the answers in the journal may cost together, those "
           "of earlier runs too; what would go over it is not asked, and the "
           "run stops; 0: no limit.");
  v.tuning("batch-rows", x.batch_rows, 1, 50'000,
           "Questions in one batch of provider openai-batch, at most.");
  v.tuning("batch-wait", x.batch_wait, 0.0, 3600.0,
           "Seconds without a new question after which a batch is sent off "
           "though it is not full.");
  v.tuning("poll-interval", x.poll_interval, 0.01, 3600.0,
           "Seconds until a batch is first asked for; later polls are rarer.");
}

} // namespace aura::net
