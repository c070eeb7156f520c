#pragma once

#include "kernels/base/expected.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace aura::net {

/// What somebody asks of a server.
struct http_question {
  std::string method;
  /// Without what stands behind a `?`.
  std::string path;
  std::string body;
};

struct server_reply {
  unsigned status = 200;
  /// `text/html; charset=utf-8`
  std::string type;
  std::string content;
};

/// Where the answer to one question goes: either send(), or begin(), any
/// number of write() and end(). For the one thread that answers.
class http_answer {
public:
  virtual ~http_answer() = default;

  virtual void send(server_reply whole) = 0;

  /// Begins an answer that comes piece by piece.
  virtual void begin(const std::string& type) = 0;
  virtual void write(std::string part) = 0;
  virtual void end() = 0;

  /// Whether anybody waits, and time is left. Ask now and then.
  virtual bool wanted() const = 0;
};

struct answer_server_options {
  /// Others than this machine are only listened to with a key.
  std::string address = "127.0.0.1";
  /// 0: any free one.
  std::uint16_t port = 0;
  /// What `Authorization: Bearer` has to say; empty: nothing.
  std::string key;
  std::size_t most_bytes = 1u << 20;
  std::size_t most_connections = 256;
  /// Threads that answer.
  std::size_t workers = 1;
  /// Questions that wait for them; more are sent away with 429.
  std::size_t queue = 16;
  /// To send a question, to take an answer.
  std::chrono::milliseconds idle{30'000};
  /// To answer, from when it is begun.
  std::chrono::milliseconds work{120'000};
  /// To finish what is under way when it stops.
  std::chrono::milliseconds grace{10'000};
};

/// An HTTP server for those who ask by POST and wait, and for pages by GET.
/// Without a key it listens to this machine alone, to those who ask for it by
/// name, and not to what pages of the web send. What it refuses it says in
/// JSON, as OpenAI's API does. Thread-safe.
class answer_server {
public:
  /// Finds the page of a path, on the server's own thread: quickly.
  using pages = std::function<server_reply(const http_question&)>;
  /// Answers what was posted, on one of the workers.
  using work = std::function<void(const http_question&, http_answer&)>;

  /// Fails with `invalid_option` if others could ask without a key, with
  /// `network` if it cannot listen.
  static expected<answer_server> start(const answer_server_options& options,
                                       pages find, work answer);

  // Finishes what is under way, sends away what waits, and joins the threads.
  ~answer_server();
  answer_server(answer_server&&) noexcept;
  answer_server& operator=(answer_server&&) noexcept;

  std::uint16_t port() const;

private:
  class server;
  class session;
  class session_answer;

  explicit answer_server(std::unique_ptr<server> x);

  std::unique_ptr<server> server_;
};

/// `{"error": {"message", "type", "param", "code"}}`, as OpenAI's API says what
/// went wrong.
server_reply openai_error(unsigned status, const std::string& message,
                          const std::string& code = {});

} // namespace aura::net
