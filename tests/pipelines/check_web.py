"""Watches a run in a real browser: starts `aura-run --web`, opens the page in
headless chromium again and again while the run goes on, and checks what it
shows. Without chromium it says so and exits with 77.

    check_web.py AURA_RUN PIPELINE FOLDER
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

program, pipeline, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
browser = shutil.which("chromium") or shutil.which("chromium-browser")
if not browser:
    print("skipped: there is no chromium")
    sys.exit(77)
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)


def look(url, *more):
    """What the browser makes of a page, its script included."""
    made = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu",
         "--disable-dev-shm-usage", f"--user-data-dir={folder / 'browser'}",
         "--virtual-time-budget=2500", "--window-size=1100,1500", *more, url],
        capture_output=True, text=True, timeout=120, check=False)
    return made.stdout


def fetch(url, **headers):
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as reply:
        return reply.read().decode()


# The source is slow, so that the run lasts until the browser has seen it.
run = subprocess.Popen(
    [program, pipeline, "rows=1000000", "skeletons.rows=4000000", "--web",
     "--run-dir", str(folder / "run")],
    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    env={**os.environ, "LC_ALL": "C.UTF-8"})
failures = []


def expect(what, holds):
    if not holds:
        failures.append(what)


try:
    url = None
    for line in run.stderr:
        if found := re.search(r"live at (http://localhost:\d+/)", line):
            url = found.group(1)
            break
    expect("the address is told", url is not None)
    state = {}
    while not state.get("accepted"):
        state = json.loads(fetch(url + "state.json"))
    dom = look(url, "--dump-dom")
    shot = folder / "live.png"
    look(url, f"--screenshot={shot}")
    look(url, f"--screenshot={folder / 'dark.png'}",
         "--blink-settings=preferredColorScheme=0")
    for text in ("data", "running", "rows accepted of 1,000,000", "skeletons",
                 "verify", "at work", "Rows a second", "Funnel", "<svg"):
        expect(f"the page shows '{text}'", text in dom)
    expect("the page was not left alone", 'class="stale"' not in dom)
    shown = re.search(r"<b>([\d,]+)</b><span>rows accepted", dom)
    expect("rows were accepted", shown and int(shown[1].replace(",", "")) > 0)
    expect("a picture was taken", shot.exists() and shot.stat().st_size > 20000)
    metrics = fetch(url + "metrics")
    rows = re.search(r'aura_rows_total\{stage="skeletons",what="made"\} (\d+)',
                     metrics)
    expect("metrics count rows", rows and int(rows[1]) > 0)
    for name, granted in re.findall(
            r'aura_edge_rows\{stage="(\w+)",what="granted"\} (\d+)', metrics):
        peak = re.search(
            rf'aura_edge_rows\{{stage="{name}",what="peak"\}} (\d+)', metrics)
        expect(f"{name} keeps its window", int(peak[1]) <= int(granted))
    later = json.loads(fetch(url + "state.json"))
    expect("it goes on", later["made"] > state["made"])
    try:
        fetch(url, Host="evil.example")
        failures.append("it answers strangers")
    except urllib.error.HTTPError as refused:
        expect("strangers are refused", refused.code == 403)
finally:
    run.terminate()
    out, err = run.communicate(timeout=120)
expect(f"the run drains: {run.returncode} {err[-300:]}", run.returncode == 130)
print("\n".join(failures) or "the page is good")
sys.exit(1 if failures else 0)
