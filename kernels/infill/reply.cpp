#include "kernels/infill/reply.hpp"

#include "kernels/base/json.hpp"
#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/infill/faithful.hpp"

#include <algorithm>
#include <array>

namespace aura::infill {

namespace {

// A question longer than this is an essay.
constexpr auto most_bytes = std::size_t{2000};

std::string shortened(std::string_view text) {
  constexpr auto most = std::size_t{60};
  return text.size() <= most ? std::string{text}
                             : std::string{text.substr(0, most)} + "…";
}

bool looks_like_refusal(std::string_view text) {
  static constexpr auto openings = std::to_array<std::string_view>(
    {"I'm sorry", "I am sorry", "Sorry", "I cannot", "I can't", "I can’t",
     "I’m sorry", "I am unable", "I'm unable", "As an AI"});
  return std::ranges::any_of(openings,
                             [&](auto x) { return text.starts_with(x); });
}

std::string_view trimmed(std::string_view x) {
  const auto first = x.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos)
    return {};
  return x.substr(first, x.find_last_not_of(" \t\r\n") - first + 1);
}

// What is within "```json" and "```", or all.
std::string_view without_fence(std::string_view text) {
  text = trimmed(text);
  if (!text.starts_with("```") || !text.ends_with("```") || text.size() < 6)
    return text;
  const auto line = text.find('\n');
  if (line == std::string_view::npos)
    return text;
  return trimmed(text.substr(line, text.size() - 3 - line));
}

std::string_view first_error(const dsl::diagnostics& x) {
  for (const auto& y : x)
    if (y.severity == dsl::severity::error)
      return y.message;
  return "unknown";
}

expected<dsl::query> read_query(const std::string& text,
                                const dsl::query& skeleton,
                                const schema::schema& s,
                                const std::string& now) {
  auto parsed = dsl::parse(text);
  if (!parsed.query)
    return fault{errc::syntax_error,
                 "the query does not parse: "
                   + std::string{first_error(parsed.diagnostics)}};
  auto query = dsl::canonical(std::move(*parsed.query));
  if (masked(query) != masked(dsl::canonical(skeleton)))
    return fault{
      errc::invalid_reply,
      "the query differs from the given one in more than its values"};
  auto options = dsl::compile_options{};
  options.now = now;
  const auto result = dsl::compile(query, s, options);
  if (!result.compiled)
    return fault{errc::resolve_error,
                 "the query has no meaning in the schema: "
                   + std::string{first_error(result.diagnostics)}};
  return query;
}

} // namespace

expected<sample> reply(std::string_view text, const dsl::query& skeleton,
                       const schema::schema& s, const std::string& now) {
  const auto body = without_fence(text);
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object()) {
    if (looks_like_refusal(body))
      return fault{errc::refusal,
                   "the model declined: '" + shortened(body) + "'"};
    return fault{errc::invalid_reply,
                 "the reply is no JSON object: '" + shortened(body) + "'"};
  }
  const auto question = json.find("question");
  if (question == json.end() || !question->is_string())
    return fault{errc::invalid_reply, "the reply has no text 'question'"};
  auto result = sample{
    std::string{trimmed(question->get_ref<const std::string&>())}, skeleton};
  if (looks_like_refusal(result.question))
    return fault{errc::refusal,
                 "the model declined: '" + shortened(result.question) + "'"};
  if (result.question.size() > most_bytes)
    return fault{errc::invalid_reply, "a question of "
                                        + std::to_string(result.question.size())
                                        + " bytes"};
  if (std::ranges::any_of(result.question, [](char c) {
        return static_cast<unsigned char>(c) < 0x20;
      }))
    return fault{errc::invalid_reply, "a question of more than one line"};
  const auto query = json.find("query");
  if (query != json.end() && !query->is_null()) {
    if (!query->is_string())
      return fault{errc::invalid_reply, "the 'query' of the reply is no text"};
    auto read
      = read_query(query->get_ref<const std::string&>(), skeleton, s, now);
    if (!read)
      return read.error();
    result.query = std::move(*read);
  }
  if (auto good = faithful(result.question, result.query, s); !good)
    return good.error();
  return result;
}

} // namespace aura::infill
