#pragma once

#include "actors/flow/setting.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace aura::flow {

/// What `${name}` stands for: a parameter of the file, or else a variable of
/// the environment.
struct variables {
  std::map<std::string, std::string> parameters;
  /// Those parameters that came from the environment themselves.
  std::set<std::string> secret;
};

/// Replaces every `${name}` in the scalars of `x`; `$$` is a dollar. A scalar
/// that named the environment keeps what it said in `setting::source`, so that
/// nothing secret is ever written down.
void interpolate(setting& x, const variables& names, problems& trouble);

/// Lays one override of the command line, `stage.option=value`, over a pipeline
/// file. `known` are the stages that exist.
void apply_override(setting& file, const std::string& override,
                    const std::vector<std::string>& known, problems& trouble);

} // namespace aura::flow
