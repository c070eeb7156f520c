#include "kernels/skeleton/grammar.hpp"

#include <algorithm>
#include <array>

namespace aura::skeleton {

namespace {

using dsl::expr_kind;

constexpr auto integers
  = std::to_array<std::int64_t>({0, 1, -1, 2, 3, 5, 7, 10, 12, 50, 100, 1000,
                                 2147483648, -2147483649, 1'000'000'000'000});

constexpr auto reals
  = std::to_array<const char*>({"0.0", "0.5", "1.0", "2.5", "20.5", "100.0",
                                "0.125", "1e3", "3.75", "1e-3"});

constexpr auto texts = std::to_array<const char*>(
  {"ok",      "OK",      "Low",        "alpha",
   "beta",    "Kitchen", "",           " ",
   "O'Brien", "100%",    "a_b",        "Zoë",
   "ÄÖÜ ß",   "日本語",  "🙂",       "a\\b",
   "x",       "A",       "a",          "0",
   "12",      "-3",      "2.5",        "true",
   "no",      "  pad",   "2024-02-29", "2024-01-31 08:00:00",
   "e",       "NULL"});

constexpr auto moments = std::to_array<const char*>(
  {"1969-12-31 23:59:59", "1970-01-01 00:00:00", "1999-12-31 23:59:59",
   "2000-02-29 12:00:00", "2022-12-31 23:59:59", "2023-01-01 00:00:00",
   "2023-02-28 23:59:59", "2023-12-31 23:59:59", "2024-01-01 00:00:00",
   "2024-01-31 08:00:00", "2024-02-29 00:00:00", "2024-02-29 23:59:59",
   "2024-03-31 02:30:00", "2024-06-15 10:30:00", "2024-12-29 00:00:00",
   "2024-12-30 00:00:01", "2024-12-31 12:00:00", "2024-12-31 23:59:59",
   "2025-01-01 00:00:00"});

template <class Items>
const auto& pick(random_stream& random, const Items& items) {
  return items[random.below(items.size())];
}

} // namespace

bool mentions_column(const dsl::expr& x) {
  if (x.kind == expr_kind::column)
    return true;
  const auto inside = [](const auto& list) {
    return std::any_of(list.begin(), list.end(), mentions_column);
  };
  return inside(x.arguments) || inside(x.condition);
}

dsl::expr grammar::one_call(std::initializer_list<const char*> names,
                            std::vector<dsl::expr> arguments) {
  return call(names.begin()[random_.below(names.size())], std::move(arguments));
}

dsl::expr grammar::one_operation(std::initializer_list<const char*> symbols,
                                 dsl::expr left, dsl::expr right) {
  return binary(symbols.begin()[random_.below(symbols.size())], std::move(left),
                std::move(right));
}

dsl::expr grammar::number(std::int64_t x) {
  if (x >= 0)
    return integer(x);
  return make(expr_kind::unary, "-", {integer(-x)});
}

dsl::expr grammar::integer_literal(const schema::column* like) {
  if (like && random_.chance(0.6)) {
    if (!like->values.empty())
      if (const auto* x
          = std::get_if<std::int64_t>(&random_.pick(like->values).stored))
        return number(*x);
    if (like->range) {
      const auto* low = std::get_if<std::int64_t>(&like->range->low);
      const auto* high = std::get_if<std::int64_t>(&like->range->high);
      if (low && high && *high - *low < 100'000)
        return number(random_.between(*low - 1, *high + 1));
    }
  }
  return number(random_.chance(0.5) ? random_.between(0, 12)
                                    : pick(random_, integers));
}

dsl::expr grammar::real_literal(const schema::column* like) {
  auto text = std::string{pick(random_, reals)};
  if (like && like->range && random_.chance(0.6)) {
    const auto* low = std::get_if<double>(&like->range->low);
    const auto* high = std::get_if<double>(&like->range->high);
    if (low && high)
      text = to_text(
        std::max(0.0, static_cast<double>(static_cast<std::int64_t>(
                        (*low + (*high - *low) * random_.uniform()) * 8))
                        / 8));
  }
  auto x = make(expr_kind::real, text);
  return random_.chance(0.15) ? make(expr_kind::unary, "-", {std::move(x)}) : x;
}

dsl::expr grammar::text_literal(const schema::column* like) {
  if (like && !like->values.empty() && random_.chance(0.7))
    if (const auto* x
        = std::get_if<std::string>(&random_.pick(like->values).stored))
      return text(*x);
  return text(pick(random_, texts));
}

dsl::expr grammar::moment_literal(type t, bool plain) {
  auto spelled = std::string{pick(random_, moments)};
  if (t == type::date || random_.chance(0.1))
    spelled.resize(10);
  if (plain)
    return text(spelled);
  return make(t == type::date ? expr_kind::date : expr_kind::timestamp,
              std::move(spelled));
}

dsl::expr grammar::literal(type t, const schema::column* like) {
  switch (t) {
  case type::integer:
    return integer_literal(like);
  case type::real:
    return real_literal(like);
  case type::text:
    return text_literal(like);
  case type::boolean:
    return boolean(random_.chance(0.5));
  case type::date:
  case type::timestamp:
    return moment_literal(t, false);
  }
  return null_literal();
}

std::optional<dsl::expr> grammar::parameter(type t) {
  auto stored = datum{};
  if (t == type::integer)
    stored = random_.between(-3, 20);
  else if (t == type::real)
    stored = static_cast<double>(random_.between(-8, 160)) / 8;
  else if (t == type::text)
    stored = std::string{pick(random_, texts)};
  else
    return std::nullopt;
  const auto name = "p" + std::to_string(parameters_.size() + 1);
  parameters_.emplace(name, std::move(stored));
  return make(expr_kind::parameter, name);
}

dsl::expr grammar::reference(const known_rows& in, const known_column& c) {
  auto parts = std::vector<std::string>{c.name};
  // Names are looked up in any case.
  if (random_.chance(0.02))
    for (auto& letter : parts.front())
      if (letter >= 'a' && letter <= 'z')
        letter = static_cast<char>(letter - 'a' + 'A');
  const auto alone = in.count(c.name) == 1;
  if (c.alias && (!alone || random_.chance(0.1)))
    parts.insert(parts.begin(), in.aliases[*c.alias].name);
  return skeleton::column(std::move(parts));
}

std::optional<dsl::expr> grammar::path(const known_rows& in,
                                       const std::function<bool(type)>& suits,
                                       const schema::column** declared) {
  struct found {
    std::vector<std::string> parts;
    const schema::column* column;
  };
  auto all = std::vector<found>{};
  const auto visit = [&](const auto& self, std::vector<std::string> parts,
                         const schema::table& t, std::size_t steps) -> void {
    for (const auto& r : t.relations) {
      const auto* to = schema_.find_table(r.to);
      if (!to)
        continue;
      auto further = parts;
      further.push_back(r.name);
      for (const auto& c : to->columns)
        if (suits(c.type)) {
          all.push_back({further, &c});
          all.back().parts.push_back(c.name);
        }
      if (steps > 1)
        self(self, further, *to, steps - 1);
    }
  };
  for (const auto& alias : in.aliases) {
    if (!alias.table)
      continue;
    const auto first = all.size();
    visit(visit, {}, *alias.table, 3);
    for (auto i = first; i < all.size(); ++i) {
      const auto& head = all[i].parts.front();
      const auto starts = std::count_if(
        in.aliases.begin(), in.aliases.end(), [&](const auto& other) {
          return other.table && other.table->find_relation(head);
        });
      if (starts > 1 || in.has_alias(head) || random_.chance(0.1))
        all[i].parts.insert(all[i].parts.begin(), alias.name);
    }
  }
  if (all.empty())
    return std::nullopt;
  const auto& chosen = random_.pick(all);
  if (declared)
    *declared = chosen.column;
  return skeleton::column(chosen.parts);
}

std::optional<dsl::expr> grammar::column(const known_rows& in,
                                         std::function<bool(type)> suits,
                                         const schema::column** declared) {
  auto own = std::vector<const known_column*>{};
  for (const auto& c : in.columns)
    if (suits(c.type) && in.can_name(c))
      own.push_back(&c);
  if (paths_ && random_.chance(own.empty() ? 0.8 : 0.15))
    if (auto far = path(in, suits, declared))
      return far;
  if (own.empty())
    return std::nullopt;
  const auto& chosen = *random_.pick(own);
  if (declared)
    *declared = chosen.declared;
  return reference(in, chosen);
}

std::optional<dsl::expr> grammar::column(const known_rows& in, type t,
                                         const schema::column** declared) {
  return column(
    in, [t](type x) { return x == t; }, declared);
}

dsl::expr grammar::leaf(const known_rows& in, type t) {
  if (random_.chance(0.8))
    if (auto c = column(in, t))
      return std::move(*c);
  if (random_.chance(0.08))
    if (auto p = parameter(t))
      return std::move(*p);
  return literal(t);
}

std::optional<dsl::expr> grammar::varying(const known_rows& in, type t,
                                          std::size_t depth) {
  for (auto attempt = 0; attempt < 4; ++attempt)
    if (auto x = value(in, t, depth); mentions_column(x))
      return x;
  return std::nullopt;
}

dsl::expr grammar::value(const known_rows& in, type t, std::size_t depth) {
  if (depth == 0 || random_.chance(0.25))
    return leaf(in, t);
  switch (choose({70, 14, 12, 4})) {
  case 1:
    return conditional(in, t, depth - 1);
  case 2:
    return cast(in, t, depth - 1);
  case 3:
    if (auto q = scalar_query(t))
      return std::move(*q);
    break;
  default:
    break;
  }
  switch (t) {
  case type::integer:
    return integer_value(in, depth - 1);
  case type::real:
    return real_value(in, depth - 1);
  case type::text:
    return text_value(in, depth - 1);
  case type::boolean:
    return condition(in, depth - 1);
  case type::date:
    return date_value(in, depth - 1);
  case type::timestamp:
    return timestamp_value(in, depth - 1);
  }
  return leaf(in, t);
}

dsl::expr grammar::conditional(const known_rows& in, type t,
                               std::size_t depth) {
  // An INTEGER may stand where a REAL does, a DATE where a TIMESTAMP does.
  const auto one = [&] {
    auto of = t;
    if (t == type::real && random_.chance(0.2))
      of = type::integer;
    if (t == type::timestamp && random_.chance(0.2))
      of = type::date;
    return value(in, of, depth);
  };
  const auto other
    = [&] { return random_.chance(0.12) ? null_literal() : one(); };
  switch (choose({30, 25, 20, 15, 10})) {
  case 0:
    return call("IF", {predicate(in, depth), value(in, t, depth), other()});
  case 1: {
    auto arguments = std::vector<dsl::expr>{};
    const auto branches = 1 + random_.below(3);
    for (std::size_t i = 0; i < branches; ++i) {
      arguments.push_back(predicate(in, depth));
      arguments.push_back(i == 0 ? value(in, t, depth) : other());
    }
    if (random_.chance(0.7))
      arguments.push_back(other());
    return make(expr_kind::case_when, "", std::move(arguments));
  }
  case 2: {
    auto left = value(in, t, depth);
    return binary("\?\?", std::move(left), other());
  }
  case 3: {
    auto arguments = std::vector<dsl::expr>{value(in, t, depth)};
    const auto more = random_.below(4);
    for (std::size_t i = 0; i < more; ++i)
      arguments.push_back(other());
    return call("COALESCE", std::move(arguments));
  }
  default: {
    auto first = value(in, t, depth);
    return call("NULLIF", {std::move(first), value(in, t, depth)});
  }
  }
}

dsl::expr grammar::cast(const known_rows& in, type t, std::size_t depth) {
  static constexpr auto names = std::to_array<const char*>(
    {"INTEGER", "REAL", "TEXT", "BOOLEAN", "DATE", "TIMESTAMP"});
  auto from = t;
  switch (t) {
  case type::integer:
  case type::real:
  case type::boolean:
    from = std::array{type::integer, type::real, type::text,
                      type::boolean}[choose({3, 3, 2, 2})];
    break;
  case type::text:
    from = any_type();
    break;
  case type::date:
  case type::timestamp:
    from
      = std::array{type::text, type::date, type::timestamp}[choose({1, 2, 2})];
    break;
  }
  return make(expr_kind::cast, names[static_cast<std::size_t>(t)],
              {value(in, from, depth)});
}

std::optional<dsl::expr> grammar::scalar_query(type t) {
  if (queries_ >= 2 || level_ >= 2)
    return std::nullopt;
  ++queries_;
  const auto paths = std::exchange(paths_, true);
  auto x = pipeline(random_.below(2), level_ + 1);
  auto result = std::optional<dsl::expr>{};
  const auto emit = [&](dsl::pipeline made) {
    result = make(expr_kind::scalar_query, "");
    result->query = std::move(made);
  };
  if (t != type::boolean && random_.chance(0.6)) {
    // An aggregate without BY has one row by construction.
    const auto* name = random_.chance(0.5) ? "MIN" : "MAX";
    const auto number = t == type::integer || t == type::real;
    auto argument = value(x.rows, t, 1);
    auto made = t == type::integer && random_.chance(0.4)
                  ? call("COUNT")
                  : call(number && random_.chance(0.5) ? "SUM" : name,
                         {std::move(argument)});
    auto items = std::vector<dsl::item>{
      {std::move(made), dsl::name{fresh(known_rows{}), {}}}};
    add(x.text, dsl::aggregate{std::move(items), {}});
    emit(std::move(x.text));
  } else {
    x.rows.total = false;
    sort(x);
    add(x.text, dsl::limit{1, std::nullopt});
    auto items = std::vector<dsl::item>{
      {value(x.rows, t, 1), dsl::name{fresh(known_rows{}), {}}}};
    add(x.text, dsl::select{std::move(items)});
    emit(std::move(x.text));
  }
  paths_ = paths;
  return result;
}

} // namespace aura::skeleton
