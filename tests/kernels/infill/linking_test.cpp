#include "kernels/dsl/printer.hpp"
#include "kernels/infill/faithful.hpp"
#include "kernels/infill/verbaliser.hpp"
#include "kernels/skeleton/sampler.hpp"
#include "kernels/text/prompt.hpp"
#include "tests/kernels/infill/support.hpp"

#include <algorithm>

namespace aura::infill {
namespace {

// What the verbaliser says, the linker must find: a model copies values from
// the question and can invent none.
TEST(Linking, FindsEveryValueThatAQuestionSays) {
  for (const auto* name : {"smart_home.yaml", "shop.yaml"}) {
    const auto s = testing::load(name);
    auto options = skeleton::sampler_options{};
    options.now = testing::now;
    for (auto row = 0u; row < 1500; ++row) {
      auto random = random_stream{13, "linking test", row};
      const auto query = skeleton::sample(s, options, random);
      const auto style = registers[random.below(registers.size())];
      const auto question = verbalise(query, s, style, random);
      ASSERT_TRUE(question);
      const auto prompt = text::render_prompt(s, {}, *question);
      for (const auto& x : values_of(query))
        EXPECT_NE(std::ranges::find(prompt.literals, x.text),
                  prompt.literals.end())
          << x.text << " in: " << *question;
      const auto written = dsl::print(query);
      EXPECT_EQ(text::read_answer(prompt, text::render_answer(prompt, written)),
                written);
    }
  }
}

} // namespace
} // namespace aura::infill
