#pragma once

#include "kernels/schema/schema.hpp"

#include <map>
#include <string>
#include <vector>

namespace aura::schema {

/// Remarks that `write` puts into a schema file as comments. Each may have
/// several lines.
struct remarks {
  /// Before everything else.
  std::vector<std::string> head;
  /// Above a part of the schema, by its `place_of`; under
  /// `place_of(table, "end")` below everything else of that table.
  std::map<std::string, std::vector<std::string>> at;
  /// After everything else.
  std::vector<std::string> tail;
};

/// The schema file that `parse` reads back as `s`: two spaces a level, one line
/// a column where it fits. Equal schemas give equal bytes.
std::string write(const schema& s, const remarks& notes = {});

/// `text` as a YAML scalar, quoted where it needs be.
std::string yaml_scalar(std::string_view text);

/// A relation as it stands in a file: `device: {to: devices, match: …}`.
std::string relation_entry(const relation& r);

} // namespace aura::schema
