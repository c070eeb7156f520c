#pragma once

#include "actors/net/answer_server.hpp"
#include "kernels/base/expected.hpp"
#include "kernels/model/translator.hpp"
#include "kernels/retrieval/schema_retriever.hpp"
#include "kernels/schema/schema.hpp"
#include "kernels/sql/connection.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace aura::tools {

/// What `aura serve` answers with.
struct service_parts {
  /// What clients call the model.
  std::string name;
  model::translator model;
  std::shared_ptr<const schema::schema> schema;
  retrieval::schema_retriever retriever;
  sql::connection database;
  /// The moment of NOW(); empty: that of the question.
  std::string now;
  /// Longest answers, in tokens.
  std::size_t max_tokens = 512;
};

/// Answers questions over HTTP: pages by GET, OpenAI's chat completions and
/// translations by POST. Thread-safe.
class service {
public:
  explicit service(service_parts parts);

  net::server_reply page(const net::http_question& asked) const;
  void answer(const net::http_question& asked, net::http_answer& to);

private:
  struct query_answer;

  void chat(const std::string& body, net::http_answer& to);
  void translate(const std::string& body, net::http_answer& to);
  expected<model::translation> ask(const std::string& question,
                                   std::vector<std::string> tables,
                                   std::size_t max_tokens,
                                   const net::http_answer& to) const;

  service_parts parts_;
  std::int64_t created_;
  std::atomic<std::uint64_t> number_{0};
  /// SQLite has one connection.
  std::mutex database_;
};

} // namespace aura::tools
