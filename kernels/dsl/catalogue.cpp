#include "kernels/dsl/catalogue.hpp"

#include "kernels/base/utf8.hpp"
#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/fixes.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>

namespace aura::dsl {

namespace {

compile_options at_noon() {
  auto result = compile_options{};
  result.now = "2024-06-15 12:00:00";
  return result;
}

// The page is UTF-8, also where an example is not.
std::string readable(std::string_view x) {
  auto result = std::string{};
  while (!x.empty()) {
    const auto n = character_length(x);
    if (n == 0)
      result += "\xef\xbf\xbd";
    else
      result += x.substr(0, n);
    x.remove_prefix(std::max<std::size_t>(1, n));
  }
  return result;
}

std::string block(std::string_view language, const std::string& text) {
  return "```" + std::string{language} + '\n' + text
         + (text.ends_with('\n') ? "```\n" : "\n```\n");
}

template <class See>
void each_code(const See& see) {
  for (const auto& x : syntax_codes())
    see(x);
  for (const auto& x : meaning_codes())
    see(x);
}

} // namespace

const code_entry* find_code(std::string_view code) {
  auto wanted = upper(code);
  if (!wanted.starts_with("AUR-"))
    wanted.insert(0, "AUR-");
  const code_entry* found = nullptr;
  each_code([&](const code_entry& x) {
    if (x.code == wanted)
      found = &x;
  });
  return found;
}

std::string describe(const code_entry& x, const schema::schema& house) {
  auto out = "### " + std::string{x.code} + ": " + std::string{x.title} + "\n\n"
             + std::string{x.meaning} + '\n';
  if (x.example.empty())
    return out;
  const auto look = [&](std::string_view text) {
    return compile(text, house, at_noon()).diagnostics;
  };
  const auto source = std::string{x.example};
  out += '\n' + block("auradsl", readable(source)) + '\n'
         + block("text", readable(render(look(source), source, "query")));
  const auto after = mend(source, look);
  if (after.text != source && !has_errors(after.left))
    out += "\nMended by `aura fix`:\n\n" + block("auradsl", after.text);
  return out;
}

std::string catalogue(const schema::schema& house) {
  auto out = std::string{
    "# Diagnostics\n\n"
    "What the compiler says about queries, by code. Codes are stable. This "
    "page is what `aura diagnostics`\nprints, and a test checks that it is "
    "current; `aura diagnostics AUR-E0203` prints one entry. The examples are "
    "over\n`configs/schemas/smart_home.yaml`.\n\n"
    "`aura check --json` prints diagnostics for a machine, `aura fix` makes "
    "the fixes whose confidence is at least 0.8.\n\n"
    "| code | |\n| --- | --- |\n"};
  each_code([&](const code_entry& x) {
    out += "| " + std::string{x.code} + " | " + std::string{x.title} + " |\n";
  });
  out += "| AUR-E0299 | a bug of the compiler |\n";
  each_code([&](const code_entry& x) { out += '\n' + describe(x, house); });
  return out;
}

} // namespace aura::dsl
