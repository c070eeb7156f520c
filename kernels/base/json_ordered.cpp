#include "kernels/base/json.hpp"

namespace parts = aura::json_parts;

template class nlohmann::basic_json<nlohmann::ordered_map>;
template class nlohmann::detail::serializer<nlohmann::ordered_json>;
template class nlohmann::detail::parser<nlohmann::ordered_json,
                                        parts::string_input>;
template class nlohmann::detail::parser<nlohmann::ordered_json,
                                        parts::view_input>;
