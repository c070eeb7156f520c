#include "kernels/text/chat.hpp"

#include "kernels/base/utf8.hpp"
#include "kernels/text/added_tokens.hpp"

#include <algorithm>
#include <array>

namespace aura::text {

namespace {

constexpr auto templates = std::array{
  chat_template{"phi-4", "", "<|im_start|>", "<|im_sep|>", "<|im_end|>", ""},
  chat_template{"llama-3", "<|begin_of_text|>", "<|start_header_id|>",
                "<|end_header_id|>\n\n", "<|eot_id|>", "", true},
  chat_template{"chatml", "", "<|im_start|>", "\n", "<|im_end|>\n", ""},
  chat_template{"qwen2", "", "<|im_start|>", "\n", "<|im_end|>\n",
                "You are a helpful assistant."},
  chat_template{"qwen2.5", "", "<|im_start|>", "\n", "<|im_end|>\n",
                "You are Qwen, created by Alibaba Cloud. You are a helpful "
                "assistant."},
  chat_template{"smollm2", "", "<|im_start|>", "\n", "<|im_end|>\n",
                "You are a helpful AI assistant named SmolLM, trained by "
                "Hugging Face"},
};

std::string_view name_of(role x) {
  switch (x) {
  case role::system:
    return "system";
  case role::user:
    return "user";
  case role::assistant:
    break;
  }
  return "assistant";
}

std::string_view strip_front(std::string_view text) {
  while (is_unicode_space(text))
    text.remove_prefix(character_length(text));
  return text;
}

std::string_view strip_back(std::string_view text) {
  while (!text.empty()) {
    auto last = text.size() - 1;
    while (last > 0 && (text[last] & 0xc0) == 0x80)
      --last;
    if (!is_unicode_space(text.substr(last)))
      break;
    text = text.substr(0, last);
  }
  return text;
}

/// Puts special tokens and plain text one after another. Text between two
/// special tokens is encoded in one piece, without the white space that they
/// take.
class writer {
public:
  writer(const tokenizer& vocabulary, const chat_template& how)
    : vocabulary_{vocabulary}, how_{how} {
  }

  /// A part of the template: its special tokens are meant.
  void literal(std::string_view text, bool trained = false) {
    while (!text.empty()) {
      const auto begin = std::min(text.find("<|"), text.size());
      plain(text.substr(0, begin));
      text.remove_prefix(begin);
      if (text.empty())
        break;
      const auto length = text.find("|>") + 2;
      special(text.substr(0, length), trained);
      text.remove_prefix(length);
    }
  }

  void plain(std::string_view text) {
    pending_ += text;
  }

  /// Encodes what is there, so that it does not merge with what comes.
  void cut(bool trained, bool strips = false) {
    auto text = std::string_view{pending_};
    if (strips_behind_)
      text = strip_front(text);
    if (strips)
      text = strip_back(text);
    if (!text.empty() && !wrong_) {
      strips_behind_ = false;
      auto ids = vocabulary_.encode(
        text, {.parse_specials = false, .add_specials = false});
      if (!ids)
        wrong_ = ids.error();
      else
        for (auto id : *ids)
          push(id, trained);
    }
    pending_.clear();
  }

  expected<chat_tokens> finish() {
    cut(false);
    if (wrong_)
      return *wrong_;
    return std::move(result_);
  }

private:
  void special(std::string_view content, bool trained) {
    const auto id = vocabulary_.find_added(content);
    if (!id) {
      if (!wrong_)
        wrong_ = fault{errc::unknown_token, "no token '" + std::string{content}
                                              + "' for the chat template '"
                                              + std::string{how_.name} + "'"};
      return;
    }
    cut(trained, vocabulary_.strips_before(*id));
    push(*id, trained);
    strips_behind_ = vocabulary_.strips_behind(*id);
  }

  void push(std::int32_t id, bool trained) {
    result_.ids.push_back(id);
    result_.trained.push_back(trained);
  }

  const tokenizer& vocabulary_;
  const chat_template& how_;
  chat_tokens result_;
  std::string pending_;
  /// Whether the special token before pending_ takes the white space behind it.
  bool strips_behind_ = false;
  std::optional<fault> wrong_;
};

void begin_turn(const chat_template& how, role from, writer& out) {
  out.literal(how.turn);
  out.plain(name_of(from));
  out.literal(how.after_role);
}

void add_turn(const chat_template& how, role from, std::string_view content,
              writer& out) {
  const auto trained = from == role::assistant;
  begin_turn(how, from, out);
  if (trained)
    out.cut(false);
  out.plain(how.trims ? strip_front(strip_back(content)) : content);
  out.literal(how.end, trained);
}

} // namespace

std::span<const chat_template> chat_templates() {
  return templates;
}

const chat_template* find_chat_template(std::string_view name) {
  const auto found
    = std::find_if(templates.begin(), templates.end(),
                   [&](const auto& x) { return x.name == name; });
  return found == templates.end() ? nullptr : &*found;
}

const chat_template* recognise_chat_template(std::string_view source) {
  const auto has = [&](std::string_view text) {
    return source.find(text) != std::string_view::npos;
  };
  if (has("<|im_sep|>"))
    return find_chat_template("phi-4");
  if (has("<|start_header_id|>"))
    return find_chat_template("llama-3");
  if (!has("<|im_start|>"))
    return nullptr;
  for (const auto* name : {"smollm2", "qwen2.5", "qwen2"})
    if (const auto* x = find_chat_template(name); has(x->default_system))
      return x;
  return find_chat_template("chatml");
}

expected<chat_tokens> render_chat(const tokenizer& vocabulary,
                                  const chat_template& how,
                                  std::span<const message> messages,
                                  bool answer) {
  writer out{vocabulary, how};
  out.literal(how.begin);
  if (!how.default_system.empty()
      && (messages.empty() || messages.front().from != role::system))
    add_turn(how, role::system, how.default_system, out);
  for (const auto& x : messages)
    add_turn(how, x.from, x.content, out);
  if (answer)
    begin_turn(how, role::assistant, out);
  return out.finish();
}

} // namespace aura::text
