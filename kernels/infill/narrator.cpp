#include "kernels/infill/narrator.hpp"

#include "kernels/dsl/printer.hpp"
#include "kernels/infill/nouns.hpp"

#include <algorithm>

namespace aura::infill {

namespace {

// Whether `noun` could mean a column of `t` other than `self`.
bool names_another(const schema::table& t, const schema::column* self,
                   const std::string& noun) {
  return std::ranges::any_of(t.columns, [&](const schema::column& c) {
    return &c != self
           && std::ranges::any_of(nouns_of(t, c), [&](const auto& x) {
                return same_words(x, noun);
              });
  });
}

} // namespace

narrator::narrator(const schema::schema& s, register_kind style,
                   random_stream& random)
  : s_{s}, style_{style}, random_{random} {
}

void narrator::give_up(const std::string& what) {
  if (!trouble)
    trouble = fault{errc::unsupported, "no words for " + what};
}

bool narrator::enter(const dsl::reference& source) {
  const auto* name = std::get_if<dsl::name>(&source.source);
  table_ = name ? s_.find_table(name->text) : nullptr;
  if (!table_) {
    give_up(name ? "rows of '" + name->text + "'" : "a query as a source");
    return false;
  }
  alias_ = source.alias ? source.alias->text : table_->name;
  const auto names = rows_of(s_, *table_);
  // The plain name as often as all others together.
  rows_ = chance(0.6) ? names.front() : random_.pick(names);
  return true;
}

void narrator::forget_rows() {
  table_ = nullptr;
  derived_.clear();
  rows_ = "results";
}

void narrator::remember(const std::string& name, std::string noun,
                        flavour kind) {
  derived_.push_back({name, std::move(noun), kind});
}

std::string narrator::rows() const {
  return rows_;
}

const narrator::derived* narrator::find_derived(const dsl::expr& x) const {
  if (x.kind != dsl::expr_kind::column || x.path.size() != 1)
    return nullptr;
  for (const auto& y : derived_)
    if (schema::same_name(y.name, x.path[0].text))
      return &y;
  return nullptr;
}

narrator::found narrator::find_column(const dsl::expr& x) const {
  auto result = found{};
  if (x.kind != dsl::expr_kind::column || !table_)
    return result;
  result.table = table_;
  auto i = std::size_t{0};
  if (x.path.size() > 1 && schema::same_name(x.path[0].text, alias_))
    i = 1;
  for (; i + 1 < x.path.size(); ++i) {
    const auto* relation = result.table->find_relation(x.path[i].text);
    const auto* to = relation ? s_.find_table(relation->to) : nullptr;
    if (!to)
      return {};
    result.steps.push_back(relation);
    result.table = to;
  }
  result.column = result.table->find_column(x.path.back().text);
  return result;
}

bool narrator::is_only_moment(const dsl::expr& x) const {
  const auto is_moment = [](const schema::column& c) {
    return c.type == schema::type::date || c.type == schema::type::timestamp;
  };
  const auto it = find_column(x);
  return it.column && it.steps.empty() && is_moment(*it.column)
         && std::ranges::count_if(table_->columns, is_moment) == 1
         && std::ranges::none_of(derived_, [](const derived& y) {
              return y.kind == flavour::moment;
            });
}

std::string narrator::column_noun(const dsl::expr& x) {
  if (const auto* y = find_derived(x))
    return y->noun;
  const auto it = find_column(x);
  if (!it.column) {
    give_up("the column '" + dsl::print(x) + "'");
    return {};
  }
  const auto key = dsl::print(x);
  const auto known = nouns_.find(key);
  if (known != nouns_.end())
    return known->second;
  return nouns_.emplace(key, new_noun(it)).first->second;
}

std::string narrator::new_noun(const found& x) {
  const auto flag = x.column->type == schema::type::boolean;
  const auto nouns
    = flag ? flag_words(*x.table, *x.column) : nouns_of(*x.table, *x.column);
  auto noun = chance(0.6) ? nouns.front() : random_.pick(nouns);
  const auto* mark = flag ? " flag" : "";
  if (x.steps.empty())
    return noun + mark;
  // "name of the device of the device" helps nobody.
  for (const auto& other : nouns)
    if (noun.find(" of ") != std::string::npos)
      noun = other;
  auto owner = std::string{};
  for (const auto* step : x.steps)
    owner += (owner.empty() ? "" : " ") + spaced(step->name);
  // `device name` is the name of the device already.
  if (noun.starts_with(owner + " ")
      && !names_another(*x.table, x.column, noun.substr(owner.size() + 1)))
    noun.erase(0, owner.size() + 1);
  noun += mark;
  auto joined = owner + " " + noun;
  if (names_another(*table_, nullptr, joined) || chance(0.5))
    return noun + " of the " + owner;
  return joined;
}

flavour narrator::flavour_of(const dsl::expr& x) const {
  using dsl::expr_kind;
  if (const auto* y = find_derived(x))
    return y->kind;
  switch (x.kind) {
  case expr_kind::column: {
    const auto it = find_column(x);
    if (!it.column)
      return flavour::text;
    switch (it.column->type) {
    case schema::type::integer:
    case schema::type::real:
      return flavour::number;
    case schema::type::text:
      return flavour::text;
    case schema::type::boolean:
      return flavour::flag;
    case schema::type::date:
    case schema::type::timestamp:
      return flavour::moment;
    }
    return flavour::text;
  }
  case expr_kind::text:
    return flavour::text;
  case expr_kind::date:
  case expr_kind::timestamp:
    return flavour::moment;
  case expr_kind::binary:
    if (x.text == "||")
      return flavour::text;
    if (x.text == "??")
      return flavour_of(x.arguments[0]);
    return flavour::number;
  case expr_kind::call:
    if (x.text == "TRUNC" || x.text == "DATE_ADD"
        || ((x.text == "MIN" || x.text == "MAX" || x.text == "COALESCE")
            && !x.arguments.empty()))
      return flavour_of(x.arguments[0]);
    if (x.text == "UPPER" || x.text == "LOWER" || x.text == "SUBSTR"
        || x.text == "CONCAT" || x.text == "TRIM" || x.text == "FORMAT_DATE"
        || x.text == "STRING_AGG")
      return flavour::text;
    if (x.text == "IF" && x.arguments.size() == 3)
      return flavour_of(x.arguments[1]);
    return flavour::number;
  case expr_kind::case_when:
    return x.arguments.size() > 1 ? flavour_of(x.arguments[1]) : flavour::text;
  default:
    return flavour::number;
  }
}

const char* narrator::choose(std::initializer_list<const char*> options) {
  return options.begin()[random_.below(options.size())];
}

bool narrator::chance(double probability) {
  return random_.chance(probability);
}

register_kind narrator::style() const {
  return style_;
}

random_stream& narrator::random() {
  return random_;
}

} // namespace aura::infill
