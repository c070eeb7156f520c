"""The `openai` package's own asynchronous client."""

import ssl

import common
import httpx
import openai


async def connect(base_url, ca_file, in_flight):
    limits = httpx.Limits(max_connections=in_flight,
                          max_keepalive_connections=in_flight)
    verify = ssl.create_default_context(cafile=ca_file) if ca_file else True
    client = openai.AsyncOpenAI(
        base_url=base_url, api_key="none", timeout=120,
        http_client=httpx.AsyncClient(limits=limits, verify=verify,
                                      timeout=120))

    async def ask(row):
        reply = await client.chat.completions.create(**common.body_of(row))
        return reply.choices[0].message.content

    return ask, client.close


common.main(connect)
