#include "kernels/dsl/plan.hpp"

#include <array>

namespace aura::dsl::plan {

const char* to_string(data_type x) {
  constexpr std::array names = {"unknown", "NULL",    "INTEGER", "REAL",
                                "TEXT",    "BOOLEAN", "DATE",    "TIMESTAMP"};
  return names[static_cast<std::size_t>(x)];
}

data_type from_schema(schema::type x) {
  return static_cast<data_type>(static_cast<int>(data_type::integer)
                                + static_cast<int>(x));
}

schema::type to_schema(data_type x) {
  return static_cast<schema::type>(static_cast<int>(x)
                                   - static_cast<int>(data_type::integer));
}

} // namespace aura::dsl::plan
