#pragma once

#include "actors/stages/finetune.hpp"
#include "kernels/model/pretrained/fit.hpp"
#include "kernels/model/pretrained/pretrained.hpp"
#include "kernels/text/chat.hpp"

namespace aura::stages {

/// How rows are put to the model: as the options say, or as the model does.
expected<const text::chat_template*> chat_of(const finetune_options& options,
                                             const model::pretrained& base);

/// The part of the options that a tuner is made with.
model::tuner_options tuner_options_of(const finetune_options& options);

/// The largest pass of such a training.
model::micro_batch largest_pass(const finetune_options& options,
                                const model::architecture& shape);

/// A memory plan as a table of GiB, and whether it fits. Fails with
/// `resource_limit` if it does not: with the same table, and what would make it
/// fit. Without a card it only adds up.
expected<std::string> memory_text(const finetune_options& options,
                                  const model::architecture& shape);

} // namespace aura::stages
