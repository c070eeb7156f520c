#include "actors/net/answer_session.hpp"

#include "actors/net/endpoint.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <openssl/crypto.h>

#include <array>
#include <charconv>

namespace aura::net {

using clock_type = std::chrono::steady_clock;

namespace {

// In a time that does not tell how much of it is right.
bool is_key(std::string_view given, std::string_view key) {
  return given.size() == key.size()
         && CRYPTO_memcmp(given.data(), key.data(), key.size()) == 0;
}

std::string head(unsigned status, const std::string& type,
                 const std::string& framing, bool keep) {
  const auto reason = http::obsolete_reason(http::int_to_status(status));
  return "HTTP/1.1 " + std::to_string(status) + " " + std::string{reason}
         + "\r\nContent-Type: " + type
         + "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff"
           "\r\nContent-Security-Policy: default-src 'none'; style-src "
           "'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
           "img-src data:; frame-ancestors 'none'\r\n"
         + (status == 429 ? "Retry-After: 1\r\n" : "") + framing
         + (keep ? "" : "Connection: close\r\n") + "\r\n";
}

std::string chunk(const std::string& x) {
  auto size = std::array<char, 20>{};
  const auto end
    = std::to_chars(size.data(), size.data() + size.size(), x.size(), 16).ptr;
  return std::string{size.data(), end} + "\r\n" + x + "\r\n";
}

} // namespace

/// Hands what a worker says to the thread of the connection.
class answer_server::session_answer final : public http_answer {
public:
  session_answer(server& owner, std::shared_ptr<session> to)
    : owner_{owner}, to_{std::move(to)}, chunked_{to_->is_chunked()} {
  }

  /// From now on the time runs.
  void start() {
    deadline_ = clock_type::now() + owner_.options_.work;
  }

  /// Somebody else answers.
  void leave() {
    ended_ = true;
  }

  // Nobody waits for ever, whatever became of the worker.
  ~session_answer() override {
    if (!ended_ && begun_)
      end();
    else if (!ended_)
      send(openai_error(503, "the server stops", "unavailable"));
  }

  void send(server_reply whole) override {
    ended_ = true;
    asio::post(owner_.context_,
               [to = to_, x = std::move(whole)] { to->send(x); });
  }

  void begin(const std::string& type) override {
    begun_ = true;
    post(head(200, type, chunked_ ? "Transfer-Encoding: chunked\r\n" : "",
              chunked_),
         false);
  }

  void write(std::string part) override {
    if (!part.empty())
      post(chunked_ ? chunk(part) : std::move(part), false);
  }

  void end() override {
    ended_ = true;
    post(chunked_ ? "0\r\n\r\n" : "", true);
  }

  bool wanted() const override {
    return to_->is_wanted(deadline_);
  }

private:
  void post(std::string bytes, bool last) {
    asio::post(owner_.context_,
               [to = to_, x = std::move(bytes), last] { to->push(x, last); });
  }

  server& owner_;
  std::shared_ptr<session> to_;
  clock_type::time_point deadline_ = clock_type::time_point::max();
  bool chunked_;
  bool begun_ = false;
  bool ended_ = false;
};

answer_server::session::session(server& owner, tcp::socket socket)
  : owner_{owner}, socket_{std::move(socket)}, timer_{owner.context_} {
  // So that a look at what has come never waits for it.
  auto ignored = failure{};
  socket_.non_blocking(true, ignored);
}

void answer_server::session::read() {
  if (owner_.stopping_)
    return close();
  reading_ = true;
  watch();
  parser_.emplace();
  parser_->header_limit(16 << 10);
  parser_->body_limit(owner_.options_.most_bytes);
  http::async_read(
    socket_, buffer_, *parser_,
    [self = shared_from_this()](const failure& problem, std::size_t) {
      self->reading_ = false;
      if (problem)
        return self->refuse(problem);
      self->answer();
    });
}

void answer_server::session::close_if_idle() {
  if (reading_)
    close();
}

void answer_server::session::push(std::string bytes, bool last) {
  if (gone_)
    return;
  outgoing_.push_back(std::move(bytes));
  last_ = last_ || last;
  if (outgoing_.size() == 1)
    write();
}

void answer_server::session::send(const server_reply& x) {
  const auto size
    = "Content-Length: " + std::to_string(x.content.size()) + "\r\n";
  const auto is_head = parser_->get().method() == http::verb::head;
  push(head(x.status, x.type, size, keeps())
         + (is_head ? std::string{} : x.content),
       true);
}

bool answer_server::session::keeps() const {
  return keep_ && !owner_.stopping_;
}

bool answer_server::session::is_wanted(clock_type::time_point deadline) const {
  const auto now = clock_type::now();
  return !gone_ && now < deadline
         && now.time_since_epoch().count() < owner_.end_;
}

// Closes the connection if nothing happens for too long.
void answer_server::session::watch() {
  timer_.expires_after(owner_.options_.idle);
  timer_.async_wait([self = weak_from_this()](const failure& x) {
    if (const auto strong = self.lock(); !x && strong)
      strong->close();
  });
}

void answer_server::session::close() {
  gone_ = true;
  timer_.cancel();
  auto ignored = failure{};
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

void answer_server::session::refuse(const failure& problem) {
  keep_ = false;
  if (problem == http::error::body_limit)
    return send(openai_error(413, "a question has at most "
                                    + std::to_string(owner_.options_.most_bytes)
                                    + " bytes"));
  if (problem == http::error::header_limit)
    return send(openai_error(431, "the header is too long"));
  if (problem == http::error::end_of_stream || gone_
      || problem.category()
           != http::make_error_code(http::error::bad_method).category())
    return close();
  send(openai_error(400, "this is not HTTP: " + problem.message()));
}

void answer_server::session::answer() {
  const auto& request = parser_->get();
  keep_ = request.keep_alive();
  chunked_ = request.version() >= 11;
  const auto field
    = [&](http::field x) { return std::string_view{request[x]}; };
  const auto target = std::string_view{request.target()};
  const auto asked = http_question{
    std::string{request.method_string()},
    std::string{target.substr(0, target.find('?'))}, request.body()};
  const auto& key = owner_.options_.key;
  const auto origin = field(http::field::origin);
  if (key.empty() && !names_this_machine(field(http::field::host)))
    return send(openai_error(403, "this server is for this machine only"));
  if (!origin.empty()
      && origin != "http://" + std::string{field(http::field::host)})
    return send(openai_error(403, "pages of the web may not ask here"));
  const auto is_page = request.method() == http::verb::get
                       || request.method() == http::verb::head;
  const auto given = field(http::field::authorization);
  // The page asks for the key; all else wants it.
  if (!key.empty() && !(is_page && asked.path == "/")
      && !(given.starts_with("Bearer ") && is_key(given.substr(7), key)))
    return send(openai_error(401, "no key, or a wrong one, in Authorization",
                             "invalid_api_key"));
  if (is_page)
    return send(owner_.find_(asked));
  if (request.method() != http::verb::post)
    return send(openai_error(405, "only GET, HEAD and POST"));
  ask(asked);
}

// Notices if the other side hangs up while it waits.
void answer_server::session::listen() {
  socket_.async_wait(
    tcp::socket::wait_read, [self = weak_from_this()](const failure& problem) {
      const auto strong = self.lock();
      if (!strong || problem)
        return;
      auto one = char{};
      auto other = failure{};
      strong->socket_.receive(asio::buffer(&one, 1), tcp::socket::message_peek,
                              other);
      if (other == asio::error::eof || other == asio::error::connection_reset)
        strong->close();
    });
}

void answer_server::session::write() {
  watch();
  asio::async_write(
    socket_, asio::buffer(outgoing_.front()),
    [self = shared_from_this()](const failure& problem, std::size_t) {
      if (problem)
        return self->close();
      self->timer_.cancel();
      self->outgoing_.pop_front();
      if (!self->outgoing_.empty())
        return self->write();
      if (!std::exchange(self->last_, false))
        return;
      if (self->keeps())
        return self->read();
      self->close();
    });
}

void answer_server::session::ask(const http_question& asked) {
  timer_.cancel();
  listen();
  const auto answer
    = std::make_shared<session_answer>(owner_, shared_from_this());
  const auto task = [&owner = owner_, asked, answer] {
    answer->start();
    owner.answer_(asked, *answer);
  };
  if (owner_.queue_.push(task))
    return;
  answer->leave();
  send(owner_.stopping_
         ? openai_error(503, "the server stops", "unavailable")
         : openai_error(429, "too many questions wait; ask again later",
                        "rate_limit_exceeded"));
}

} // namespace aura::net
