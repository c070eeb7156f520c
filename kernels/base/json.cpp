#include "kernels/base/json.hpp"

namespace parts = aura::json_parts;

template class nlohmann::basic_json<>;
template class nlohmann::detail::serializer<nlohmann::json>;
template class nlohmann::detail::parser<nlohmann::json, parts::string_input>;
template class nlohmann::detail::parser<nlohmann::json, parts::view_input>;
