#pragma once

#include "kernels/base/expected.hpp"

#include <filesystem>
#include <string>

namespace aura {

/// The folder of a run as people name it: the folder itself, or the name of a
/// pipeline, which means its latest run. Fails with `missing_file`.
expected<std::filesystem::path> find_run(const std::filesystem::path& base,
                                         const std::string& word);

/// What two runs do not have in common, as JSON: options, versions and input
/// files, dataset files, and results. Scores come with their 95 % intervals;
/// their difference with that of Newcombe, and, on the questions that both
/// were asked, with the exact p-value of McNemar's test. Fails with
/// `missing_file` or `damaged_file`.
expected<std::string> compare_runs(const std::filesystem::path& a,
                                   const std::filesystem::path& b);

/// The same for people.
std::string difference_text(const std::string& json);

} // namespace aura
