#pragma once

#include "kernels/schema/schema.hpp"
#include "kernels/text/chat.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aura::text {

/// What a pretrained model is told so that it answers with a query: the system
/// names the language, the user shows the tables and asks. Training and
/// inference ask with this function and no other; training adds the assistant's
/// turn, which is the canonical query.
std::vector<message> instruct(std::string_view context,
                              std::string_view question);

/// The tables named `tables`, in the order of the schema, all if there are
/// none, as `instruct` shows them: a line each, columns and relations by name.
std::string instruction_context(const schema::schema& s,
                                const std::vector<std::string>& tables);

} // namespace aura::text
