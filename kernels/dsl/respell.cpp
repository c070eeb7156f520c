#include "kernels/dsl/respell.hpp"

#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/resolve.hpp"

#include <algorithm>

namespace aura::dsl {

namespace {

// Whether there is any error but a parameter without a value, which changes no
// name.
bool fails(const diagnostics& x) {
  return std::any_of(x.begin(), x.end(), [](const diagnostic& d) {
    return d.severity == severity::error && d.code != "AUR-E0218";
  });
}

} // namespace

std::string respelled(std::string_view source, const schema::schema& s,
                      const compile_options& options) {
  const auto read = parse(source);
  if (!read.query)
    return std::string{source};
  auto notes = resolve_notes{};
  if (fails(resolve(*read.query, s, options, &notes).diagnostics))
    return std::string{source};
  auto& edits = notes.spellings;
  // What leaves out a qualifier goes before what spells it.
  std::stable_sort(
    edits.begin(), edits.end(), [](const spelling& a, const spelling& b) {
      return a.where.start != b.where.start ? a.where.start < b.where.start
                                            : a.where.end > b.where.end;
    });
  auto result = std::string{};
  auto done = std::size_t{0};
  for (const auto& edit : edits) {
    if (edit.where.start < done || edit.where.end > source.size()
        || edit.where.start >= edit.where.end)
      continue;
    result += source.substr(done, edit.where.start - done);
    result += edit.text;
    done = edit.where.end;
  }
  result += source.substr(done);
  // A name that is a column here and the beginning of a clause there stays.
  const auto again = parse(result);
  if (!again.query || fails(resolve(*again.query, s, options).diagnostics))
    return std::string{source};
  return result;
}

} // namespace aura::dsl
