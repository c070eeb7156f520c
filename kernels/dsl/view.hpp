#pragma once

#include "kernels/base/text_hash.hpp"
#include "kernels/dsl/classes.hpp"
#include "kernels/dsl/resolve.hpp"
#include "kernels/schema/schema.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace aura::dsl {

/// What may be named after some text of a query, ready to be looked up.
struct view {
  visible names;
  /// The columns and aliases as the printer spells them.
  std::vector<std::string> columns;
  std::vector<std::string> aliases;
  /// Whether the bare name of each column means that column alone.
  std::vector<bool> unique;
};

/// Remembers what unfinished queries have in scope. Safe to use from any
/// thread.
class view_cache {
public:
  view_cache(const schema::schema& s, std::string now)
    : schema_{s}, now_{std::move(now)} {
  }

  /// What may be named after the whole operators in `text`; null if they do
  /// not resolve.
  std::shared_ptr<const view> after(std::string_view text) const;

  const schema::schema& domain() const {
    return schema_;
  }

private:
  const schema::schema schema_;
  const std::string now_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<std::string, std::shared_ptr<const view>,
                             text_hash, std::equal_to<>>
    known_;
};

} // namespace aura::dsl
