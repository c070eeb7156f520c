#include "kernels/sql/images.hpp"

#include "kernels/sql/engine.hpp"

#include <cstdint>

namespace aura::sql {

namespace {

// Offsets into the first page, as the file format has them.
constexpr std::size_t header_size = 100;
constexpr std::size_t page_size = 16;
constexpr std::size_t versions = 18;
constexpr std::size_t change_counter = 24;
constexpr std::size_t schema_cookie = 40;
constexpr std::size_t encoding = 56;
constexpr std::size_t valid_for = 92;

// SQLite notices another image by its change counter, so that each one of a
// set gets its own. The journal mode becomes the one without a log beside it.
void stamp(std::string& image, std::size_t index) {
  if (image.size() < header_size)
    return;
  image[versions] = image[versions + 1] = 1;
  auto number = static_cast<std::uint32_t>(index + 1);
  for (std::size_t i = 0; i < 4; ++i) {
    auto byte = static_cast<char>(number >> (24 - 8 * i));
    image[change_counter + i] = byte;
    image[valid_for + i] = byte;
  }
}

} // namespace

expected<std::string> layout_of(std::string_view image) {
  auto db = open_window();
  if (!db)
    return db.error();
  show(db->get(), image);
  if (auto hardened = harden(db->get(), false); !hardened)
    return hardened.error();
  auto query = prepare(db->get(), "SELECT type, name, tbl_name, rootpage, sql "
                                  "FROM sqlite_schema ORDER BY rowid");
  if (!query)
    return query.error();
  std::string out;
  auto code = SQLITE_ROW;
  while ((code = sqlite3_step(query->get())) == SQLITE_ROW) {
    for (auto i = 0; i < 5; ++i) {
      auto* text = sqlite3_column_text(query->get(), i);
      out += text ? reinterpret_cast<const char*>(text) : "";
      out += '\x1f';
    }
    out += '\x1e';
  }
  if (code != SQLITE_DONE)
    return to_fault(db->get(), code);
  if (image.size() < header_size)
    return out;
  out += image.substr(page_size, 2);
  out += image.substr(schema_cookie, 4);
  out += image.substr(encoding, 4);
  return out;
}

expected<std::shared_ptr<const image_set>>
image_set::make(std::vector<std::string> images) {
  auto out = std::make_shared<image_set>();
  std::string first;
  for (auto& image : images) {
    auto index = out->images_.size();
    stamp(image, index);
    auto layout = layout_of(image);
    if (!layout)
      return layout.error();
    if (index == 0)
      first = *layout;
    if (*layout != first)
      return fault{errc::invalid_schema, "image " + std::to_string(index)
                                           + " has other tables than image 0"};
    out->images_.push_back(
      std::make_shared<const std::string>(std::move(image)));
  }
  return std::shared_ptr<const image_set>{std::move(out)};
}

std::shared_ptr<const image_set>
image_set::single(std::shared_ptr<const std::string> image) {
  auto out = std::make_shared<image_set>();
  out->images_.push_back(std::move(image));
  return out;
}

} // namespace aura::sql
