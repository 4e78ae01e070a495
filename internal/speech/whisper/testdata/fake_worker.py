"""A worker that hears its hints alone and does what the language tells it to."""

import json
import os
import signal
import sys


def say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def obey(order, ident):
    if order == "hang":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif order == "die":
        print("it died of this", file=sys.stderr)
        os._exit(3)
    elif order == "die in mid-line":
        sys.stdout.write(json.dumps({"id": ident})[:-1])
        sys.stdout.flush()
        os._exit(0)
    elif order == "close":
        os.close(1)
        signal.pause()
    elif order == "leak":
        obey.leak = b"x" * (512 << 20)
        signal.pause()
    elif order == "rubbish":
        sys.stdout.buffer.write(b'\xff\x00rubbish\n\n[1]\n{"id": -1}\n{"id":\nnull\n')
        say({"ready": True})
        say({"id": ident + 1000, "language": "another's"})
    elif order == "long":
        sys.stdout.write("x" * (9 << 20) + "\n")


say({"ready": True})
for line in sys.stdin:
    request = json.loads(line)
    if request["language"] == "fail":
        say({"id": request["id"], "error": "as it was told"})
        continue
    obey(request["language"], request["id"])
    segments = [{"text": hint, "words": []} for hint in request.get("hints", [])]
    say({"id": request["id"], "language": request["language"], "segments": segments})
