#pragma once

#include "tools/aura/lsp/answers.hpp"
#include "tools/aura/lsp/documents.hpp"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace aura::tools::lsp {

struct server_options {
  /// The schema of documents that name none; may be empty.
  std::string schema;
  /// Instead, a database that has one; may be empty.
  std::string database;
  /// The moment of NOW() for checks that need one.
  std::string now;
  /// The address of the catalogue of diagnostics, for links; may be empty.
  std::string manual;
};

/// The language server: takes messages of JSON-RPC and sends what follows from
/// them. Knows the life of a session and the documents; what they mean is
/// answered by answers.hpp. Not safe to share between threads.
class server {
public:
  using sender = std::function<void(const nlohmann::json& message)>;

  server(server_options options, sender send);

  /// Takes the body of one message, whatever is in it.
  void take(std::string_view body);

  /// A message was not even a message.
  void take_malformed();

  /// Publishes diagnostics of the documents that changed. Worth doing when no
  /// input waits.
  void publish();

  /// Set once the client has sent `exit`: 0 if it said `shutdown` before.
  std::optional<int> exit_status() const {
    return exit_;
  }

  /// What the end of the input means, which a client should not cause.
  int status_at_end() const {
    return stage_ == stage::shut_down ? 0 : 1;
  }

private:
  enum class stage { started, running, shut_down };

  void respond(const nlohmann::json& id, nlohmann::json result);
  void refuse(const nlohmann::json& id, int code, const std::string& why);
  void notify(const char* method, nlohmann::json params);

  void take_request(const nlohmann::json& id, const std::string& method,
                    const nlohmann::json& params);
  void take_notification(const std::string& method,
                         const nlohmann::json& params);
  void initialize(const nlohmann::json& id, const nlohmann::json& params);
  void answer(const nlohmann::json& id, const std::string& method,
              const nlohmann::json& params);
  void change(const nlohmann::json& params);
  void mark_all();

  server_options options_;
  sender send_;
  stage stage_ = stage::started;
  std::optional<int> exit_;
  dsl::editor::column_unit unit_ = dsl::editor::column_unit::utf16;
  bool snippets_ = false;
  dsl::compile_options compile_options_;
  schema_finder schemas_;
  std::map<std::string, document> documents_;
};

} // namespace aura::tools::lsp
