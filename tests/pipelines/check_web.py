"""Watches runs in a real browser: starts `aura-run --web`, opens the page in
headless chromium, and waits for the page to show what it should. The runs are
far too long to end before that. Without chromium it says so and exits with 77.

    check_web.py AURA_RUN PIPELINES_FOLDER FOLDER
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import browser as chromium  # noqa: E402

program, pipelines = sys.argv[1], pathlib.Path(sys.argv[2])
folder = pathlib.Path(sys.argv[3])
if not chromium.find():
    print("skipped: there is no chromium")
    sys.exit(77)
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)
failures = []


def expect(what, holds):
    if not holds:
        failures.append(what)


def fetch(url, **headers):
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=120) as reply:
        return reply.read().decode()


class Run:
    """A run that goes on until the `with` is left, and drains then."""

    def __init__(self, name, pipeline, *settings):
        self.name = name
        self.out = open(folder / f"{name}.out", "wb")
        self.process = subprocess.Popen(
            [program, str(pipelines / pipeline), *settings, "--web",
             "--run-dir", str(folder / name)],
            stdout=self.out, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "LC_ALL": "C.UTF-8"})

    def __enter__(self):
        for line in self.process.stderr:
            if found := re.search(r"live at (http://localhost:\d+/)", line):
                return found.group(1)
        raise RuntimeError(f"{self.name}: no address was told")

    def __exit__(self, *_):
        self.process.terminate()
        _, errors = self.process.communicate(timeout=300)
        self.out.close()
        expect(f"{self.name} drains: {self.process.returncode} {errors[-300:]}",
               self.process.returncode == 130)


def shows(page, run, *texts):
    """Waits for each text on the page, and says which never came."""
    for text in texts:
        expect(f"the page of {run} shows '{text}'",
               page.wait(f"document.body.innerHTML.includes({json.dumps(text)})"))


def look(page, run):
    """Takes the page's picture in both colours."""
    expect(f"the page of {run} was not left alone",
           page.wait("!document.body.classList.contains('stale')"))
    for file, dark in ((f"{run}.png", False), (f"{run}-dark.png", True)):
        page.picture(folder / file, dark)
        expect(f"{file} was taken", (folder / file).stat().st_size > 20000)


def watch_data(page):
    with Run("data", "data.yaml", "rows=1000000",
             "skeletons.rows=4000000") as url:
        page.open(url)
        state = json.loads(fetch(url + "state.json"))
        shows(page, "data", "running", "rows accepted of 1,000,000",
              "skeletons", "verify", "at work", "Rows a second", "Funnel",
              "<svg")
        expect("rows were accepted", page.wait(
            "[...document.querySelectorAll('.card')].some(x =>"
            " x.innerText.includes('rows accepted') && parseInt(x.innerText))"))
        look(page, "data")
        metrics = fetch(url + "metrics")
        rows = re.search(
            r'aura_rows_total\{stage="skeletons",what="made"\} (\d+)', metrics)
        expect("metrics count rows", rows and int(rows[1]) > 0)
        for name, granted in re.findall(
                r'aura_edge_rows\{stage="(\w+)",what="granted"\} (\d+)',
                metrics):
            peak = re.search(
                rf'aura_edge_rows\{{stage="{name}",what="peak"\}} (\d+)',
                metrics)
            expect(f"{name} keeps its window", int(peak[1]) <= int(granted))
        later = json.loads(fetch(url + "state.json"))
        expect("it goes on", later["made"] > state["made"])
        try:
            fetch(url, Host="evil.example")
            failures.append("it answers strangers")
        except urllib.error.HTTPError as refused:
            expect("strangers are refused", refused.code == 403)
    # What is left of the page says that nobody answers any more.
    expect("a page without a run is faint",
           page.wait("document.body.classList.contains('stale')"))


def watch_training(page):
    with Run("training", "tiny.yaml", "train.epochs=300",
             "train.evaluate-every=1") as url:
        page.open(url)
        shows(page, "training", "Loss", "loss at step", "evaluation")
        # The curve grows while it is looked at.
        step = ("parseInt([...document.querySelectorAll('.card span')].find("
                "x => x.innerText.startsWith('loss at step'))"
                ".innerText.replace(/[^0-9]/g, ''))")
        first = page.evaluate(step)
        expect("the training goes on", page.wait(f"{step} > {first}"))
        look(page, "training")
        state = json.loads(fetch(url + "state.json"))
        expect("the loss is told to programs", len(state["loss"]) > 1)
        expect("metrics tell the loss",
               "\naura_training_loss " in fetch(url + "metrics"))


with chromium.Browser(folder) as window:
    watch_data(window)
    if os.environ.get("AURA_SOAK"):
        watch_training(window)
print("\n".join(failures) or "the page is good")
sys.exit(1 if failures else 0)
