"""Recognises speech for Talkit with faster-whisper.

Talkit starts it with the folder of a model and the number of workers, and
writes one JSON object a line to its standard input:

    {"id": 1, "op": "recognize", "pcm": "<base64>", "language": "en", "hints": ["Zoe"]}
    {"id": 2, "op": "detect", "pcm": "<base64>"}

PCM is 16 kHz mono, signed 16-bit little endian. It guesses the language where
that is "" or none the model knows. "hints" are words that may be said; as many
are used as have room.
Standard output carries the answers alone, one a line and in any order, after
a first {"ready": true, "device": "cpu int8"}, and {"beat": true} each second,
from the first on, by which Talkit sees that the process runs at all:

    {"id": 1, "language": "en", "probability": 1.0, "segments": [...]}
    {"id": 3, "error": "..."}

It ends at once when its standard input does: Talkit is gone then.
"""

import base64
import json
import os
import queue
import sys
import threading
import time
import traceback

RATE = 16_000

# A decode that goes wrong (too repetitive, too unlikely) is tried again at
# the next of these, one sample each: three decodes a window and no more.
TEMPERATURES = [0.0, 0.4, 0.8]


# What is left of the speech in a piece after the last word is worth another
# decode from so many samples on. The gate's own margin is 0.4 s.
WORTH_DECODING = RATE

# Hints stand before the text that Whisper goes on writing, which has 448 tokens
# with them. 30 seconds of speech rarely take 200.
HINT_TOKENS = 100


# A graphics processor computes in the first of these that it can.
GPU_TYPES = ("float16", "int8_float16", "int8", "float32")

BEAT = 1.0  # seconds between signs of life


class Recognizer:
    """What a model hears in one piece of sound. Safe for many threads."""

    def __init__(self, model, find_speech):
        self.model = model
        self.find_speech = find_speech  # samples -> [{"start", "end"}], in samples

    def answer(self, request):
        samples = decode_pcm(request["pcm"] or "")
        speech = self.find_speech(samples) if samples.size else []
        if not speech:  # Whisper makes words up where nobody speaks
            return {"language": "", "probability": 0.0, "segments": []}
        language, probability = request.get("language"), 1.0
        if not self.model.model.is_multilingual:
            language = "en"
        elif not self.knows(language):
            language, probability = self.detect(samples, speech)
        segments = []
        if request["op"] == "recognize":
            hints = self.hotwords(request.get("hints") or [])
            segments = self.recognize(samples, speech, language, hints)
        return {"language": language, "probability": probability, "segments": segments}

    def knows(self, language):
        """The library lists what any model knows. One that has no token for a
        language would write in none.
        """
        return (
            language in self.model.supported_languages
            and self.model.hf_tokenizer.token_to_id(f"<|{language}|>") is not None
        )

    def detect(self, samples, speech):
        import numpy as np

        spoken = np.concatenate([samples[s["start"] : s["end"]] for s in speech])
        language, probability, _ = self.model.detect_language(audio=spoken)
        return language, float(probability)

    def hotwords(self, hints):
        """As many whole hints as have room, the first first. What looks like one
        of Whisper's own marks would be taken for it.
        """
        text = ""
        for hint in hints:
            hint = " ".join(hint.split())
            longer = f"{text}, {hint}" if text else hint
            if not hint or "<|" in hint or len(longer) > 8 * HINT_TOKENS:
                continue
            tokens = self.model.hf_tokenizer.encode(longer, add_special_tokens=False)
            if len(tokens.ids) <= HINT_TOKENS:
                text = longer
        return text or None

    def recognize(self, samples, speech, language, hotwords):
        """A piece is one window, so Whisper need not place segments in it. It
        would: and then leave out sentences between two of its timestamps. It
        decodes again what lies behind the last word, and makes words up if
        nobody speaks there: segments come one by one, so that can be stopped.
        """
        segments, _ = self.model.transcribe(
            samples,
            language=language,
            beam_size=1,
            best_of=1,
            temperature=TEMPERATURES,
            condition_on_previous_text=False,
            without_timestamps=True,
            word_timestamps=True,
            hotwords=hotwords,
        )
        heard = []
        for segment in segments:
            if not made_up(segment, speech):
                heard.append(plain_segment(segment))
            behind = segment.end * RATE
            left = sum(max(0, s["end"] - max(s["start"], behind)) for s in speech)
            if left < WORTH_DECODING:
                break
        return heard


def decode_pcm(pcm):
    import numpy as np

    return np.frombuffer(base64.b64decode(pcm), "<i2").astype(np.float32) / 32768


# What Whisper learned from subtitles to write where nobody speaks.
OF_SUBTITLES = (
    "thank you for watching",
    "thanks for watching",
    "thank you very much for watching",
    "please subscribe",
    "subscribe to",
    "subtitles by",
    "transcribed by",
    "amara.org",
    "sous-titres",
    "untertitel",
    "subtítulos",
    "sottotitoli",
    "字幕",
    "ご視聴ありがとうございました",
)

# Such a phrase is all of a text but for a few words: "Subtitles by the
# Amara.org community". What goes on was said.
MORE_WORDS, MORE_LETTERS = 3, 30


def of_subtitles(text):
    for phrase in OF_SUBTITLES:
        more = text.removeprefix(phrase)
        if more != text:
            return len(more.split()) <= MORE_WORDS and len(more) <= MORE_LETTERS
    return False


def made_up(segment, speech):
    """Tells whether the evidence is against what was heard. In clips of speech
    down to half a second, and in noise 20 dB and more below it, avg_logprob less
    no_speech_prob stayed above -1.4; in what was made up it was below -1.6.
    """
    likely, silent = segment.avg_logprob, segment.no_speech_prob
    span = max(segment.end - segment.start, 0.1) * RATE
    begin, end = segment.start * RATE, segment.end * RATE
    heard = sum(max(0, min(s["end"], end) - max(s["start"], begin)) for s in speech)
    spoken = heard / span
    text = segment.text.strip().lower().strip(".,!?…")
    doubts = (likely < -0.5) + (silent > 0.3) + (spoken < 0.5)
    return (
        likely - silent < -1.5
        or silent > 0.6
        and (likely < -0.5 or segment.compression_ratio > 2.4)
        or spoken < 0.2
        and (likely < -0.5 or silent > 0.3)
        or of_subtitles(text)
        and doubts >= 1
        or text in ("you", "bye")  # so short that one doubt is no wonder
        and doubts >= 2
    )


def plain_segment(segment):
    """JSON knows no numpy floats."""
    words = [
        {
            "word": word.word,
            "start": float(word.start),
            "end": float(word.end),
            "probability": float(word.probability),
        }
        for word in segment.words or []
    ]
    return {
        "text": segment.text,
        "start": float(segment.start),
        "end": float(segment.end),
        "words": words,
    }


class Protocol:
    """Writes answers, each whole, from any thread."""

    def __init__(self, out):
        self.out = out
        self.lock = threading.Lock()

    def send(self, message):
        line = json.dumps(message, allow_nan=False).encode() + b"\n"
        with self.lock:
            self.out.write(line)
            self.out.flush()


def respond(recognizer, protocol, line):
    """Answers one line. Whatever goes wrong with it goes wrong for it alone,
    unless it leaves a process that is good for nothing: then it says so.
    """
    ident = None
    try:
        request = json.loads(line)
        ident = request["id"]
        protocol.send({"id": ident} | recognizer.answer(request))
    except Exception as error:  # noqa: BLE001
        protocol.send({"id": ident, "error": f"{type(error).__name__}: {error}"[:1000]})
        return is_fatal(error)
    return False


def is_fatal(error):
    """Memory that ran out rarely comes back to a process, and a graphics
    processor that failed never: the next process looks anew what it can use.
    """
    words = str(error)
    gpu = any(name in words for name in ("CUDA", "cuBLAS", "cuDNN", "libcu"))
    memory = any(name in words.lower() for name in ("alloc", "memory"))
    return isinstance(error, MemoryError) or memory or gpu


def beat(protocol):
    """Shows each second that the process runs. A stopped one cannot."""

    def forever():
        while True:
            time.sleep(BEAT)
            protocol.send({"beat": True})

    threading.Thread(target=forever, daemon=True).start()


def serve(load, workers, lines, protocol):
    """Loads the model and answers lines in threads until they end."""
    waiting = queue.SimpleQueue()

    def work(recognizer):
        while True:
            if respond(recognizer, protocol, waiting.get()):
                os._exit(1)

    def start():
        recognizer = load()
        protocol.send({"ready": True} | getattr(recognizer, "setup", {}))
        for _ in range(workers):
            threading.Thread(target=work, args=(recognizer,), daemon=True).start()

    threading.excepthook = end
    # The main thread never does anything but read, so that it sees the end.
    threading.Thread(target=start, daemon=True).start()
    for line in lines:
        waiting.put(line)


def end(failure):
    """A thread that fails takes all with it; Talkit starts the next process."""
    traceback.print_exception(failure.exc_value)
    sys.stderr.flush()
    os._exit(1)


def choices(ctranslate2, workers):
    """Where a model can run, what is best first: WhisperModel's arguments."""
    if ctranslate2.get_cuda_device_count() > 0:
        able = ctranslate2.get_supported_compute_types("cuda")
        kinds = [kind for kind in GPU_TYPES if kind in able]
        if kinds:
            # More at a time make it no faster, but full.
            yield {
                "device": "cuda",
                "compute_type": kinds[0],
                "num_workers": min(workers, 2),
            }
    yield {"device": "cpu", "compute_type": "int8", "num_workers": workers}


def load_on(make, ctranslate2, workers):
    """Makes the model on the best device that it works on, and tells which."""
    note = ""
    for choice in choices(ctranslate2, workers):
        try:
            model = make(cpu_threads=1, local_files_only=True, **choice)
            if choice["device"] != "cpu":
                try_out(model)  # libraries that lack are missed only now
        except Exception as error:
            if choice["device"] == "cpu":
                raise
            note = f"the graphics processor cannot be used: {error}"[:1000]
            continue
        return model, {
            "device": f"{choice['device']} {choice['compute_type']}",
            "note": note,
        }


def try_out(model):
    import numpy as np

    silence = np.zeros(RATE, np.float32)
    segments, _ = model.transcribe(
        silence, language="en", beam_size=1, without_timestamps=True
    )
    list(segments)


def load_model(folder, workers, threads=1):
    import ctranslate2
    from faster_whisper import WhisperModel
    from faster_whisper.vad import get_speech_timestamps, get_vad_model

    get_vad_model()  # now, not in the first piece of each thread

    def make(**options):
        return WhisperModel(folder, **options | {"cpu_threads": threads})

    model, setup = load_on(make, ctranslate2, workers)
    recognizer = Recognizer(model, get_speech_timestamps)
    recognizer.setup = setup
    return recognizer


def main():
    folder, workers = sys.argv[1], int(sys.argv[2])
    threads, nice = (int(more) for more in sys.argv[3:5] or ("1", "0"))
    os.nice(nice)  # before there are threads: each has its own
    # Libraries print what they like: theirs goes to standard error.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    protocol = Protocol(out)
    beat(protocol)
    serve(
        lambda: load_model(folder, workers, threads),
        workers,
        sys.stdin.buffer,
        protocol,
    )
    os._exit(0)


if __name__ == "__main__":
    main()
