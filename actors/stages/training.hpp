#pragma once

#include "actors/flow/options.hpp"
#include "kernels/model/example.hpp"
#include "kernels/model/trainer.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

/// What all stages that train share.
namespace aura::stages {

/// `constant`, `cosine` or `linear`.
model::schedule_kind schedule_of(const std::string& name);

/// What every training depends on: `data`, `options` (those that matter) and
/// `program`. The examples stand for the rows, the prompts and the vocabulary
/// at once.
std::map<std::string, std::string>
training_parts(const std::vector<model::example>& train,
               const std::vector<model::example>& eval,
               const std::vector<flow::option_info>& options,
               std::uint64_t seed);

/// Copies files of an earlier run's folder, each in one step. False if one of
/// them cannot be had.
bool take_files(const std::filesystem::path& from,
                const std::filesystem::path& to,
                std::span<const char* const> names);

} // namespace aura::stages
