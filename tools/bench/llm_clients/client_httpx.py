"""asyncio and httpx, as their documentation recommends: one client for all."""

import ssl

import common
import httpx


async def connect(base_url, ca_file, in_flight):
    limits = httpx.Limits(max_connections=in_flight,
                          max_keepalive_connections=in_flight)
    verify = ssl.create_default_context(cafile=ca_file) if ca_file else True
    client = httpx.AsyncClient(limits=limits, verify=verify, timeout=120)

    async def ask(row):
        reply = await client.post(base_url + "/chat/completions",
                                  json=common.body_of(row))
        reply.raise_for_status()
        return reply.json()["choices"][0]["message"]["content"]

    return ask, client.aclose


common.main(connect)
