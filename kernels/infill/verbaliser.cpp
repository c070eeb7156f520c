#include "kernels/infill/verbaliser.hpp"

#include "kernels/infill/nouns.hpp"
#include "kernels/infill/sentence.hpp"

namespace aura::infill {

const char* to_string(register_kind x) {
  constexpr const char* names[]
    = {"formal", "casual", "imperative", "concise", "indirect", "vague"};
  return names[static_cast<std::size_t>(x)];
}

expected<std::string> verbalise(const dsl::query& query,
                                const schema::schema& s, register_kind style,
                                random_stream& random) {
  if (!query.lets.empty())
    return fault{errc::unsupported, "no words for LET"};
  auto speaker = narrator{s, style, random};
  if (!speaker.enter(query.main.source))
    return *speaker.trouble;
  auto result = question{speaker, query.main}.ask();
  if (speaker.trouble)
    return *speaker.trouble;
  return result;
}

} // namespace aura::infill
