"""A project whose benchmarks take as long as a file of its says: for the tests of whole loops."""

import json
import urllib.request

CLOCK = """import json, random, subprocess
sha = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout
chance = random.Random(sha)
rows = []
for name, seconds in json.load(open("speed.json")).items():
    times = [seconds * chance.gauss(1, 0.004) for _ in range(10)]
    rows.append({"command": name, "times": times, "median": sorted(times)[5]})
json.dump({"results": rows}, open("bench.json", "w"))
"""
SPEED = {"parse": 0.12, "print": 0.05, "sort": 0.3}
SLOWER = {**SPEED, "parse": 0.144}


def speed_file(times):
    return {"speed.json": json.dumps(times)}


def opened(url):
    with urllib.request.urlopen(url, timeout=10) as page:
        return page.read().decode()
