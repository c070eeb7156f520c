#pragma once

#include "kernels/schema/schema.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aura::infill {

/// `rated_power`, `RatedPower` and `rated power` as words: `rated power`. Words
/// of capitals only stay as they are.
std::string spaced(std::string_view identifier);

/// How a question may call column `c` of `t`, the plainest form first: the
/// words of its name, then short descriptions and synonyms that no other column
/// of `t` could be meant by. Never empty.
std::vector<std::string> nouns_of(const schema::table& t,
                                  const schema::column& c);

/// How a question may call the rows of `t`, always in the plural: `devices`,
/// `energy consumption records`. Nothing that could mean another table of `s`.
std::vector<std::string> rows_of(const schema::schema& s,
                                 const schema::table& t);

/// How to call the boolean column `c` as a thing: `online flag`.
std::vector<std::string> flag_words(const schema::table& t,
                                    const schema::column& c);

/// What is true of a row where the boolean column `c` is: `the device is
/// online`, from the description `whether the device is online`. Empty if the
/// description has no such form. With `negated` the opposite.
std::string clause_of(const schema::column& c, bool negated);

/// Equal up to case, blanks and underscores.
bool same_words(std::string_view a, std::string_view b);

} // namespace aura::infill
