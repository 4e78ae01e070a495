"""Transcribes a clip with OpenAI's own client, in every form, and prints what
came as one JSON object. Arguments: the base URL, a key, the clip, a file that
is no sound.
"""

import json
import sys

import openai

base_url, key, clip, bad = sys.argv[1:]
client = openai.OpenAI(base_url=base_url, api_key=key, max_retries=0)


def transcribe(path=clip, **options):
    with open(path, "rb") as file:
        asked = {"model": "whisper-1", "language": "en"} | options
        return client.audio.transcriptions.create(file=file, **asked)


def failure(ask):
    try:
        ask()
    except openai.APIStatusError as e:
        return {
            "class": type(e).__name__,
            "status": e.status_code,
            "message": e.message,
            "code": e.code,
            "request": e.request_id,
        }


got = {
    "json": transcribe().text,
    "text": transcribe(response_format="text"),
    "srt": transcribe(response_format="srt"),
    "vtt": transcribe(response_format="vtt"),
    "verbose": transcribe(
        response_format="verbose_json", timestamp_granularities=["word", "segment"]
    ).model_dump(),
    "stream": "",
}
for event in transcribe(stream=True):
    if event.type == "transcript.text.delta":
        got["stream"] += event.delta
    if event.type == "transcript.text.done":
        got["done"] = event.text
got["models"] = [model.id for model in client.models.list()]
got["model"] = client.models.retrieve("whisper-1").id

stranger = openai.OpenAI(base_url=base_url, api_key="sk-wrong", max_retries=0)
got["wrongKey"] = failure(stranger.models.list)
got["badFile"] = failure(lambda: transcribe(bad))
got["noModel"] = failure(lambda: transcribe(model="huge"))
print(json.dumps(got))
