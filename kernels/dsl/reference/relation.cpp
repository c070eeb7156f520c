#include "kernels/dsl/reference/relation.hpp"

namespace aura::dsl::interpreter {

void relation::forget_aliases() {
  for (auto& c : columns)
    c.alias.clear();
  origins.clear();
  for (auto& r : rows)
    r.origins.clear();
}

void relation::forget_order() {
  ordered = false;
  for (auto& r : rows)
    r.keys.clear();
}

bool same_rows(const row& a, const row& b) {
  return same_cells(a.cells, b.cells) && same_cells(a.keys, b.keys)
         && a.origins == b.origins;
}

bool context::fail(errc code, std::string message) {
  if (!trouble)
    trouble = fault{code, std::move(message)};
  return false;
}

bool context::spend(std::uint64_t n) {
  steps += n;
  if (steps > options.max_steps)
    return fail(errc::resource_limit, "more work than "
                                        + std::to_string(options.max_steps)
                                        + " steps");
  return !trouble;
}

void context::leave_open(std::string what) {
  open.insert(std::move(what));
}

std::string lowered(std::string_view x) {
  auto result = std::string{x};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return result;
}

} // namespace aura::dsl::interpreter
