#include "kernels/skeleton/sampler.hpp"

#include "kernels/skeleton/effort.hpp"
#include "kernels/skeleton/sampling.hpp"

namespace aura::skeleton {

dsl::pipeline sampling::run() {
  query_.source.source = dsl::name{d_.table->name, {}};
  const auto core = d_.choose({62, 28, 6, 4});
  if (left_ > 1 && d_.random.chance(core == 0 ? 0.6 : 0.7))
    if (auto p = predicate(d_, 3)) {
      d_.settle(*p);
      push(dsl::filter{std::move(*p)});
    }
  switch (core) {
  case 0:
    aggregation();
    break;
  case 1:
    listing();
    break;
  case 2:
    distinct_values();
    break;
  default:
    best_of_each();
    break;
  }
  return std::move(query_);
}
draw::draw(const schema::schema& schema, const sampler_options& how,
           random_stream& stream)
  : s{schema}, options{how}, random{stream} {
  table = &random.pick(s.tables);
  columns = reach(s, *table);
}

void draw::settle(const dsl::expr& predicate) {
  if (predicate.kind == dsl::expr_kind::binary && predicate.text == "AND") {
    for (const auto& x : predicate.arguments)
      settle(x);
    return;
  }
  const auto* held = &predicate;
  if (held->kind == dsl::expr_kind::unary
      || (held->kind == dsl::expr_kind::binary && held->text == "==")
      || (held->kind == dsl::expr_kind::is_null && !held->negated))
    held = &held->arguments[0];
  if (held->kind == dsl::expr_kind::column)
    std::erase_if(columns,
                  [&](const reachable& x) { return as_expr(x) == *held; });
}

dsl::query sample(const schema::schema& s, const sampler_options& options,
                  random_stream& random) {
  constexpr auto most_attempts = 50;
  const auto operators = std::max<std::size_t>(options.max_operators, 1);
  auto best = dsl::query{};
  auto least = 0.0;
  for (auto attempt = 0; attempt < most_attempts; ++attempt) {
    auto d = draw{s, options, random};
    auto drawn = dsl::query{{}, sampling{d, operators}.run(), {}};
    const auto needed = effort(drawn);
    if (needed <= options.max_effort)
      return drawn;
    if (attempt == 0 || needed < least) {
      best = std::move(drawn);
      least = needed;
    }
  }
  return best;
}

} // namespace aura::skeleton
