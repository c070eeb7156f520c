#pragma once

#include "kernels/dsl/syntax.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The inside of the printer. Everything is written as it stands; what is
/// canonical is decided before.
namespace aura::dsl {

void print_expression(std::string& out, const expr& x);

/// In parentheses if its outermost operator binds less than `least`.
void print_operand(std::string& out, const expr& x, int least);

void print_sort_keys(std::string& out, const std::vector<sort_key>& keys,
                     bool directed);

/// In one line.
void print_pipeline(std::string& out, const pipeline& x);

/// `1 MONTH`, `15 MINUTES`
std::string print_units(std::string_view count, unit x);

/// `LAST 7 DAYS`
std::string print_period(const period& x);

/// `x` as a literal: in single quotes, those within doubled.
std::string print_text(std::string_view x);

/// A name as it stands in a path: in backticks also where it would open a
/// clause.
std::string spell_in_path(std::string_view name);

} // namespace aura::dsl
