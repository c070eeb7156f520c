#pragma once

#include "kernels/dsl/editor/help.hpp"
#include "kernels/dsl/editor/place.hpp"
#include "kernels/schema/schema.hpp"

#include <string>

/// Things of the language and of the schema in Markdown, as hover and
/// completion show them.
namespace aura::dsl::editor {

/// `REAL, kWh, may be NULL`
std::string type_line(const found_column& x);
std::string type_line(const schema::column& x);

std::string describe(const found_column& x);
std::string describe(const schema::table& x);
std::string describe(const schema::table& from, const schema::relation& x);
std::string describe(const help_entry& x);

/// The description of one declared value, or nothing.
std::string describe(const schema::declared_value& x);

} // namespace aura::dsl::editor
