#pragma once

#include <string>

namespace aura::flow {

/// A page that needs nothing but itself, in the look that all our pages share:
/// light or dark as the reader likes it. `body` is HTML. What is in `head` goes
/// into the head, after the style.
std::string html_page(const std::string& title, const std::string& body,
                      const std::string& head = {});

} // namespace aura::flow
