#include "kernels/infill/join.hpp"
#include "kernels/infill/narrator.hpp"

#include "kernels/dsl/printer.hpp"

#include <array>

namespace aura::infill {

namespace {

struct opening {
  const char* function;
  std::array<const char*, 3> words;
};

// What goes before the noun; the first word of a row is the commonest.
constexpr auto of_numbers = std::to_array<opening>(
  {{"SUM", {"total ", "total ", "sum of "}},
   {"AVG", {"average ", "average ", "mean "}},
   {"MIN", {"minimum ", "lowest ", "smallest "}},
   {"MAX", {"maximum ", "highest ", "largest "}},
   {"MEDIAN", {"median ", "median ", "median "}},
   {"STDDEV",
    {"standard deviation of ", "standard deviation of ",
     "standard deviation of "}},
   {"VARIANCE", {"variance of ", "variance of ", "variance of "}},
   {"STDDEV_POP",
    {"population standard deviation of ", "population standard deviation of ",
     "population standard deviation of "}},
   {"VARIANCE_POP",
    {"population variance of ", "population variance of ",
     "population variance of "}}});

constexpr auto of_moments
  = std::to_array<opening>({{"MIN", {"earliest ", "earliest ", "first "}},
                            {"MAX", {"latest ", "latest ", "last "}}});

template <std::size_t N>
const opening* find(const std::array<opening, N>& table,
                    const std::string& function) {
  for (const auto& x : table)
    if (function == x.function)
      return &x;
  return nullptr;
}

} // namespace

std::string narrator::count_noun(const dsl::expr& x) {
  if (x.arguments.empty())
    return "number of " + rows_;
  const auto* kind = x.distinct ? choose({"different ", "distinct ", "unique "})
                                : choose({"known ", "recorded "});
  return join({"number of ", kind, noun(x.arguments[0]), " values"});
}

std::string narrator::aggregate_noun(const dsl::expr& x) {
  // In parentheses, so that it is no condition on all rows.
  const auto only = [&] {
    return x.condition.empty() ? std::string{}
                               : " (only where " + clause(x.condition[0]) + ")";
  };
  if (x.text == "COUNT") {
    const auto counted = count_noun(x);
    return counted + only();
  }
  if (x.arguments.empty() || !x.sort.empty()) {
    give_up("'" + dsl::print(x) + "'");
    return {};
  }
  const auto& of = x.arguments[0];
  const auto* moment
    = flavour_of(of) == flavour::moment ? find(of_moments, x.text) : nullptr;
  auto result = std::string{};
  if (const auto* words = moment ? moment : find(of_numbers, x.text)) {
    result = words->words[random_.below(words->words.size())];
    result += operand(of);
  } else if (x.text == "PERCENTILE" && x.arguments.size() == 2) {
    result = join({"percentile ", noun(x.arguments[1]), " of ", operand(of)});
  } else if (x.text == "ANY") {
    result = "whether for any of them " + clause(of);
  } else if (x.text == "ALL") {
    result = "whether for all of them " + clause(of);
  } else {
    give_up("the function " + x.text);
    return {};
  }
  if (x.distinct)
    result += " over distinct values";
  return result + only();
}

} // namespace aura::infill
