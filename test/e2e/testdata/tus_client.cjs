// Uploads a file with tus-js-client, the build that browsers get. Before each
// PATCH it says how far it is and waits for a line; at the end it says which
// recording it became.
//
// node tus_client.cjs BUNDLE ENDPOINT KEY FILE (whole | deferred)

const { readFileSync } = require('node:fs')
const { createInterface } = require('node:readline')

const [bundle, endpoint, key, file, mode] = process.argv.slice(2)
const tus = require(bundle)

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

// Node has no XMLHttpRequest, which is what the build sends with by itself.
class Request {
  constructor(method, url) {
    Object.assign(this, { method, url, headers: {}, control: new AbortController() })
  }
  getMethod() { return this.method }
  getURL() { return this.url }
  setHeader(name, value) { this.headers[name] = value }
  getHeader(name) { return this.headers[name] }
  setProgressHandler() {}
  getUnderlyingObject() { return null }
  async abort() { this.control.abort() }
  async send(body = null) {
    const { method, headers, control: { signal } } = this
    const response = await fetch(this.url, { method, headers, body, signal })
    const text = await response.text()
    return {
      getStatus: () => response.status,
      getHeader: (name) => response.headers.get(name) ?? undefined,
      getBody: () => text,
      getUnderlyingObject: () => response,
    }
  }
}

const sound = new Blob([readFileSync(file)])
const upload = new tus.Upload(mode === 'deferred' ? sound.stream().getReader() : sound, {
  endpoint,
  headers: { Authorization: `Bearer ${key}` },
  metadata: { name: 'Visit', type: 'meeting', filename: 'note.wav', filetype: 'audio/wav' },
  chunkSize: 64 * 1024,
  uploadLengthDeferred: mode === 'deferred',
  retryDelays: new Array(300).fill(100),
  storeFingerprintForResuming: false,
  httpStack: { createRequest: (method, url) => new Request(method, url), getName: () => 'fetch' },
  onBeforeRequest: async (request) => {
    if (request.getMethod() !== 'PATCH') return
    console.log(`patch ${request.getHeader('Upload-Offset')}`)
    await lines.next()
  },
  onSuccess: ({ lastResponse }) => {
    console.log(`recording ${lastResponse.getHeader('Talkit-Recording')}`)
    process.exit(0)
  },
  onError: (error) => {
    console.error(String(error))
    process.exit(1)
  },
})
upload.start()
