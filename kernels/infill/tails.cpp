#include "kernels/infill/join.hpp"
#include "kernels/infill/sentence.hpp"

namespace aura::infill {

std::string question::restrictions() {
  auto result = std::string{};
  while (const auto* x = take<dsl::filter>())
    result += n_.restriction(
      x->predicate,
      result.empty() ? n_.choose({"where", "where", "for which"}) : "and");
  return result;
}

std::string question::extension(const dsl::extend& x) {
  const auto names = nouns(x.items);
  remember(x.items, names, kinds(x.items));
  const auto what = listed(names);
  return n_.chance(0.5) ? ", with the " + what
                            + (names.size() == 1 ? " as an extra column"
                                                 : " as extra columns")
                        : ", together with the " + what;
}

// `, sorted by …, first 5 only`, or both in one: `, only the 5 with the
// highest …`.
std::string question::order_and_cut() {
  if (const auto* x = take<dsl::top>())
    return "," + best(*x);
  const auto* by = take<dsl::sort>();
  const auto* few = take<dsl::limit>();
  auto result = std::string{};
  if (by && few && !few->offset && by->keys.size() == 1
      && by->keys[0].nulls == dsl::nulls::unspecified && n_.chance(0.6)) {
    const auto& key = by->keys[0];
    const auto kind = n_.flavour_of(key.value);
    if (const auto* most = superlative(kind, key.descending, n_.random())) {
      const auto noun = n_.noun(key.value);
      if (few->count > 1 && kind == flavour::number && key.descending
          && n_.chance(0.35))
        return ", top " + std::to_string(few->count) + " by " + noun;
      return ", only the "
             + (few->count == 1 ? std::string{"one"}
                                : std::to_string(few->count))
             + " with the " + most + " " + noun;
    }
  }
  if (by)
    result
      += join({n_.choose({", sorted", ", sorted", ", ordered"}), sorting(*by)});
  if (few)
    result += "," + cut(*few);
  return result;
}

std::string question::sorting(const dsl::sort& x) {
  auto result = std::string{};
  for (std::size_t i = 0; i < x.keys.size(); ++i)
    result += (i == 0 ? " by " : ", then by ") + sort_key(x.keys[i], i == 0);
  return result;
}

std::string question::sort_key(const dsl::sort_key& x, bool first) {
  auto result = n_.noun(x.value);
  // Ascending goes without saying, now and then.
  if (x.descending || n_.chance(first ? 0.8 : 0.3))
    result
      += " " + direction(n_.flavour_of(x.value), x.descending, n_.random());
  if (x.nulls == dsl::nulls::first)
    result += " with missing values first";
  return result;
}

std::string question::cut(const dsl::limit& x) {
  const auto count = std::to_string(x.count);
  if (x.offset)
    return " only the next " + count + " after skipping the first "
           + std::to_string(*x.offset);
  if (x.count == 1)
    return n_.choose({" only the first one", " just the first"});
  return n_.choose({" only the first ", " limited to ", " just the first "})
         + count;
}

std::string question::best(const dsl::top& x) {
  auto per = std::vector<std::string>{};
  for (const auto& key : x.per)
    per.push_back(n_.noun(key));
  auto result = std::string{};
  const auto count
    = x.count == 1 ? std::string{"one"} : std::to_string(x.count);
  const auto* most = x.by.size() == 1
                       ? superlative(n_.flavour_of(x.by[0].value),
                                     x.by[0].descending, n_.random())
                       : nullptr;
  if (most) {
    result = " only the " + count + " with the " + most + " "
             + n_.noun(x.by[0].value);
  } else {
    result = " only the first " + count;
    auto keys = dsl::sort{x.by};
    result += " when sorted" + sorting(keys);
  }
  if (!per.empty())
    result += n_.choose({" for each ", " per ", " within each "}) + listed(per);
  if (x.with_ties)
    result += " including ties";
  return result;
}

} // namespace aura::infill
