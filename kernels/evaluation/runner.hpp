#pragma once

#include "kernels/sql/connection.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace aura::evaluation {

/// Runs statements on a list of database images, from any thread. Images of
/// one layout share a connection, so that a statement is prepared once for
/// all of them.
class runner {
public:
  /// Fails with `damaged_file` if an image is no database.
  static expected<std::unique_ptr<runner>>
  make(std::vector<std::string> images, const sql::open_options& options);

  /// The same images, opened with other options.
  std::unique_ptr<runner> reopened(const sql::open_options& options) const;

  std::size_t size() const noexcept {
    return places_.size();
  }

  std::string_view image(std::size_t state) const {
    return (*sets_[places_[state].set])[places_[state].index];
  }

  /// The connections of one thread while it holds them.
  class lease {
  public:
    explicit lease(const runner& owner);
    lease(const lease&) = delete;
    lease& operator=(const lease&) = delete;
    ~lease(); // gives the connections back

    expected<sql::result> run(std::size_t state, std::string_view sql,
                              const std::vector<datum>& parameters,
                              const sql::limits& bounds);
    expected<sql::digest> summarise(std::size_t state, std::string_view sql,
                                    const std::vector<datum>& parameters,
                                    const sql::limits& bounds);

  private:
    expected<sql::connection*> connect(std::size_t set);

    const runner& owner_;
    std::vector<std::unique_ptr<sql::connection>> connections_;
  };

private:
  struct place {
    std::size_t set;
    std::size_t index;
  };

  std::vector<std::shared_ptr<const sql::image_set>> sets_;
  std::vector<place> places_;
  sql::open_options options_;
  mutable std::mutex mutex_;
  mutable std::vector<std::vector<std::unique_ptr<sql::connection>>> idle_;
};

} // namespace aura::evaluation
