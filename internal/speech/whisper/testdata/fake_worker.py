"""A worker that hears its hints alone and does what the language tells it to."""

import json
import os
import signal
import sys
import threading
import time

lock = threading.Lock()


def say(message):
    with lock:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


def beat():
    while True:
        time.sleep(0.2)
        say({"beat": True})


def obey(order, ident):
    if order == "hang":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif order == "die":
        print("it died of this", file=sys.stderr)
        os._exit(3)
    elif order == "die in mid-line":
        lock.acquire()
        sys.stdout.write(json.dumps({"id": ident})[:-1])
        sys.stdout.flush()
        os._exit(0)
    elif order == "close":
        lock.acquire()  # no sign of life either
        os.close(1)
        signal.pause()
    elif order == "stand still":
        lock.acquire()
        signal.pause()
    elif order == "slow":
        time.sleep(2)
    elif order == "flood":
        for _ in range(2000):
            os.write(2, b"x" * 65536)
    elif order == "leak":
        obey.leak = b"x" * (512 << 20)
        signal.pause()
    elif order == "rubbish":
        with lock:
            sys.stdout.buffer.write(
                b'\xff\x00rubbish\n\n[1]\n{"id": -1}\n{"id":\nnull\n'
            )
        say({"ready": True})
        say({"id": ident + 1000, "language": "another's"})
    elif order == "long":
        with lock:
            sys.stdout.write("x" * (9 << 20) + "\n")


threading.Thread(target=beat, daemon=True).start()
say({"ready": True, "device": "cpu int8"})
for line in sys.stdin:
    request = json.loads(line)
    if request["language"] == "fail":
        say({"id": request["id"], "error": "as it was told"})
        continue
    obey(request["language"], request["id"])
    segments = [{"text": hint, "words": []} for hint in request.get("hints", [])]
    say({"id": request["id"], "language": request["language"], "segments": segments})
