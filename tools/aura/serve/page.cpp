#include "tools/aura/serve/page.hpp"

namespace aura::tools {

namespace {

constexpr auto style = R"(
:root{--ink:#1b2130;--soft:#667085;--line:#e4e7ee;--paper:#fff;--ground:#f4f6fa;
--accent:#3461eb;--glow:#3461eb22;--key:#7a3ff2;--name:#0b7285;--text:#b04a0a;
--number:#1d7a46;--bad:#c2412d}
@media(prefers-color-scheme:dark){:root{--ink:#e7eaf2;--soft:#93a0b8;
--line:#29324a;--paper:#151b2b;--ground:#0d1220;--accent:#7da2ff;
--glow:#7da2ff2e;--key:#c3a6ff;--name:#6fd3e3;--text:#ffb27a;--number:#7fdca4;
--bad:#ff8b78}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;color:var(--ink);background:
radial-gradient(1100px 480px at 50% -180px,var(--glow),transparent) var(--ground);
font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}
main{max-width:880px;margin:0 auto;padding:9vh 22px 60px;transition:padding .25s}
main.answered{padding-top:34px}
header{text-align:center;margin-bottom:28px}
h1{font-size:34px;letter-spacing:-.03em;margin:0;font-weight:700}
h1 span{color:var(--accent)}
header p{margin:6px 0 0;color:var(--soft)}
form{display:flex;background:var(--paper);border:1px solid var(--line);
border-radius:16px;padding:7px;box-shadow:0 10px 34px -18px #0b153066;
transition:border-color .15s,box-shadow .15s}
form:focus-within{border-color:var(--accent);box-shadow:0 0 0 4px var(--glow)}
input{flex:1;min-width:0;border:0;outline:0;background:none;color:inherit;
font:inherit;font-size:17px;padding:9px 14px}
button{font:inherit;cursor:pointer;border:0;border-radius:11px;padding:9px 22px;
font-weight:600;color:#fff;background:var(--accent)}
@media(prefers-color-scheme:dark){form button{color:#0d1220}}
button:disabled{opacity:.55;cursor:progress}
#hints{display:flex;flex-wrap:wrap;gap:8px;justify-content:center;margin:18px 0 0}
#hints button{background:var(--paper);color:var(--soft);border:1px solid
var(--line);border-radius:99px;padding:5px 14px;font-size:14px;font-weight:400}
#hints button:hover{color:var(--ink);border-color:var(--accent)}
.answered #hints{display:none}
section{background:var(--paper);border:1px solid var(--line);border-radius:16px;
margin-top:18px;overflow:hidden}
h2{font-size:12px;letter-spacing:.08em;text-transform:uppercase;font-weight:600;
color:var(--soft);margin:0;padding:13px 18px 0;display:flex}
h2 button{margin-left:auto;background:none;color:var(--soft);padding:0;
font-size:12px;font-weight:400}h2 button:hover{color:var(--accent)}
pre{margin:0;padding:8px 18px 16px;white-space:pre-wrap;overflow-wrap:anywhere;
font:14px/1.65 ui-monospace,'SF Mono',Menlo,'DejaVu Sans Mono',monospace}
.k{color:var(--key);font-weight:600}.n{color:var(--number)}.t{color:var(--text)}
.f{color:var(--name)}.p{color:var(--soft)}
.rows{overflow:auto;max-height:52vh;padding:8px 0 4px}
table{border-collapse:collapse;width:100%;font-size:14.5px}
th{position:sticky;top:-8px;background:var(--paper);text-align:left;
color:var(--soft);font-weight:600}
th,td{padding:8px 18px;border-bottom:1px solid var(--line);white-space:nowrap}
tr:last-child td{border:0}td.n{text-align:right;color:inherit;
font-variant-numeric:tabular-nums}th.n{text-align:right;color:var(--soft)}
.null{color:var(--soft);font-style:italic}
.foot{color:var(--soft);font-size:13px;padding:6px 18px 14px}
.bad{border-color:var(--bad);padding:14px 18px;color:var(--bad)}
footer{text-align:center;color:var(--soft);font-size:13px;margin-top:34px}
footer code{font:12.5px ui-monospace,Menlo,'DejaVu Sans Mono',monospace}
[hidden]{display:none!important}
)";

constexpr auto script = R"(
const $=x=>document.getElementById(x),key={};
const element=(name,text,kind)=>{const x=document.createElement(name);
if(text!==undefined)x.textContent=text;if(kind)x.className=kind;return x};
const paint=(to,text)=>{to.replaceChildren();
const parts=/('(?:[^']|'')*'?)|(\b\d+(?:\.\d+)?\b)|([A-Z_]{2,}(?=\())|\b([A-Z][A-Z_]+)\b|(\|>|==|!=|<=|>=|[<>=+*\/|-])/g;
let end=0;for(const m of text.matchAll(parts)){
to.append(text.slice(end,m.index));
to.append(element('span',m[0],m[1]?'t':m[2]?'n':m[3]?'f':m[4]?'k':'p'));
end=m.index+m[0].length}to.append(text.slice(end))};
const show=x=>{$('main').classList.add('answered');
$('problem').hidden=true;$('answer').hidden=false;
paint($('query'),x.query.replaceAll(' |> ','\n|> '));
paint($('sql'),x.sql);
const rows=x.rows||[],names=x.columns||[];
const numeric=names.map((_,i)=>rows.some(r=>typeof r[i]==='number')
&&rows.every(r=>r[i]===null||typeof r[i]==='number'));
const table=element('table'),head=element('tr');
names.forEach((n,i)=>head.append(element('th',n,numeric[i]?'n':'')));
table.append(head);
for(const r of rows.slice(0,500)){const line=element('tr');
r.forEach((v,i)=>{const cell=element('td',undefined,numeric[i]?'n':'');
v===null?cell.append(element('span','null','null'))
:cell.textContent=typeof v==='number'?v.toLocaleString('en',{maximumFractionDigits:6,
useGrouping:!Number.isInteger(v)||Math.abs(v)>=10000}):String(v);
line.append(cell)});table.append(line)}
$('rows').replaceChildren(table);
const n=rows.length;$('foot').textContent=x.problem?x.problem
:(n===1?'1 row':n.toLocaleString('en')+' rows')+(n>500?', the first 500 shown':'')
+' · '+(x.seconds<1?Math.round(x.seconds*1000)+' ms':x.seconds.toFixed(1)+' s')};
const fail=(text,query)=>{$('main').classList.add('answered');
$('answer').hidden=true;$('problem').hidden=false;
$('problem').textContent=text+(query?': '+query:'')};
const ask=async question=>{const button=$('go');button.disabled=true;
try{const headers={'Content-Type':'application/json'};
if(key.text)headers.Authorization='Bearer '+key.text;
const reply=await fetch('/v1/translate',{method:'POST',headers,
body:JSON.stringify({question})});
const x=await reply.json();
if(reply.status===401){key.text=prompt('This server asks for a key:')||'';
if(key.text)return ask(question)}
if(!reply.ok)return fail(x.error.message,x.query);
history.replaceState(null,'','#'+encodeURIComponent(question));show(x)
}catch(problem){fail('the server did not answer')}
finally{button.disabled=false}};
$('form').addEventListener('submit',event=>{event.preventDefault();
const text=$('question').value.trim();if(text)ask(text)});
for(const b of document.querySelectorAll('#hints button'))
b.addEventListener('click',()=>{$('question').value=b.textContent;
ask(b.textContent)});
for(const b of document.querySelectorAll('h2 button'))
b.addEventListener('click',()=>{navigator.clipboard.writeText(
$(b.dataset.of).textContent);b.textContent='copied';
setTimeout(()=>b.textContent='copy',1200)});
const given=decodeURIComponent(location.hash.slice(1));
if(given){$('question').value=given;ask(given)}
)";

constexpr auto body = R"(
<main id='main'><header><h1>a<span>u</span>ra</h1>
<p>Ask {domain} a question; {name} writes the query.</p></header>
<form id='form'><input id='question' autofocus autocomplete='off'
placeholder='how many …' aria-label='question' maxlength='2000'>
<button id='go'>Ask</button></form>
<div id='hints'>{hints}</div>
<div id='problem' class='bad' hidden role='alert'></div>
<div id='answer' hidden>
<section><h2>Query <button data-of='query'>copy</button></h2>
<pre id='query'></pre></section>
<section><h2>Rows</h2><div class='rows' id='rows'></div>
<div class='foot' id='foot'></div></section>
<section><h2>SQL <button data-of='sql'>copy</button></h2>
<pre id='sql'></pre></section></div>
<footer><code>POST /v1/translate</code> · <code>POST /v1/chat/completions</code>
</footer></main>
)";

std::string escape(const std::string& x) {
  auto result = std::string{};
  for (auto c : x)
    result += c == '&'    ? "&amp;"
              : c == '<'  ? "&lt;"
              : c == '>'  ? "&gt;"
              : c == '\'' ? "&#39;"
              : c == '"'  ? "&quot;"
                          : std::string(1, c);
  return result;
}

void fill(std::string& page, const std::string& slot, const std::string& with) {
  if (const auto at = page.find(slot); at != std::string::npos)
    page.replace(at, slot.size(), with);
}

} // namespace

std::string serve_page(const std::string& name, const std::string& domain,
                       const std::vector<std::string>& hints) {
  auto content = std::string{body};
  auto buttons = std::string{};
  for (const auto& x : hints)
    buttons += "<button type='button'>" + escape(x) + "</button>";
  fill(content, "{hints}", buttons);
  fill(content, "{name}", escape(name));
  fill(content, "{domain}", escape(domain.empty() ? "the data" : domain));
  return "<!doctype html><html lang='en'><head><meta charset='utf-8'><meta "
         "name='viewport' content='width=device-width'><title>aura · "
         + escape(name) + "</title><style>" + style + "</style></head><body>"
         + content + "<script>" + script + "</script></body></html>\n";
}

} // namespace aura::tools
