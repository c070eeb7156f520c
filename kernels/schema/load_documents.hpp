#pragma once

#include <yaml-cpp/mark.h>

#include <string>
#include <vector>

namespace aura::schema {

/// Where the documents of a YAML text begin, up to the second: a schema file
/// holds one. YAML::LoadAll would read them all, but never ends on some texts
/// that go on after a document without `---` (yaml-cpp 0.7).
/// Throws YAML::Exception as yaml-cpp does.
std::vector<YAML::Mark> find_documents(const std::string& yaml);

} // namespace aura::schema
