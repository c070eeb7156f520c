#pragma once

#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/diagnostic.hpp"
#include "kernels/schema/schema.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aura::dsl::editor {

/// What is wrong or doubtful in `text`. Beside what compiling it says: where
/// it does not parse, also the errors in what precedes the first syntax error.
/// Parameters need no values. Without a schema syntax alone is judged.
diagnostics problems(std::string_view text, const schema::schema* s,
                     const compile_options& options);

/// A LET, the main pipeline, or an operator of one of them.
struct outline_item {
  enum class kind : std::uint8_t { let, main, operation };
  kind what = kind::operation;
  std::string name;
  std::string detail;
  span where;
  span name_where; // within `where`
  std::vector<outline_item> children;
};

/// What the text consists of; operators that cannot be read are left out.
std::vector<outline_item> outline(std::string_view text);

/// What an editor may show in between, though it is not in the text.
struct inlay {
  std::uint32_t at = 0;
  std::string text; // `: REAL`
};

/// The types of the columns that the query names, behind their names. Nothing
/// beyond a hundred operators.
std::vector<inlay> inlays(std::string_view text, const schema::schema& s);

} // namespace aura::dsl::editor
