#pragma once

#include "kernels/dsl/syntax.hpp"
#include "kernels/infill/verbaliser.hpp"
#include "kernels/schema/schema.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aura::infill {

struct message {
  std::string role; // system, user or assistant
  std::string content;
};

/// What to ask a language model.
struct chat {
  std::vector<message> messages;
  /// JSON Schema of the reply: an object with `question` and `query`.
  std::string reply_schema;
};

/// Asks a language model to put `skeleton` into a question of that register,
/// and to replace its values by better ones where it knows any. The last
/// message holds the query as a fenced block, one line between "```auradsl" and
/// "```"; the tables that it uses are described before. Deterministic.
chat prompt(const dsl::query& skeleton, const schema::schema& s,
            register_kind style);

/// The query in a user message of `prompt`; nothing if there is none.
std::optional<std::string> query_of(std::string_view user_message);

/// The register a user message of `prompt` asks for; nothing if it names none.
std::optional<register_kind> register_of(std::string_view user_message);

} // namespace aura::infill
