#pragma once

#include "actors/net/authority.hpp"
#include "actors/net/fault_plan.hpp"
#include "actors/net/policy.hpp"

#include <functional>
#include <map>
#include <memory>

namespace aura::net {

struct mock_llm_options {
  /// 0: any free port.
  std::uint16_t port = 0;
  /// What to prove identity with; none: plain HTTP.
  std::optional<net::identity> identity;
  /// Requests without this bearer token get a 401. Empty: anybody may ask.
  std::string key;
  fault_plan faults;
  /// So often a batch is asked for before it shows its results.
  std::size_t batch_polls = 1;
  /// Writes the content of a completion, given what the user has said. Called
  /// on the thread of the server.
  std::function<expected<std::string>(const std::string& text)> answer;
  /// Answers every chat with so many bytes of nothing instead, by a reply that
  /// is written once: to measure clients, and not this server.
  std::size_t canned = 0;
};

/// What a server has seen so far.
struct mock_llm_stats {
  std::uint64_t connections = 0;
  /// Those that are there now.
  std::uint64_t connected = 0;
  /// Of these, those that went on with the TLS session of an earlier one.
  std::uint64_t resumed = 0;
  std::uint64_t requests = 0;
  /// Those that have come and have no whole reply yet.
  std::uint64_t open = 0;
  /// Of these, those that nobody works on yet.
  std::uint64_t waiting = 0;
  /// Requests that got a whole completion, and how many different ones.
  std::uint64_t completions = 0;
  std::uint64_t distinct = 0;
  /// Pages of files and batches that were asked for.
  std::uint64_t batch_calls = 0;
  std::uint64_t most_in_flight = 0;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
  std::map<std::string, std::uint64_t> mishaps;

  /// As the reply to `GET /stats`.
  std::string to_json() const;
};

/// An HTTP server on the loopback interface that speaks OpenAI's chat
/// completions (`POST …/chat/completions`) and its batches (`…/files`,
/// `…/batches`), counts (`GET /stats`) and goes wrong on purpose. For tests,
/// benchmarks and trying pipelines out. Thread-safe.
class mock_llm {
public:
  /// Listens and starts a thread. Fails with `network` if the port is taken.
  static expected<mock_llm> start(mock_llm_options options);

  // Closes every connection and joins the thread.
  ~mock_llm();
  mock_llm(mock_llm&&) noexcept;
  mock_llm& operator=(mock_llm&&) noexcept;

  std::uint16_t port() const;

  mock_llm_stats stats() const;

  /// Reads requests from now on and works on none of them, until `go_on`.
  void hold();
  void go_on();

private:
  class server;

  explicit mock_llm(std::unique_ptr<server> x);

  std::unique_ptr<server> server_;
};

} // namespace aura::net
