#pragma once

#include <string>
#include <vector>

namespace aura::tools {

/// The page to try a question on: its query, SQL and rows. It needs nothing but
/// this server. `name` is the model, `domain` what the schema calls itself,
/// `hints` are questions to begin with.
std::string serve_page(const std::string& name, const std::string& domain,
                       const std::vector<std::string>& hints);

} // namespace aura::tools
