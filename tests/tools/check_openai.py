"""Asks `aura serve` as OpenAI's own client does.

    check_openai.py AURA AURA_RUN WRITE_TINY_MODEL FOLDER
"""

import sys

import openai

import serving

place = serving.Place(*sys.argv[1:])
hello = [{"role": "system", "content": "be brief"},
         {"role": "user", "content": "hello"}]
with serving.Server(place, "-m", "tiny", key="secret") as server:
    client = openai.OpenAI(base_url=server.url + "/v1", api_key="secret",
                           max_retries=0)
    assert [x.id for x in client.models.list()] == ["tiny"]
    assert client.models.retrieve("tiny").owned_by == "local"
    ask = client.chat.completions.create
    whole = ask(model="tiny", messages=hello, max_tokens=9, temperature=0)
    assert whole.choices[0].finish_reason in ("stop", "length")
    assert whole.usage.completion_tokens <= 9
    drawn = [ask(model="tiny", messages=hello, max_completion_tokens=9, seed=x)
             .choices[0].message.content for x in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2], drawn
    parts = list(ask(model="tiny", messages=hello, max_tokens=9, temperature=0,
                     stream=True, stream_options={"include_usage": True}))
    said = "".join(x.choices[0].delta.content or ""
                   for x in parts if x.choices)
    assert said == whole.choices[0].message.content, said
    assert parts[-1].usage == whole.usage
    for wanted, words in (
            (openai.NotFoundError, {"model": "gpt-4", "messages": hello}),
            (openai.BadRequestError, {"model": "tiny", "messages": []}),
            (openai.BadRequestError, {"model": "tiny", "messages": hello,
                                      "temperature": 5})):
        try:
            ask(**words)
            raise AssertionError(f"{words} was answered")
        except wanted as refused:
            assert refused.body["message"], refused
    stranger = openai.OpenAI(base_url=server.url + "/v1", api_key="guess",
                             max_retries=0)
    try:
        stranger.chat.completions.create(model="tiny", messages=hello)
        raise AssertionError("a stranger was answered")
    except openai.AuthenticationError:
        pass
assert server.code == 0
print("OpenAI's client is content")
