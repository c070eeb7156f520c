#include "actors/stages/finetune_fit.hpp"

#include "actors/flow/files.hpp"
#include "actors/stages/finetune_export.hpp"
#include "kernels/model/engine.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace aura::stages {

namespace {

constexpr auto gib = 1024.0 * 1024.0 * 1024.0;

std::string in_gib(std::size_t bytes, const char* format = "%.2f GiB") {
  auto buffer = std::array<char, 40>{};
  std::snprintf(buffer.data(), buffer.size(), format,
                static_cast<double>(bytes) / gib);
  return buffer.data();
}

std::string row(const std::string& name, std::size_t bytes) {
  auto buffer = std::array<char, 120>{};
  std::snprintf(buffer.data(), buffer.size(), "     %-34s %s\n", name.c_str(),
                in_gib(bytes, "%9.3f GiB").c_str());
  return buffer.data();
}

/// What there is to fit into; 0 if nobody said.
std::size_t room_of(const finetune_options& options) {
  if (options.card_memory > 0)
    return static_cast<std::size_t>(options.card_memory * gib);
  const auto* found = model::find_card(options.card);
  return found == nullptr ? 0 : found->bytes;
}

std::string card_name(const finetune_options& options, std::size_t room) {
  return options.card_memory > 0 || options.card.empty()
           ? in_gib(room, "a card of %.4g GiB")
           : options.card + in_gib(room, " (%.4g GiB)");
}

/// Cards that the whole training fits on as it is, the smallest first.
std::string cards_for(std::size_t total) {
  auto known
    = std::vector<model::card>{model::cards().begin(), model::cards().end()};
  std::stable_sort(
    known.begin(), known.end(),
    [](const auto& a, const auto& b) { return a.bytes < b.bytes; });
  const auto found
    = std::find_if(known.begin(), known.end(),
                   [&](const auto& x) { return x.bytes >= total; });
  return found == known.end() ? std::string{} : std::string{found->name};
}

expected<model::architecture> shape_of(const finetune_options& options) {
  if (!options.model.empty())
    return model::open_architecture(options.model);
  const auto text = flow::read_file(options.config);
  if (!text)
    return text.error();
  return model::read_architecture(*text);
}

} // namespace

expected<const text::chat_template*> chat_of(const finetune_options& options,
                                             const model::pretrained& base) {
  const auto name = options.chat.empty() ? base.chat : options.chat;
  if (const auto* found = text::find_chat_template(name))
    return found;
  return fault{errc::invalid_option, name.empty()
                                       ? "the model brings no chat template "
                                         "that is known; give one with 'chat'"
                                       : "no chat template '" + name + "'"};
}

model::tuner_options tuner_options_of(const finetune_options& options) {
  auto result = options.tuner;
  result.engine = options.engine == "libtorch" ? model::engine_kind::libtorch
                                               : model::engine_kind::fused;
  result.base = options.base == "stored" ? model::base_kind::stored
                                         : model::base_kind::nf4;
  result.moments = options.moments == "32-bit" ? model::moments_kind::bits32
                                               : model::moments_kind::bits8;
  return result;
}

namespace {

/// The largest pass of such a training.
model::micro_batch largest_pass(const finetune_options& options,
                                const model::architecture& shape) {
  const auto longest = std::min(options.length, shape.positions);
  const auto& recipe = options.recipe;
  auto tokens = recipe.group > 1
                  ? recipe.pass_tokens
                  : std::min(recipe.pass_tokens, recipe.batch * longest);
  tokens = std::max(tokens, longest);
  return {tokens, tokens, longest};
}

/// A memory plan as a table of GiB, and whether it fits. Fails with
/// `resource_limit` if it does not: with the same table, and what would make it
/// fit. Without a card it only adds up.
expected<std::string> memory_text(const finetune_options& options,
                                  const model::architecture& shape) {
  const auto how = tuner_options_of(options);
  const auto layout = model::lay_out(shape, how.lora);
  if (!layout)
    return layout.error();
  const auto pass = largest_pass(options, shape);
  const auto plan = model::plan_memory(shape, *layout, how, pass);
  const auto total = plan.total();
  auto text = "memory of "
              + (options.model.empty() ? options.config : options.model)
              + " on " + how.device + ", passes of "
              + std::to_string(pass.tokens) + " tokens\n";
  for (const auto& x : plan.parts)
    text += row(x.name, x.bytes);
  text += row("together", total);
  const auto room = room_of(options);
  if (room == 0)
    return text + "     set 'card' or 'card-memory' to see whether it fits\n";
  if (total <= room)
    return text + "     fits " + card_name(options, room) + ", "
           + in_gib(room - total) + " to spare\n";
  text += "     does not fit " + card_name(options, room) + ": "
          + in_gib(total - room) + " too much\n";
  const auto ways = model::remedies(shape, how, pass, room);
  for (const auto& x : ways)
    text += "     fits with " + x.change + " (" + in_gib(x.total) + ")\n";
  if (ways.empty())
    text += "     no option makes it fit\n";
  if (const auto larger = cards_for(total); !larger.empty())
    text += "     fits on " + larger + " as it is\n";
  text.pop_back();
  return fault{errc::resource_limit, std::move(text)};
}

} // namespace

expected<std::string> forecast(const finetune_options& options) {
  const auto shape = shape_of(options);
  if (!shape)
    return shape.error();
  return memory_text(options, *shape);
}

expected<model::pretrained> open_ready(const finetune_options& options) {
  if (options.model.empty())
    return fault{errc::invalid_option,
                 "'config' is for planning only; give a 'model'"};
  const auto shape = model::open_architecture(options.model);
  if (!shape)
    return shape.error();
  if (auto made = check_forms(options, *shape); !made)
    return made.error();
  if (auto fits = memory_text(options, *shape); !fits)
    return fits.error();
  auto opened = model::open_pretrained(options.model);
  if (!opened)
    return opened;
  if (const auto how = chat_of(options, *opened); !how)
    return how.error();
  const auto how = tuner_options_of(options);
  // The smallest of decoders shows whether the device is there.
  if (auto made = model::make_engine(how.engine, {}, how.device); !made)
    return made.error();
  return opened;
}

status ready(const finetune_options& options) {
  const auto opened = open_ready(options);
  return opened ? ok : status{opened.error()};
}

} // namespace aura::stages
