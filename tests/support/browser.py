"""A headless chromium that is told what to do through a pipe (the DevTools
protocol, --remote-debugging-pipe), so that a test can wait for what a page
shows instead of for time to pass."""

import base64
import json
import os
import pathlib
import shutil
import subprocess


def find():
    """Where the browser is, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    """One browser with one page. Close it, or use it in a `with`."""

    def __init__(self, folder, width=1100, height=1500):
        read_end, self._commands = os.pipe()
        self._replies, write_end = os.pipe()

        def hand_over():  # the browser reads from 3 and writes to 4
            low = [os.dup(read_end), os.dup(write_end)]
            os.dup2(low[0], 3)
            os.dup2(low[1], 4)

        self._log = open(pathlib.Path(folder) / "browser.log", "wb")
        self._process = subprocess.Popen(
            [find(), "--headless", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--remote-debugging-pipe",
             f"--user-data-dir={pathlib.Path(folder) / 'browser'}",
             "about:blank"],
            preexec_fn=hand_over, close_fds=False,
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        os.close(read_end)
        os.close(write_end)
        self._count = 0
        self._buffer = b""
        self._session = None
        page = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=page,
                                  flatten=True)["sessionId"]
        self.call("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=1, mobile=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._session = None
        try:
            self.call("Browser.close")
        except (OSError, RuntimeError):
            self._process.kill()
        self._process.wait()
        os.close(self._commands)
        os.close(self._replies)
        self._log.close()

    def call(self, method, **parameters):
        """Calls a method of the protocol and returns its result."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            reply = self._next()
            if reply.get("id") != self._count:
                continue  # an event, which nobody waits for
            if "error" in reply:
                raise RuntimeError(f"{method}: {reply['error']['message']}")
            return reply["result"]

    def _next(self):
        while b"\0" not in self._buffer:
            part = os.read(self._replies, 1 << 20)
            if not part:
                raise RuntimeError("the browser went away; see browser.log")
            self._buffer += part
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)

    def open(self, url):
        """Goes to a page and waits until it is loaded."""
        failed = self.call("Page.navigate", url=url).get("errorText")
        if failed:
            raise RuntimeError(f"{url}: {failed}")
        self.wait("document.readyState === 'complete'")

    def evaluate(self, expression):
        made = self.call("Runtime.evaluate", expression=expression,
                         awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in made:
            raise RuntimeError(made["exceptionDetails"]["text"])
        return made["result"].get("value")

    def wait(self, condition, seconds=240):
        """Waits until a condition, in JavaScript, holds of the page. Looks
        whenever the page changes. False if it never did in so many seconds."""
        return self.evaluate("""new Promise(done => {
          const holds = () => { try { return !!(%s); } catch { return false; } };
          if (holds()) return done(true);
          const end = x => { watcher.disconnect(); done(x); };
          const watcher = new MutationObserver(() => holds() && end(true));
          watcher.observe(document, {subtree: true, childList: true,
                                     characterData: true, attributes: true});
          document.addEventListener('readystatechange',
                                    () => holds() && end(true));
          setTimeout(() => end(holds()), %d);
        })""" % (condition, 1000 * seconds))

    def html(self):
        return self.evaluate("document.documentElement.outerHTML")

    def picture(self, file, dark=False):
        """Writes the whole page as PNG."""
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme",
             "value": "dark" if dark else "light"}])
        # Two frames later the colours have changed.
        self.evaluate("new Promise(done => requestAnimationFrame("
                      "() => requestAnimationFrame(done)))")
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        shot = self.call("Page.captureScreenshot", format="png",
                         captureBeyondViewport=True, clip={**size, "scale": 1})
        pathlib.Path(file).write_bytes(base64.b64decode(shot["data"]))
