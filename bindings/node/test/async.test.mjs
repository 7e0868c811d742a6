// Searching off the main thread: on the pool, and in workers.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { Scanner } from 'scalr-detect'
import { DETECTOR, TOKEN } from './helpers.mjs'

const scanner = new Scanner()
const TEXT = `token=${TOKEN}\n`
/** Long enough that a search of it is not done when the loop turns next. */
const LONG = Buffer.concat([Buffer.alloc(64 << 20, 'nothing to see here\n'), Buffer.from(TEXT)])

test('what is changed after the call is not searched', async () => {
  const bytes = Buffer.from(TEXT)
  const promise = scanner.scanAsync(bytes)
  bytes.fill(0)
  const [{ secret }] = await promise
  assert.equal(secret, TOKEN)
})

test('the loop goes on', async () => {
  let turns = 0
  let isDone = false
  const turn = () => {
    turns += 1
    if (!isDone) setImmediate(turn)
  }
  setImmediate(turn)
  const found = await scanner.scanAsync(LONG)
  isDone = true
  assert.equal(found.length, 1)
  assert.ok(turns > 0)
})

test('many at once', async () => {
  const texts = Array.from({ length: 500 }, (_, index) => `${'x '.repeat(index)}${TEXT}`)
  const found = await Promise.all(texts.map((text) => scanner.scanAsync(text)))
  found.forEach(([{ start }], index) => assert.equal(start, 2 * index + 6))
})

test('signals', async () => {
  const reason = new Error('enough')
  const expected = { name: 'AbortError', code: 'ABORT_ERR', cause: reason }
  // Before, at once, and while it is searched.
  await assert.rejects(scanner.scanAsync(TEXT, { signal: AbortSignal.abort(reason) }), expected)
  const controller = new AbortController()
  const promise = scanner.scanAsync(LONG, { signal: controller.signal })
  controller.abort(reason)
  await assert.rejects(promise, expected)
  const later = new AbortController()
  const running = scanner.scanAsync(LONG, { signal: later.signal })
  setImmediate(() => later.abort(reason))
  await assert.rejects(running, expected)
  // Not at all, and when it is too late.
  const idle = new AbortController()
  assert.equal((await scanner.scanAsync(TEXT, { signal: idle.signal })).length, 1)
  idle.abort(reason)
  assert.equal((await scanner.scanAsync(TEXT, {})).length, 1)
  assert.equal((await scanner.scanAsync(TEXT, { signal: undefined })).length, 1)
})

test('a signal that is used often is not held on to', async () => {
  const { signal } = new AbortController()
  let listeners = 0
  const [add, remove] = [signal.addEventListener, signal.removeEventListener]
  signal.addEventListener = (...args) => ((listeners += 1), add.apply(signal, args))
  signal.removeEventListener = (...args) => ((listeners -= 1), remove.apply(signal, args))
  for (let i = 0; i < 20; i++) await scanner.scanAsync(TEXT, { signal })
  assert.equal(listeners, 0)
})

test('signals that are none', async () => {
  for (const options of [null, 1, { signal: null }, { signal: {} }, { signal: new AbortController() }]) {
    await assert.rejects(scanner.scanAsync(TEXT, options), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
    assert.throws(() => scanner.scanStream([TEXT], options), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
  }
})

test('a scanner that is dropped while it works', async () => {
  const found = await new Scanner().scanAsync(LONG)
  assert.equal(found[0].detector, DETECTOR)
})

const WORKER = `
import { parentPort, workerData } from 'node:worker_threads'
import { RedactStream, Scanner } from 'scalr-detect'
const scanner = new Scanner({ minConfidence: 'low' })
const text = workerData.text
let count = 0
for (let i = 0; i < 200; i++) {
  count += scanner.scan(text).length + scanner.redact(text).length
  count += (await scanner.scanAsync(text)).length
  for await (const finding of scanner.scanStream([text])) count += finding.secret.length
  const redact = new RedactStream({ scanner })
  redact.end(text)
  for await (const chunk of redact) count += chunk.length
}
parentPort.postMessage({ count, finding: scanner.scan(text)[0] })
`

const start = (code, workerData) =>
  new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { workerData })

/** A data URL knows no packages: names are made the addresses of files. */
const resolved = (code) => code.replace(/'scalr-detect'/g, `'${import.meta.resolve('scalr-detect')}'`)

test('workers', async () => {
  const workers = Array.from({ length: 6 }, () => start(resolved(WORKER), { text: TEXT }))
  const ends = workers.map((worker) => Promise.all([once(worker, 'message'), once(worker, 'exit')]))
  for (let i = 0; i < 200; i++) assert.equal((await scanner.scanAsync(TEXT)).length, 1)
  const messages = (await Promise.all(ends)).map(([[message]]) => message)
  const [finding] = scanner.scan(TEXT)
  const redacted = scanner.redact(TEXT).length
  for (const message of messages) {
    assert.equal(message.count, 200 * (1 + redacted + 1 + TOKEN.length + redacted))
    // What a message carries is without the secret.
    assert.deepEqual(message.finding, finding)
    assert.equal(message.finding.secret, undefined)
  }
})

test('workers that are ended while they search', async () => {
  const code = `
    import { parentPort } from 'node:worker_threads'
    import { Scanner } from 'scalr-detect'
    const scanner = new Scanner()
    const bytes = Buffer.alloc(8 << 20, 'nothing to see here\\n')
    parentPort.postMessage('begun')
    while (true) await Promise.all([scanner.scanAsync(bytes), scanner.scanAsync(bytes)])
  `
  for (let i = 0; i < 4; i++) {
    const worker = start(resolved(code))
    await once(worker, 'message')
    assert.equal(await worker.terminate(), 1)
  }
  assert.equal(scanner.scan(TEXT).length, 1)
})
