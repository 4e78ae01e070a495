// Transcribes a clip with OpenAI's own client, in every form, and prints what
// came as one JSON object. Arguments: the base URL, a key, the clip, a file
// that is no sound.
import fs from "node:fs";
import OpenAI from "openai";

const [baseURL, apiKey, clip, bad] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const transcribe = (options) =>
  client.audio.transcriptions.create({ file: fs.createReadStream(clip), model: "whisper-1", language: "en", ...options });

const got = {};
got.json = (await transcribe({})).text;
got.text = await transcribe({ response_format: "text" });
got.srt = await transcribe({ response_format: "srt" });
got.vtt = await transcribe({ response_format: "vtt" });
got.verbose = await transcribe({ response_format: "verbose_json", timestamp_granularities: ["word", "segment"] });
got.stream = "";
for await (const event of await transcribe({ stream: true })) {
  if (event.type === "transcript.text.delta") got.stream += event.delta;
  if (event.type === "transcript.text.done") got.done = event.text;
}
got.models = [];
for await (const model of client.models.list()) got.models.push(model.id);
got.model = (await client.models.retrieve("whisper-1")).id;

const failure = async (ask) => {
  try {
    await ask();
  } catch (error) {
    return { class: error.constructor.name, status: error.status, message: error.message, code: error.code, request: error.requestID };
  }
};
const stranger = new OpenAI({ baseURL, apiKey: "sk-wrong", maxRetries: 0 });
got.wrongKey = await failure(() => stranger.models.list());
got.badFile = await failure(() => transcribe({ file: fs.createReadStream(bad) }));
got.noModel = await failure(() => transcribe({ model: "huge" }));
console.log(JSON.stringify(got));
