#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/schema/schema.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace aura::net {

/// Answers the prompts of `infill::prompt` as a good language model would:
/// finds the query in the message, and asks a faithful question for it in the
/// register that the message names. The first of `schemas` that knows the query
/// is used. Fails with the fault of the query, or with `unsupported` if the
/// message holds none. Thread-safe.
std::function<expected<std::string>(const std::string& message)>
make_mock_answer(std::vector<std::shared_ptr<const schema::schema>> schemas);

} // namespace aura::net
