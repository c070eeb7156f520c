#pragma once

#include "actors/flow/step.hpp"
#include "actors/stages/domain.hpp"
#include "actors/stages/finetune.hpp"
#include "kernels/model/pretrained/pretrained.hpp"
#include "kernels/model/pretrained/reader.hpp"

#include <filesystem>
#include <vector>

namespace aura::stages {

/// Fails with `invalid_option` if a form is wanted that such a training of such
/// a model cannot have.
status check_forms(const finetune_options& options,
                   const model::architecture& shape);

/// Writes the adapter, and the other forms that the options name, into
/// `folder`. The adapter comes first.
expected<std::vector<model_form>>
export_forms(const model::pretrained& base, const model::adapter& trained,
             const finetune_options& options,
             const std::filesystem::path& folder, const flow::environment& at);

/// Copies `forms` into `folder`, each file in one step, and tells where they
/// are there.
expected<std::vector<model_form>>
copy_forms(const std::vector<model_form>& forms,
           const std::filesystem::path& folder);

} // namespace aura::stages
