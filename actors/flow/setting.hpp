#pragma once

#include "kernels/base/expected.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aura::flow {

/// Where something in a configuration was written. Lines and columns count
/// from one; zero means the command line.
struct place {
  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;
};

/// What is wrong with a configuration, where, and the way out.
struct problem {
  place where;
  std::string message;
  std::string hint;
};

/// `full.yaml:3:5: message` and the hint on a line of its own.
std::string to_string(const problem& x);

using problems = std::vector<problem>;

enum class setting_kind : std::uint8_t { null, scalar, list, map };

/// A node of a YAML file that remembers where it stood: what configuration is
/// made of until an options struct reads it.
struct setting {
  struct entry;

  setting_kind kind = setting_kind::null;
  /// What a scalar says, with `${…}` replaced.
  std::string text;
  /// What it said before, if it named the environment: that is what may be
  /// written down.
  std::string source;
  bool quoted = false;
  std::vector<setting> items;
  std::vector<entry> entries;
  place where;

  /// The value of `key`, or null.
  const setting* find(std::string_view key) const;
  setting* find(std::string_view key);

  /// The value of `key`, added if need be. Makes a map of this.
  setting& at(std::string_view key, const place& where);
};

struct setting::entry {
  std::string key;
  place where;
  setting value;
};

/// A scalar with this text.
setting make_scalar(std::string text, place where);

/// Reads YAML. Keys written twice, and whatever is not YAML, are problems.
setting parse_yaml(std::string_view text, const std::string& file,
                   problems& trouble);

/// Lays `top` over `base`: maps are merged key by key, all else is replaced.
void overlay(setting& base, const setting& top);

/// Writes `x` as YAML that `parse_yaml` reads back. Scalars that named the
/// environment are written as they were, never with what they stood for.
std::string to_yaml(const setting& x);

/// `key` as options spell it: `base_url` is `base-url`.
std::string kebab(std::string_view key);

/// `text` as a YAML scalar, quoted if it has to be.
std::string yaml_scalar(std::string_view text);

} // namespace aura::flow
