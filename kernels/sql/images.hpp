#pragma once

#include "kernels/base/expected.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aura::sql {

/// What must be equal for a statement prepared over one database image to run
/// on another: tables, indexes, their root pages, page size and encoding.
/// Fails with `damaged_file` if `image` is no database.
expected<std::string> layout_of(std::string_view image);

/// Database images of one layout. A connection to a set prepares a statement
/// once and runs it on every image, which saves most of the time that a short
/// query takes. Frozen, hence safe to share between threads; the bytes are
/// never copied for a connection.
class image_set {
public:
  /// Fails with `damaged_file` if an image is no database, and with
  /// `invalid_schema` if the layouts differ.
  static expected<std::shared_ptr<const image_set>>
  make(std::vector<std::string> images);

  /// One image, unchanged and not copied.
  static std::shared_ptr<const image_set>
  single(std::shared_ptr<const std::string> image);

  std::size_t size() const noexcept {
    return images_.size();
  }

  std::string_view operator[](std::size_t index) const {
    return *images_[index];
  }

private:
  std::vector<std::shared_ptr<const std::string>> images_;
};

} // namespace aura::sql
