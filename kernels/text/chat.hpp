#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/text/tokenizer.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aura::text {

enum class role : std::uint8_t { system, user, assistant };

struct message {
  role from = role::user;
  std::string content;
};

/// How the turns of a conversation are put into one text.
struct chat_template {
  /// `phi-4`, `llama-3`, `chatml`, `smollm2`, …
  std::string_view name;
  /// What stands before everything, before and after the role, after a turn.
  std::string_view begin;
  std::string_view turn;
  std::string_view after_role;
  std::string_view end;
  /// The turn of the system where a conversation has none; may be empty.
  std::string_view default_system;
  /// Whether white space around what is said is left out.
  bool trims = false;
};

/// All templates that are known.
std::span<const chat_template> chat_templates();

/// Null if there is none of this name.
const chat_template* find_chat_template(std::string_view name);

/// The template that a source in Jinja stands for, by the special tokens and
/// the words in it; null if it is none of the known.
const chat_template* recognise_chat_template(std::string_view source);

/// A conversation as tokens, and which of them are the assistant's: its words
/// and the token that ends its turn.
struct chat_tokens {
  std::vector<std::int32_t> ids;
  std::vector<bool> trained;
};

/// Renders `messages`, contents as plain text that cannot spell a special
/// token; with `answer`, followed by the beginning of the assistant's turn.
/// Training and inference use this function and no other. The ids are those of
/// `transformers`, with one exception: the assistant's words are always cut off
/// from what stands before them, also where they begin with a line break, so
/// that training sees what inference will. Fails as encode()
/// does, or with `unknown_token` if the vocabulary lacks a special token of
/// the template.
expected<chat_tokens> render_chat(const tokenizer& vocabulary,
                                  const chat_template& how,
                                  std::span<const message> messages,
                                  bool answer);

} // namespace aura::text
