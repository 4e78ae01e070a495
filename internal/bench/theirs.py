"""Times faster-whisper's own transcribe, with the settings of Talkit's worker."""

import json
import sys
import time

from faster_whisper import WhisperModel

folder, sound, threads = sys.argv[1:]
model = WhisperModel(
    folder,
    device="cpu",
    compute_type="int8",
    cpu_threads=int(threads),
    local_files_only=True,
)
began = time.monotonic()
segments, _ = model.transcribe(
    sound,
    beam_size=1,
    best_of=1,
    temperature=[0.0, 0.4, 0.8],
    condition_on_previous_text=False,
    word_timestamps=True,
)
text = "".join(segment.text for segment in segments)
print(json.dumps({"seconds": time.monotonic() - began, "text": text}))
