// receiver is a plugin's server in Node 18 or newer, without dependencies: it
// receives webhooks, verifies them, and reads the Transcript they tell of.

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const hour = 3600;
const tolerance = 300; // seconds that two clocks may differ

const hmac = (key, data) => createHmac("sha256", key).update(data).digest();
const base64url = (data) => Buffer.from(data).toString("base64url");

function equal(a, b) {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Verifies X-Connect-It-Token: hex of an HMAC keyed with the whole secret. */
export function verifyToken(secret, headers, body) {
  const got = Buffer.from(headers["x-connect-it-token"] ?? "", "hex");
  return equal(got, hmac(secret, body));
}

/** Verifies webhook-signature (Standard Webhooks), and that it is not old. */
export function verifySignature(secret, headers, body, now = Date.now() / 1000) {
  const id = headers["webhook-id"];
  const stamp = headers["webhook-timestamp"];
  if (!(Math.abs(now - Number(stamp)) < tolerance)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const want = hmac(key, Buffer.concat([Buffer.from(`${id}.${stamp}.`), body]));
  // There are two signatures while a secret is being replaced.
  return (headers["webhook-signature"] ?? "").split(" ").some((signature) => {
    const [version, value] = signature.split(",");
    return version === "v1" && equal(Buffer.from(value ?? "", "base64"), want);
  });
}

/** Makes the token with which the plugin acts for one installation. */
export function mintToken(uuid, secretKey, now = Math.floor(Date.now() / 1000)) {
  const head = base64url(JSON.stringify({ alg: "HS256", typ: "JWT" }));
  const claims = base64url(JSON.stringify({ iat: now, exp: now + hour, plugin_installation_uuid: uuid }));
  return `${head}.${claims}.${base64url(hmac(secretKey, `${head}.${claims}`))}`;
}

async function readBody(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

/** Fetches what the event is about, as it is now. */
async function work(event, { url, secretKey }) {
  console.log(`verified webhook ${event.id} ${event.type}`);
  if (event.type !== "transcript.completed") return;
  const token = mintToken(event.plugin_installation_uuid, secretKey);
  const answer = await fetch(`${url}/transcripts/${event.data.id}`, { headers: { Authorization: `Bearer ${token}` } });
  const transcript = await answer.json();
  console.log(answer.ok ? `transcript ${transcript.id}  ${transcript.text}` : transcript.detail);
}

/** Makes the server. It answers at once and works afterwards. */
export function receiver(settings) {
  const done = new Set(); // a webhook may come twice; real plugins keep this in their database
  return createServer(async (request, response) => {
    const body = await readBody(request);
    const { headers } = request;
    const genuine = verifyToken(settings.webhookSecret, headers, body) && verifySignature(settings.webhookSecret, headers, body);
    response.writeHead(genuine ? 204 : 401).end();
    if (!genuine || done.has(headers["webhook-id"])) return;
    done.add(headers["webhook-id"]);
    await work(JSON.parse(body), settings).catch(console.error);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { TALKIT_URL: url = "http://127.0.0.1:8080", PORT = 3000, SECRET_KEY: secretKey, WEBHOOK_SECRET: webhookSecret } = process.env;
  if (!secretKey || !webhookSecret) {
    console.error("SECRET_KEY and WEBHOOK_SECRET must be set, see README.md");
    process.exit(1);
  }
  receiver({ url, secretKey, webhookSecret }).listen(Number(PORT), "127.0.0.1");
}
