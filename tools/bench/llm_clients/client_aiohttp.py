"""asyncio (on uvloop) and aiohttp: one session for all."""

import ssl

import aiohttp
import common
import uvloop


async def connect(base_url, ca_file, in_flight):
    verify = ssl.create_default_context(cafile=ca_file) if ca_file else True
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=in_flight, ssl=verify),
        timeout=aiohttp.ClientTimeout(total=120))

    async def ask(row):
        async with session.post(base_url + "/chat/completions",
                                json=common.body_of(row)) as reply:
            reply.raise_for_status()
            body = await reply.json()
        return body["choices"][0]["message"]["content"]

    return ask, session.close


common.main(connect, uvloop.new_event_loop)
