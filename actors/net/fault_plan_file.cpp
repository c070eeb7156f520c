#include "actors/net/fault_plan_file.hpp"

#include "actors/flow/files.hpp"
#include "actors/flow/options.hpp"

namespace aura::net {

namespace {

certificate read_certificate(const std::string& word) {
  if (word == "expired")
    return certificate::expired;
  return word == "wrong-host" ? certificate::wrong_host : certificate::sound;
}

} // namespace

expected<fault_plan> load_fault_plan(const std::string& word,
                                     std::uint64_t seed) {
  if (!word.ends_with(".yaml") && !word.ends_with(".yml"))
    return parse_fault_plan(word, seed);
  const auto text = flow::read_file(word);
  if (!text)
    return text.error();
  auto trouble = flow::problems{};
  const auto said = flow::parse_yaml(*text, word, trouble);
  const auto options = flow::read_options<fault_plan_options>(said, trouble);
  auto plan = fault_plan{};
  for (std::size_t i = 0; i < options.faults.size() && trouble.empty(); ++i) {
    auto part = parse_fault_plan(options.faults[i], options.seed);
    if (!part) {
      const auto* list = said.find("faults");
      const auto where
        = list && i < list->items.size() ? list->items[i].where : said.where;
      trouble.push_back({where, part.error().message, {}});
      break;
    }
    plan.entries.insert(plan.entries.end(), part->entries.begin(),
                        part->entries.end());
  }
  if (!trouble.empty())
    return fault{errc::invalid_option, to_string(trouble.front())};
  plan.seed = options.seed;
  plan.latency = milliseconds{static_cast<std::int64_t>(options.latency)};
  plan.jitter = milliseconds{static_cast<std::int64_t>(options.jitter)};
  plan.slots = options.queue;
  plan.certificate = read_certificate(options.certificate);
  return plan;
}

} // namespace aura::net
