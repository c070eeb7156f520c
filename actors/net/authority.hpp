#pragma once

#include "kernels/base/expected.hpp"

#include <string>
#include <vector>

namespace aura::net {

/// A certificate authority made up on the spot and one certificate issued by
/// it, all in PEM. The key of the authority is thrown away.
struct identity {
  std::string authority;
  std::string certificate;
  std::string key;
};

/// Issues a certificate for `hosts` (names and addresses) that holds from a day
/// ago for `days` days; with a negative number it has expired. Two calls never
/// give the same keys.
expected<identity> issue_identity(const std::vector<std::string>& hosts,
                                  int days = 30);

} // namespace aura::net
