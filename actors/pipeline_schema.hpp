#pragma once

#include <string>

namespace aura {

/// The JSON Schema (2020-12) of pipeline files, for editors that complete and
/// check them while they are written. It is made from the same descriptions as
/// the reader, so that the two agree on names, types, bounds and choices; what
/// only the reader knows, such as whether a file is there, is not in it.
std::string pipeline_schema();

} // namespace aura
