"""Tests of the worker's protocol with a model that is none.

Run with the Python of the installed engine: python worker_test.py
"""

import base64
import io
import json
import os
import queue
import subprocess
import sys
import threading
import types
import unittest

import numpy as np

import worker

HERE = os.path.dirname(os.path.abspath(__file__))


def heard(**changes):
    """A segment as faster-whisper gives it, of good evidence."""
    segment = {
        "text": " One",
        "start": 0.0,
        "end": 1.0,
        "words": None,
        "avg_logprob": -0.3,
        "no_speech_prob": 0.1,
        "compression_ratio": 1.0,
    }
    return types.SimpleNamespace(**(segment | changes))


class Model:
    """Hears one word in each piece and remembers what it was told."""

    supported_languages = ("en", "de")

    def __init__(self, multilingual=True):
        self.model = types.SimpleNamespace(is_multilingual=multilingual)
        self.hf_tokenizer = self
        self.told = []

    def encode(self, text, add_special_tokens):
        """A token a letter, and none of the special ones."""
        return types.SimpleNamespace(ids=[add_special_tokens] * len(text))

    def token_to_id(self, token):
        return {"<|en|>": 1, "<|de|>": 2}.get(token)

    def transcribe(self, samples, **options):
        self.told.append(options)
        word = types.SimpleNamespace(
            word=" One",
            start=np.float64(0.5),
            end=np.float32(1.0),
            probability=np.float64(0.25),
        )
        return iter([heard(start=np.float64(0.5), words=[word])]), None

    def detect_language(self, audio):
        self.told.append(len(audio))
        return "de", np.float32(0.75), []


def everything(samples):
    return [{"start": 0, "end": len(samples)}]


def nothing(_samples):
    return []


def line(**request):
    pcm = np.zeros(16_000, "<i2").tobytes()
    request = {
        "id": 7,
        "op": "recognize",
        "pcm": base64.b64encode(pcm).decode(),
    } | request
    return json.dumps(request).encode() + b"\n"


def respond(text, model, find_speech=everything):
    out = io.BytesIO()
    worker.respond(worker.Recognizer(model, find_speech), worker.Protocol(out), text)
    return json.loads(out.getvalue())


class Answers(unittest.TestCase):
    def test_speech(self):
        model = Model()
        answer = respond(line(language="en"), model)
        self.assertEqual(answer["id"], 7)
        self.assertEqual(answer["language"], "en")
        self.assertEqual(
            answer["segments"],
            [
                {
                    "text": " One",
                    "start": 0.5,
                    "end": 1.0,
                    "words": [
                        {"word": " One", "start": 0.5, "end": 1.0, "probability": 0.25}
                    ],
                }
            ],
        )
        self.assertEqual(model.told[0]["beam_size"], 1)
        self.assertFalse(model.told[0]["condition_on_previous_text"])

    def test_hints(self):
        longest = "x" * (worker.HINT_TOKENS - len("Zoe, "))
        for hints, told in (
            (None, None),
            ([], None),
            (["", " \n", "<|endoftext|>"], None),
            (["Zoe", " Van\nDam "], "Zoe, Van Dam"),
            (["Zoe", longest], "Zoe, " + longest),
            (["Zoe", longest + "x", "Al"], "Zoe, Al"),
            (["Zoe", "x" * 1_000_000], "Zoe"),
        ):
            model = Model()
            respond(line(language="en", hints=hints), model)
            self.assertEqual(model.told[0]["hotwords"], told)

    def test_goes_on_only_while_there_is_speech(self):
        def segments(*ends):
            for end in ends:
                yield heard(end=end)

        for spoken, decoded in ((5, 3), (3.5, 2), (1.5, 1)):
            model = Model()
            model.transcribe = lambda *_, **__: (segments(1.0, 3.0, 4.5), None)

            def until(_, spoken=spoken):
                return [{"start": 0, "end": spoken * worker.RATE}]

            answer = respond(line(language="en"), model, until)
            self.assertEqual(len(answer["segments"]), decoded)

    def test_what_is_made_up_is_left_out(self):
        watching = " Thank you for watching."
        for changes, made_up in (
            ({}, False),
            ({"avg_logprob": -1.15, "no_speech_prob": 0.24}, False),  # half a second
            ({"avg_logprob": -0.89, "no_speech_prob": 0.48}, False),  # a word in noise
            ({"avg_logprob": -0.35, "no_speech_prob": 0.53}, False),
            ({"text": watching}, False),  # if it was said
            ({"text": watching, "avg_logprob": -0.6}, True),
            ({"text": watching, "end": 2.5}, True),  # mostly where nobody speaks
            ({"text": " Untertitel der Amara.org-Community", "end": 2.5}, True),
            ({"text": " Thank you for watching the house", "end": 2.5}, True),
            # What begins like it was said for all that.
            ({"text": watching[:-1] + " my two dogs and the cat.", "end": 2.5}, False),
            ({"text": " Subtitles by whoever. " + 9 * "So on. ", "end": 2.5}, False),
            ({"text": " 字幕" + 40 * "字", "end": 2.5}, False),
            ({"text": " Bye.", "no_speech_prob": 0.4}, False),
            ({"text": " Bye.", "avg_logprob": -0.8}, False),  # half a second
            ({"text": " Bye.", "avg_logprob": -0.8, "end": 2.5}, True),
            ({"text": " you", "no_speech_prob": 0.4, "avg_logprob": -0.6}, True),
            ({"avg_logprob": -1.15, "no_speech_prob": 0.5}, True),
            ({"avg_logprob": -2.4}, True),
            ({"avg_logprob": -0.1, "no_speech_prob": 0.9}, False),
            ({"no_speech_prob": 0.9, "compression_ratio": 30}, True),
            ({"avg_logprob": -0.6, "no_speech_prob": 0.7}, True),
            ({"start": 3.0, "end": 4.0, "avg_logprob": -0.6}, True),
        ):
            model = Model()
            model.transcribe = lambda *_, c=changes, **__: (iter([heard(**c)]), None)
            answer = respond(
                line(language="en"), model, lambda _: [{"start": 0, "end": worker.RATE}]
            )
            self.assertEqual(answer["segments"] == [], made_up, changes)

    def test_no_speech_is_not_recognized(self):
        model = Model()
        for op in ("recognize", "detect"):
            answer = respond(line(op=op, language="en"), model, nothing)
            self.assertEqual(answer["segments"], [])
            self.assertEqual((answer["language"], answer["probability"]), ("", 0))
        self.assertEqual(model.told, [])

    def test_no_samples(self):
        for pcm in ("", None):
            self.assertEqual(respond(line(pcm=pcm), Model())["segments"], [])

    def test_language_is_guessed_from_speech_alone(self):
        model = Model()

        def half(samples):
            return [{"start": 0, "end": len(samples) // 2}]

        answer = respond(line(op="detect"), model, half)
        self.assertEqual((answer["language"], answer["probability"]), ("de", 0.75))
        self.assertEqual(answer["segments"], [])
        self.assertEqual(model.told, [8_000])

    def test_language_none_knows_is_guessed(self):
        model = Model()
        for language in ("", "tlh"):
            self.assertEqual(respond(line(language=language), model)["language"], "de")
        self.assertEqual(model.told[1]["language"], "de")

    def test_language_the_library_knows_and_the_model_does_not(self):
        model = Model()
        model.supported_languages = ("en", "de", "yue")
        self.assertEqual(respond(line(language="yue"), model)["language"], "de")
        self.assertEqual(model.told[1]["language"], "de")

    def test_english_model_is_offered_no_other(self):
        for language in ("", "de"):
            model = Model(multilingual=False)
            self.assertEqual(respond(line(language=language), model)["language"], "en")
            self.assertEqual(model.told[0]["language"], "en")

    def test_errors_go_to_their_caller(self):
        for text, ident in (
            (line(pcm="AAA"), 7),
            (line(pcm="AAAA"), 7),  # three bytes are no samples
            (b"[]\n", None),
            (b"rubbish\n", None),
            (b"\xff\n", None),
        ):
            answer = respond(text, Model())
            self.assertEqual(answer["id"], ident)
            self.assertIn("Error", answer["error"])

    def test_a_number_that_json_lacks(self):
        model = Model()
        model.detect_language = lambda audio: ("de", float("nan"), [])
        self.assertIn("ValueError", respond(line(op="detect"), model)["error"])


class Faults(unittest.TestCase):
    def respond(self, error):
        model = Model()

        def transcribe(*_, **__):
            raise error

        model.transcribe = transcribe
        out = io.BytesIO()
        fatal = worker.respond(
            worker.Recognizer(model, everything),
            worker.Protocol(out),
            line(language="en"),
        )
        self.assertIn("error", json.loads(out.getvalue()))
        return fatal

    def test_what_leaves_a_process_of_no_use(self):
        for error in (
            MemoryError(),
            RuntimeError("std::bad_alloc"),
            RuntimeError("mkl_malloc: failed to allocate memory"),
            RuntimeError("CUDA failed with error out of memory"),
            RuntimeError("Library libcublas.so.12 is not found"),
        ):
            self.assertTrue(self.respond(error), error)
        self.assertFalse(self.respond(ValueError("this piece alone")))


class Devices(unittest.TestCase):
    """No machine of ours has a graphics processor: CTranslate2 is played."""

    def load(self, gpus, types, broken=""):
        made, tried = [], []

        def make(**options):
            if broken == "load" and options["device"] == "cuda":
                raise RuntimeError("CUDA driver version is insufficient")
            made.append(options)
            model = Model()
            transcribe = model.transcribe

            def tried_out(samples, **told):
                tried.append(options["device"])
                if broken == "run":
                    raise RuntimeError("Library libcublas.so.12 is not found")
                return transcribe(samples, **told)

            model.transcribe = tried_out
            return model

        _, setup = worker.load_on(make, FakeCTranslate2(gpus, types), 8)
        return made[-1], setup, tried

    def test_none(self):
        options, setup, tried = self.load(0, set())
        self.assertEqual(setup, {"device": "cpu int8", "note": ""})
        self.assertEqual((options["num_workers"], options["cpu_threads"]), (8, 1))
        self.assertTrue(options["local_files_only"])
        self.assertEqual(tried, [])

    def test_one(self):
        able = {"float32", "int8", "int8_float16", "float16"}
        for able_to, kind in (
            (able, "float16"),
            (able - {"float16"}, "int8_float16"),
            ({"float32", "int8", "int8_float32"}, "int8"),
            ({"float32"}, "float32"),
        ):
            options, setup, tried = self.load(1, able_to)
            self.assertEqual(setup, {"device": f"cuda {kind}", "note": ""})
            self.assertEqual(options["num_workers"], 2)
            self.assertEqual(tried, ["cuda"])

    def test_one_that_cannot_be_used(self):
        for broken, words in (("load", "driver version"), ("run", "libcublas")):
            options, setup, _ = self.load(1, {"float16"}, broken)
            self.assertEqual(options["device"], "cpu")
            self.assertEqual(options["num_workers"], 8)
            self.assertEqual(setup["device"], "cpu int8")
            self.assertIn(words, setup["note"])

    def test_one_that_can_do_nothing_of_use(self):
        _, setup, _ = self.load(1, {"bfloat16"})
        self.assertEqual(setup["device"], "cpu int8")

    def test_a_model_that_loads_nowhere(self):
        def make(**_):
            raise RuntimeError("no model")

        with self.assertRaisesRegex(RuntimeError, "no model"):
            worker.load_on(make, FakeCTranslate2(1, {"float16"}), 1)


class FakeCTranslate2:
    def __init__(self, gpus, types):
        self.gpus, self.types = gpus, types

    def get_cuda_device_count(self):
        return self.gpus

    def get_supported_compute_types(self, device):
        assert device == "cuda"
        return self.types


class Serving(unittest.TestCase):
    def test_answers_after_ready_in_threads(self):
        both = threading.Barrier(2, timeout=30)  # neither is answered alone

        class Slow(Model):
            def transcribe(self, samples, **options):
                both.wait()
                return super().transcribe(samples, **options)

        sent = queue.Queue()
        protocol = types.SimpleNamespace(send=sent.put)
        lines = [line(id=1, language="en"), line(id=2, language="en")]
        worker.serve(lambda: worker.Recognizer(Slow(), everything), 2, lines, protocol)
        self.assertEqual(sent.get(timeout=30), {"ready": True})
        answers = [sent.get(timeout=30) for _ in lines]
        self.assertEqual(sorted(a["id"] for a in answers), [1, 2])
        self.assertNotIn("error", answers[0] | answers[1])


def without_beats(out):
    return out.replace(b'{"beat": true}\n', b"")


class Process(unittest.TestCase):
    """The whole worker, as Talkit starts it."""

    def start(self, program):
        return subprocess.Popen(
            [sys.executable, "-c", program, "no-such-model", "1"],
            cwd=HERE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def test_ends_with_its_input_even_while_it_loads(self):
        process = self.start(
            "import threading, worker\n"
            "worker.load_model = lambda *_: threading.Event().wait()\n"
            "worker.main()"
        )
        out, _ = process.communicate(timeout=30)
        self.assertEqual((process.returncode, without_beats(out)), (0, b""))

    def test_shows_that_it_lives_even_while_it_loads(self):
        process = self.start(
            "import threading, worker\n"
            "worker.BEAT = 0.01\n"
            "worker.load_model = lambda *_: threading.Event().wait()\n"
            "worker.main()"
        )
        with process:
            for _ in range(3):
                self.assertEqual(process.stdout.readline(), b'{"beat": true}\n')
            process.stdin.close()

    def test_prints_of_libraries_stay_out_of_the_protocol(self):
        process = self.start(
            "import os, worker\n"
            "def load(*_):\n"
            "    print('from Python', flush=True)\n"
            "    os.write(1, b'from C')\n"
            "worker.load_model = load\n"
            "worker.main()"
        )
        with process:
            first = b'{"beat": true}\n'
            while first == b'{"beat": true}\n':
                first = process.stdout.readline()
            self.assertEqual(first, b'{"ready": true}\n')
            out, errors = process.communicate(timeout=30)
        self.assertEqual(without_beats(out), b"")
        self.assertIn(b"from Python", errors)
        self.assertIn(b"from C", errors)

    def test_says_why_it_cannot_start(self):
        process = self.start(
            "import worker\n"
            "def load(*_): raise OSError('no model')\n"
            "worker.load_model = load\n"
            "worker.main()"
        )
        with process:
            out, errors = process.stdout.read(), process.stderr.read()
        self.assertEqual((process.returncode, without_beats(out)), (1, b""))
        self.assertTrue(errors.strip().endswith(b"OSError: no model"))


if __name__ == "__main__":
    unittest.main()
