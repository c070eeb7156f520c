#include "kernels/schema/words.hpp"

#include "kernels/base/hash.hpp"

#include <algorithm>
#include <array>

namespace aura::schema {

namespace {

constexpr std::array first_names
  = {"Anna", "Ben",   "Clara", "David", "Emma",  "Felix", "Grace", "Hugo",
     "Ines", "Jonas", "Kim",   "Lena",  "Milan", "Nora",  "Oscar", "Paula"};
constexpr std::array last_names
  = {"Adler", "Baker", "Costa",  "Dubois", "Evans", "Fischer", "Garcia",
     "Huber", "Ito",   "Jansen", "Keller", "Lopez", "Meyer",   "Novak"};
constexpr std::array adjectives
  = {"Amber", "Blue",  "Calm",   "Dark",  "Early", "Fresh", "Golden",
     "Happy", "Ivory", "Little", "Merry", "North", "Old",   "Quiet"};
constexpr std::array nouns
  = {"Anchor",  "Bridge", "Canyon",  "Falcon", "Garden", "Harbor", "Island",
     "Lantern", "Meadow", "Orchard", "Pine",   "River",  "Summit", "Willow"};

template <class Words>
std::string pick(const Words& words, random_stream& random) {
  return words[random.below(words.size())];
}

/// One word of each; the first is drawn first, whatever the compiler.
template <class First, class Second>
std::string pair(const First& first, const Second& second,
                 const char* separator, random_stream& random) {
  auto text = pick(first, random) + separator;
  return text + pick(second, random);
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
}

/// Whether `name` has one of `parts` in it.
template <class Parts>
bool speaks_of(std::string_view name, const Parts& parts) {
  const auto low = to_lower(std::string{name});
  return std::any_of(std::begin(parts), std::end(parts), [&](const char* x) {
    return low.find(x) != std::string::npos;
  });
}

} // namespace

std::string to_lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), lower);
  return text;
}

std::string to_upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), upper);
  return text;
}

std::string singular(std::string_view name) {
  auto word = to_lower(std::string{name});
  std::replace(word.begin(), word.end(), ' ', '-');
  if (word.size() > 3 && word.ends_with("ies"))
    return word.substr(0, word.size() - 3) + "y";
  if (word.size() > 2 && word.ends_with("s") && !word.ends_with("ss"))
    word.pop_back();
  return word;
}

std::string invent_text(std::string_view table, std::string_view column,
                        random_stream& random) {
  static constexpr std::array people
    = {"customer", "employee", "person",  "people",  "user",    "member",
       "author",   "artist",   "student", "patient", "contact", "composer"};
  static constexpr std::array mail = {"mail"};
  static constexpr std::array web = {"url", "website", "link"};
  static constexpr std::array codes
    = {"code", "number", "phone", "fax", "sku", "zip", "postal", "serial"};
  static constexpr std::array names = {"name", "title"};
  static constexpr std::array notes
    = {"description", "comment", "note", "remark", "address"};
  if (speaks_of(column, mail))
    return to_lower(pair(first_names, last_names, ".", random))
           + std::to_string(random.below(100)) + "@example.org";
  if (speaks_of(column, web))
    return "https://example.org/" + to_lower(pick(nouns, random));
  if (speaks_of(column, notes))
    return pair(adjectives, nouns, " ", random) + " "
           + std::to_string(1 + random.below(200));
  if (speaks_of(column, codes)) {
    const auto letter = static_cast<char>('A' + random.below(6));
    return letter + ("-" + std::to_string(1000 + random.below(9000)));
  }
  if (speaks_of(column, people)
      || (speaks_of(column, names) && speaks_of(table, people)))
    return pair(first_names, last_names, " ", random);
  if (speaks_of(column, names))
    return pair(adjectives, nouns, " ", random);
  return pick(nouns, random);
}

std::string common_text(std::string_view column) {
  return nouns[hash64(column) % nouns.size()];
}

} // namespace aura::schema
