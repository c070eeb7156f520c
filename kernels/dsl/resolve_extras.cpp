#include "kernels/dsl/resolver.hpp"

namespace aura::dsl {

plan::value resolver::resolve_subquery(const expr& x, const context&) {
  unsupported("subqueries", x.where);
  return broken(x.where);
}

void resolver::apply(const pivot&, building& b, span where) {
  unsupported("PIVOT", where);
  b.scope.lost = true;
}

void resolver::apply(const unpivot&, building& b, span where) {
  unsupported("UNPIVOT", where);
  b.scope.lost = true;
}

void resolver::apply(const window&, building& b, span where) {
  unsupported("WINDOW", where);
  b.scope.lost = true;
}

void resolver::apply(const join&, building& b, span where) {
  unsupported("JOIN", where);
  b.scope.lost = true;
}

void resolver::apply(const set_operation&, building& b, span where) {
  unsupported("set operators", where);
  b.scope.lost = true;
}

} // namespace aura::dsl
