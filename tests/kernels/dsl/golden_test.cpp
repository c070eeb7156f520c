#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/syntax_dump.hpp"
#include "kernels/dsl/tokens.hpp"
#include "tests/kernels/dsl/golden.hpp"

namespace aura::dsl {
namespace {

const auto folder
  = std::filesystem::path{AURA_SOURCE_DIR} / "tests" / "golden" / "dsl";

TEST(Golden, SplitsIntoTokens) {
  testing::check_golden(folder / "tokens.golden", [](std::string_view input) {
    const auto x = tokenize(input);
    return dump(x, input) + render(x.diagnostics, input, "query");
  });
}

TEST(Golden, ReadsSyntax) {
  testing::check_golden(folder / "syntax.golden", [](std::string_view input) {
    const auto x = parse(input);
    return x.query ? dump(*x.query) : render(x.diagnostics, input, "query");
  });
}

TEST(Golden, PrintsTheCanonicalForm) {
  testing::check_golden(folder / "print.golden", [](std::string_view input) {
    const auto x = parse(input);
    return x.query ? print(*x.query) : render(x.diagnostics, input, "query");
  });
}

TEST(Golden, FormatsWithComments) {
  testing::check_golden(folder / "pretty.golden", [](std::string_view input) {
    const auto x = parse(input);
    return x.query ? print(*x.query, layout::pretty)
                   : render(x.diagnostics, input, "query");
  });
}

TEST(Golden, KeepsCommentsOnOneLine) {
  testing::check_golden(folder / "comments.golden", [](std::string_view input) {
    const auto x = parse(input);
    return x.query ? print(*x.query) : render(x.diagnostics, input, "query");
  });
}

TEST(Golden, ExplainsWhatIsWrong) {
  testing::check_golden(folder / "syntax_errors.golden",
                        [](std::string_view input) {
                          const auto x = parse(input);
                          return render(x.diagnostics, input, "query");
                        });
}

} // namespace
} // namespace aura::dsl
