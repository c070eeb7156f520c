#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

/// The JSON library, with its templates instantiated once, in json.cpp and
/// json_ordered.cpp: each file that includes the library itself compiles them
/// anew, for seconds.
namespace aura::json_parts {

template <class Iterator>
using input = nlohmann::detail::iterator_input_adapter<Iterator>;
using string_input = input<std::string::const_iterator>;
using view_input = input<const char*>;

} // namespace aura::json_parts

extern template class nlohmann::basic_json<>;
extern template class nlohmann::basic_json<nlohmann::ordered_map>;
extern template class nlohmann::detail::serializer<nlohmann::json>;
extern template class nlohmann::detail::serializer<nlohmann::ordered_json>;
extern template class nlohmann::detail::parser<nlohmann::json,
                                               aura::json_parts::string_input>;
extern template class nlohmann::detail::parser<nlohmann::json,
                                               aura::json_parts::view_input>;
extern template class nlohmann::detail::parser<nlohmann::ordered_json,
                                               aura::json_parts::string_input>;
extern template class nlohmann::detail::parser<nlohmann::ordered_json,
                                               aura::json_parts::view_input>;

namespace aura {

/// JSON from a file or a server that nobody vouches for; discarded if it is
/// none. What is nested deeper than `depth` is left out while it is read, for
/// copying, printing and freeing would recurse as deep.
template <class Json = nlohmann::json>
Json parse_within(std::string_view text, int depth) {
  return Json::parse(
    text.begin(), text.end(),
    [depth](int at, typename Json::parse_event_t, Json&) {
      return at <= depth;
    },
    false);
}

} // namespace aura
