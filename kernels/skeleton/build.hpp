#pragma once

#include "kernels/dsl/syntax.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// Short spellings for syntax trees made by hand.
namespace aura::skeleton {

inline dsl::expr make(dsl::expr_kind kind, std::string text,
                      std::vector<dsl::expr> arguments = {}) {
  auto x = dsl::expr{};
  x.kind = kind;
  x.text = std::move(text);
  x.arguments = std::move(arguments);
  return x;
}

inline dsl::expr column(std::vector<std::string> path) {
  auto x = dsl::expr{};
  x.kind = dsl::expr_kind::column;
  for (auto& part : path)
    x.path.push_back({std::move(part), {}});
  return x;
}

inline dsl::expr call(std::string name, std::vector<dsl::expr> arguments = {}) {
  return make(dsl::expr_kind::call, std::move(name), std::move(arguments));
}

inline dsl::expr binary(std::string op, dsl::expr left, dsl::expr right) {
  return make(dsl::expr_kind::binary, std::move(op),
              {std::move(left), std::move(right)});
}

inline dsl::expr negate(dsl::expr x) {
  return make(dsl::expr_kind::unary, "NOT", {std::move(x)});
}

inline dsl::expr integer(std::int64_t x) {
  return make(dsl::expr_kind::integer, std::to_string(x));
}

inline dsl::expr text(std::string x) {
  return make(dsl::expr_kind::text, std::move(x));
}

template <class Stage>
void add(dsl::pipeline& x, Stage what) {
  x.stages.push_back({std::move(what), {}});
}

} // namespace aura::skeleton
