#include "kernels/schema/schema.hpp"

#include <algorithm>

namespace aura::schema {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

template <class Items>
auto find_named(const Items& items, std::string_view wanted)
  -> decltype(items.data()) {
  for (const auto& x : items)
    if (same_name(x.name, wanted))
      return &x;
  return nullptr;
}

} // namespace

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

const char* to_string(type x) {
  constexpr const char* names[]
    = {"integer", "real", "text", "boolean", "date", "timestamp"};
  return names[static_cast<std::size_t>(x)];
}

const column* table::find_column(std::string_view column_name) const {
  return find_named(columns, column_name);
}

const relation* table::find_relation(std::string_view relation_name) const {
  return find_named(relations, relation_name);
}

const table* schema::find_table(std::string_view table_name) const {
  return find_named(tables, table_name);
}

} // namespace aura::schema
