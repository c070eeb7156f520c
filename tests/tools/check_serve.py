"""Trains a tiny decoder, asks it by `aura ask` in every form that training
leaves, and by `aura serve` over HTTP, and in a real browser where there is one.

    check_serve.py AURA AURA_RUN WRITE_TINY_MODEL FOLDER
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import browser as chromium  # noqa: E402
import serving  # noqa: E402

failures = []


def expect(what, found, wanted=True):
    if found != wanted:
        failures.append(f"{what}: {found!r}, not {wanted!r}")


def ask(place):
    """Every form answers as it was taught, and the model before does not."""
    question, query = "show 3 rooms", "SOURCE rooms |> SELECT name |> LIMIT 3"
    # The base rambles on until it is cut off.
    place.run(place.aura, "ask", "-d", "home.db", "-m", "tiny", question,
              code=1)
    for words in (("-m", "trained/adapter"),
                  ("-m", "tiny", "--adapter", "trained/adapter"),
                  ("-m", "tiny", "--adapter", "trained/adapter-split"),
                  ("-m", "trained/adapter-split", "--base", "tiny"),
                  ("-m", "trained/merged")):
        answer = place.ask(question, *words)
        expect(f"{words} answers", answer["query"], query)
        expect(f"{words} finds", answer["rows"], [["hall"], ["<b>attic</b>"]])
    place.run(place.aura, "ask", "-d", "home.db", "-m", "tiny", "--adapter",
              "nowhere", question, code=3)


def translate(server, place):
    status, x = server.json("/v1/translate", {"question": "show 3 rooms"})
    expect("a translation", status, 200)
    expect("its query", x["query"], "SOURCE rooms |> SELECT name |> LIMIT 3")
    expect("its rows", (x["columns"], x["rows"]),
           (["name"], [["hall"], ["<b>attic</b>"]]))
    expect("its SQL reads rooms", "rooms" in x["sql"] and "LIMIT 3" in x["sql"])
    expect("its model", x["model"], "trained")
    status, x = server.json("/v1/translate",
                            {"question": "devices above 5", "rows": False})
    expect("a query alone", (status, "rows" in x), (200, False))
    right = 0
    for question, query in list(serving.answers())[::2]:
        status, x = server.json("/v1/translate", {"question": question})
        expect(question, status, 200)
        right += x["query"] == query
        found = place.rows(x["query"])
        expect(f"{question} finds", (x["columns"], x["rows"]),
               (found["columns"], found["rows"]))
    expect(f"it has learnt: {right} right", right >= 4)
    status, x = server.json("/v1/translate", {"question": "show 2 rooms",
                                              "tables": ["rooms"]})
    expect("tables are named", status in (200, 422))
    for body, why in (
            ("{", "the body is no JSON object"),
            ("[1]", "the body is no JSON object"),
            ({}, None),
            ({"question": ""}, None),
            ({"question": 7}, None),
            ({"question": "x", "tables": ["walls"]},
             "there is no table 'walls'")):
        status, x = server.json("/v1/translate", body)
        expect(f"{body} is refused", status, 400)
        expect(f"{body} is no server's fault", x["error"]["type"],
               "invalid_request_error")
        if why:
            expect(f"{body} is told why", x["error"]["message"], why)


def message(text, **more):
    return {"messages": [{"role": "user", "content": text}], "temperature": 0,
            **more}


def chat(server):
    path = "/v1/chat/completions"
    status, x = server.json(path, message("hello", max_tokens=5))
    expect("a chat", (status, x["object"]), (200, "chat.completion"))
    choice = x["choices"][0]
    expect("a chat's turn", choice["message"]["role"], "assistant")
    expect("a chat ends", choice["finish_reason"] in ("stop", "length"))
    expect("a chat counts", x["usage"]["total_tokens"],
           x["usage"]["prompt_tokens"] + x["usage"]["completion_tokens"])
    expect("a chat keeps its limit", x["usage"]["completion_tokens"] <= 5)
    status, again = server.json(path, message("hello", max_tokens=5))
    expect("at temperature 0 it says the same", again["choices"][0]["message"],
           choice["message"])
    status, kind, text = server.fetch(
        path, message("hello", max_tokens=5, stream=True,
                      stream_options={"include_usage": True}))
    expect("a stream", (status, kind), (200, "text/event-stream"))
    events = [x[len("data: "):] for x in text.split("\n\n") if x]
    expect("a stream's end", events[-1], "[DONE]")
    parts = [json.loads(x) for x in events[:-1]]
    said = "".join(p["choices"][0]["delta"].get("content") or ""
                   for p in parts if p["choices"])
    expect("a stream says the same", said, choice["message"]["content"])
    expect("a stream's usage", parts[-1]["usage"], x["usage"])
    expect("a stream's reason",
           [p["choices"][0]["finish_reason"] for p in parts if p["choices"]][-1],
           choice["finish_reason"])
    for body, wanted in (
            ("no JSON", 400),
            ({"messages": []}, 400),
            ({"messages": [{"role": "assistant", "content": "x"}]}, 400),
            ({"messages": [{"role": "king", "content": "x"}]}, 400),
            ({"messages": [{"role": "user", "content": {"a": 1}}]}, 400),
            (message("x", temperature=3), 400),
            (message("x", n=2), 400),
            (message("x", tools=[{"type": "function"}]), 400),
            (message("x", response_format="json"), 400),
            (message("x", response_format={"type": "json_object"}), 400),
            (message("x", model="gpt-4"), 404)):
        status, x = server.json(path, body)
        expect(f"{body} is refused", status, wanted)
        expect(f"{body} is told why", bool(x["error"]["message"]))
    status, x = server.json(path, message("word " * 2000))
    expect("what is too long", (status, x["error"]["code"]),
           (400, "context_length_exceeded"))
    # It lives on.
    expect("its health", server.json("/health")[1]["status"], "ok")


def pages(server):
    status, x = server.json("/v1/models")
    expect("models", (status, [m["id"] for m in x["data"]]), (200, ["trained"]))
    expect("a model", server.json("/v1/models/trained")[1]["id"], "trained")
    expect("no page", server.fetch("/nowhere")[0], 404)
    expect("nothing to post to", server.fetch("/v1/embeddings", {})[0], 404)
    expect("a stranger's name", server.fetch("/", Host="evil.example")[0], 403)
    expect("a stranger's page", server.fetch(
        "/v1/translate", {"question": "x"}, Origin="http://evil.example")[0],
        403)
    status, kind, text = server.fetch("/")
    expect("the page", (status, kind), (200, "text/html; charset=utf-8"))
    expect("the page asks", "id='question'" in text)


def keys(place):
    body = {"question": "show 3 rooms", "rows": False}
    with serving.Server(place, "-m", "trained/merged", key="open") as server:
        expect("without a key", server.fetch("/v1/translate", body)[0], 401)
        expect("with another key", server.fetch(
            "/v1/translate", body, Authorization="Bearer shut")[0], 401)
        expect("with the key", server.fetch(
            "/v1/translate", body, Authorization="Bearer open")[0], 200)
    expect("it stops when told to", server.code, 0)
    place.run(place.aura, "serve", "-d", "home.db", "-m", "trained/merged",
              "--port", "0", "--address", "0.0.0.0", code=2)


def watch(server, place):
    """The page shows query, rows and SQL, and what went wrong."""
    with chromium.Browser(place.folder) as page:
        page.open(server.url + "/")
        ask = ("document.getElementById('question').value = '%s';"
               "document.getElementById('form').requestSubmit()")
        page.evaluate(ask % "show 3 rooms")
        shown = "!document.getElementById('answer').hidden"
        expect("the page answers", page.wait(shown))
        text = "document.getElementById('%s').innerText"
        expect("the page's query", page.evaluate(text % "query").split("\n"),
               ["SOURCE rooms", "|> SELECT name", "|> LIMIT 3"])
        expect("the page's SQL", "LIMIT 3" in page.evaluate(text % "sql"))
        expect("the page's rows", page.evaluate(
            "[...document.querySelectorAll('#rows tr')].map(x => x.innerText)"),
            ["name", "hall", "<b>attic</b>"])
        expect("the page counts",
               page.evaluate(text % "foot").startswith("2 rows"))
        page.picture(place.folder / "page.png")
        expect("a picture", (place.folder / "page.png").stat().st_size > 20000)
        # A hint is a question.
        page.open(server.url + "/")
        page.evaluate("document.querySelector('#hints button').click()")
        expect("a hint is answered", page.wait(
            shown + "|| !document.getElementById('problem').hidden"))
        page.evaluate(ask % ("word " * 600))
        expect("the page says what went wrong", page.wait(
            "document.getElementById('problem').innerText.includes('tokens')"))


place = serving.Place(*sys.argv[1:])
place.train()
ask(place)
with serving.Server(place, "-m", "trained/adapter", "--name", "trained") as run:
    pages(run)
    translate(run, place)
    chat(run)
    if chromium.find():
        watch(run, place)
    else:
        print("without chromium the page is not looked at")
expect("it stops when told to", run.code, 0)
keys(place)
print("\n".join(failures) or "the service is good")
sys.exit(1 if failures else 0)
