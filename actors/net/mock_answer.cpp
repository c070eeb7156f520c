#include "actors/net/mock_answer.hpp"

#include "kernels/base/hash.hpp"
#include "kernels/base/json.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/infill/prompt.hpp"
#include "kernels/infill/reply.hpp"
#include "kernels/infill/verbaliser.hpp"

namespace aura::net {

namespace {

// Any moment will do: the query is checked, not run.
constexpr auto now = "2024-01-01T00:00:00";
// The verbaliser draws its phrases; a draw that says too little is drawn again.
constexpr auto draws = 8U;

expected<std::string> ask(const dsl::query& query, const schema::schema& s,
                          infill::register_kind style, std::uint64_t seed) {
  auto last = fault{errc::unsupported, "no question for this query"};
  for (auto draw = 0U; draw < draws; ++draw) {
    auto random = random_stream{seed, "mock", draw};
    const auto question = infill::verbalise(query, s, style, random);
    if (!question)
      return question.error();
    const auto text
      = nlohmann::json{{"question", *question}, {"query", dsl::print(query)}}
          .dump();
    const auto judged = infill::reply(text, query, s, now);
    if (judged)
      return text;
    last = judged.error();
  }
  return last;
}

} // namespace

std::function<expected<std::string>(const std::string& message)>
make_mock_answer(std::vector<std::shared_ptr<const schema::schema>> schemas) {
  return [schemas = std::move(schemas)](
           const std::string& message) -> expected<std::string> {
    const auto text = infill::query_of(message);
    if (!text)
      return fault{errc::unsupported, "the message holds no query"};
    const auto parsed = dsl::parse(*text);
    if (!parsed.query)
      return fault{errc::syntax_error,
                   "the query does not parse: "
                     + (parsed.diagnostics.empty()
                          ? *text
                          : parsed.diagnostics.front().message)};
    const auto style
      = infill::register_of(message).value_or(infill::register_kind::formal);
    auto last = fault{errc::invalid_schema, "the server knows no schema"};
    for (const auto& x : schemas) {
      auto answer = ask(*parsed.query, *x, style, hash64(message));
      if (answer)
        return answer;
      last = answer.error();
    }
    return last;
  };
}

} // namespace aura::net
