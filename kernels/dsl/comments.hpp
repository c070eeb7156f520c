#pragma once

#include <string>
#include <string_view>

namespace aura::dsl {

/// A comment as it may stand within a line: `-- why` is `/* why */`.
std::string as_block_comment(std::string_view comment);

} // namespace aura::dsl
