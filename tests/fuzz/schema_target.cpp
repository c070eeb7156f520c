#include "kernels/schema/load.hpp"
#include "kernels/schema/write.hpp"
#include "tests/fuzz/target.hpp"

// Bytes → schema → text → the same schema.

namespace aura::fuzz {

void try_schema(std::string_view source) {
  const auto read = schema::parse(source, "fuzz.yaml");
  if (!read) {
    require(!read.error().message.empty(), "a reason", source);
    return;
  }
  const auto text = schema::write(*read);
  const auto again = schema::parse(text, "fuzz.yaml");
  if (!again)
    fail(again.error().message + "\n" + text, source);
  require(schema::write(*again) == text, "writing is idempotent", source);
}

} // namespace aura::fuzz
