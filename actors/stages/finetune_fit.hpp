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

/// Opens the model, after a look at all that a training of it needs: its
/// tensors, its template, the forms to be written, memory and device.
expected<model::pretrained> open_ready(const finetune_options& options);

} // namespace aura::stages
