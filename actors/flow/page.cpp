#include "actors/flow/page.hpp"

#include "actors/flow/charts.hpp"

namespace aura::flow {

namespace {

constexpr auto style = R"(
:root{--ink:#1c2333;--soft:#5b6478;--line:#e3e7ef;--paper:#fff;--ground:#f5f7fb;
--accent:#2f6fed;--warm:#e4803a;--lost:#f3c6a8;--good:#1f8a5b;--bad:#c2412d}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf2;--soft:#98a2b8;--line:#2b3347;
--paper:#171d2b;--ground:#0f1420;--accent:#6d9cff;--warm:#f0a06a;--lost:#5d4030;
--good:#5fcf9b;--bad:#ff8b78}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}
main{max-width:1080px;margin:0 auto;padding:36px 20px 60px}
h1{font-size:27px;margin:0 0 4px;letter-spacing:-.01em}h2{font-size:17px;margin:0 0 14px}
h3{font-size:14px;margin:20px 0 8px;color:var(--soft);font-weight:600}
.sub{color:var(--soft);margin:0 0 24px}.grid2{display:grid;gap:18px;
align-items:start;
grid-template-columns:repeat(auto-fit,minmax(460px,1fr))}
section{background:var(--paper);border:1px solid var(--line);border-radius:12px;
padding:20px 22px;margin:0 0 18px;overflow-x:auto}
.cards{display:grid;gap:12px;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));margin:0 0 18px}
.card{background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:14px 16px}
.card b{display:block;font-size:23px;letter-spacing:-.02em}.card span{color:var(--soft);font-size:13px}
table{border-collapse:collapse;width:100%;font-size:14px}
th{font-weight:600;color:var(--soft);text-align:left;border-bottom:1px solid var(--line)}
th,td{padding:6px 12px 6px 0;vertical-align:top}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
tr+tr td{border-top:1px solid var(--line)}
code,pre{font:13px/1.5 ui-monospace,'SF Mono',Menlo,'DejaVu Sans Mono',monospace}
pre{margin:3px 0;white-space:pre-wrap;overflow-wrap:anywhere}
.example{border-top:1px solid var(--line);padding:12px 0}.example:first-of-type{border:0}
.tag{display:inline-block;border-radius:99px;padding:0 9px;font-size:12px;font-weight:600;margin-right:8px}
.good{color:var(--good)}.bad{color:var(--bad)}.tag.good{background:color-mix(in srgb,var(--good) 15%,transparent)}
.tag.bad{background:color-mix(in srgb,var(--bad) 15%,transparent)}
.key{color:var(--soft);font-size:12px;display:inline-block;width:78px}
.failure{border-color:var(--bad)}svg{width:100%;max-width:860px;
height:auto;display:block;margin:0 auto}
svg text{fill:var(--ink);font-size:13px}svg .tick{fill:var(--soft);font-size:11.5px}
svg .label{font-weight:600}svg .grid{stroke:var(--line)}svg .bar{fill:var(--accent)}
svg .lost{fill:var(--lost)}svg .whisker{stroke:var(--ink);stroke-width:1.6}
)";

} // namespace

std::string html_page(const std::string& title, const std::string& body,
                      const std::string& head) {
  return "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
         "<meta name='viewport' content='width=device-width'><title>"
         + escape_html(title) + "</title><style>" + style + "</style>" + head
         + "</head><body><main>\n" + body + "</main></body></html>\n";
}

} // namespace aura::flow
