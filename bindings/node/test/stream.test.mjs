// Streams: searched, and redacted as they pass.

import assert from 'node:assert/strict'
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { RedactStream, Scanner } from 'scalr-detect'
import { DETECTOR, PLACEHOLDER, TOKEN, all, pieces } from './helpers.mjs'

const scanner = new Scanner()
const LINE = `user=ci token=${TOKEN} ok\n`
const LONG = `${'nothing to see here, é 好 🔑\n'.repeat(3000)}${LINE}`.repeat(4)

const sources = [
  ['pieces of bytes', (text) => pieces(Buffer.from(text), 7)],
  ['an array of strings', (text) => [text]],
  ['a Readable of bytes', (text) => Readable.from(pieces(Buffer.from(text), 1000), { objectMode: false })],
  ['a Readable of strings', (text) => Readable.from(pieces(Buffer.from(text), 1000)).map((piece) => piece.toString('latin1'))],
  ['a Readable with an encoding', (text) => {
    const stream = Readable.from(pieces(Buffer.from(text), 5), { objectMode: false })
    return stream.setEncoding('utf8')
  }],
  ['a web stream', (text) => new Blob([text]).stream()],
  ['a generator', async function* (text) {
    for (const piece of pieces(Buffer.from(text), 100_000)) {
      await turn()
      yield new Uint8Array(piece)
    }
  }],
]

for (const [name, make] of sources) {
  test(`findings of ${name}`, async () => {
    const text = name.includes('Readable of strings') ? LONG.replace(/[^\n -~]/g, '?') : LONG
    const expected = scanner.scan(Buffer.from(text))
    assert.equal(expected.length, 4)
    const found = await all(scanner.scanStream(make(text)))
    assert.deepEqual(found, expected)
    assert.ok(found.every(({ secret }) => secret === TOKEN))
  })
}

test('findings of a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'scalr-detect-'))
  try {
    const path = join(folder, 'log')
    writeFileSync(path, LONG)
    for (const highWaterMark of [1000, 65536, 1 << 20]) {
      const found = await all(scanner.scanStream(createReadStream(path, { highWaterMark })))
      assert.deepEqual(found, scanner.scan(Buffer.from(LONG)))
    }
    await assert.rejects(all(scanner.scanStream(createReadStream(join(folder, 'none')))), { code: 'ENOENT' })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('findings of nothing', async () => {
  for (const source of [[], [''], [new Uint8Array(0)], Readable.from([])]) {
    assert.deepEqual(await all(scanner.scanStream(source)), [])
  }
})

test('findings come before the end', async () => {
  const source = new PassThrough()
  const findings = scanner.scanStream(source)
  source.write(LINE + ' '.repeat(200_000))
  const { value } = await findings.next()
  assert.equal(value.secret, TOKEN)
  await findings.return()
  await turn()
  assert.ok(source.destroyed)
})

test('a stream that is not searched to its end is closed', async () => {
  let isClosed = false
  async function* source() {
    try {
      while (true) yield LONG
    } finally {
      isClosed = true
    }
  }
  for await (const finding of scanner.scanStream(source())) {
    assert.equal(finding.detector, DETECTOR)
    break
  }
  await turn()
  assert.ok(isClosed)
})

test('what goes wrong in a stream is passed on', async () => {
  async function* source() {
    yield LONG
    throw new Error('no more')
  }
  await assert.rejects(all(scanner.scanStream(source())), /^Error: no more$/)
  await assert.rejects(all(scanner.scanStream([LINE, 1])), { code: 'ERR_INVALID_ARG_TYPE', message: /each piece of the stream/ })
  await assert.rejects(all(scanner.scanStream([LINE, null])), { code: 'ERR_INVALID_ARG_TYPE' })
})

test('streams that are none', () => {
  for (const value of [undefined, null, 1, {}, LINE, Buffer.from(LINE), new Writable()]) {
    assert.throws(() => scanner.scanStream(value), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
  }
})

test('a signal ends the search of a stream that waits', async () => {
  const source = new PassThrough()
  source.write(LINE)
  const controller = new AbortController()
  const found = all(scanner.scanStream(source, { signal: controller.signal }))
  await turn()
  controller.abort()
  await assert.rejects(found, { name: 'AbortError', code: 'ABORT_ERR' })
  assert.ok(source.destroyed)
  await assert.rejects(all(scanner.scanStream([LINE], { signal: AbortSignal.abort() })), { name: 'AbortError' })
  assert.equal((await all(scanner.scanStream([LINE], { signal: new AbortController().signal }))).length, 1)
})

test('two searches at once do not mix', async () => {
  const search = () => all(scanner.scanStream(pieces(Buffer.from(LONG), 50_000)))
  const [a, b] = await Promise.all([search(), search()])
  assert.deepEqual(a, b)
  assert.deepEqual(a, scanner.scan(Buffer.from(LONG)))
})

const redacted = async (stream, parts) => {
  const out = []
  await pipeline(Readable.from(parts), stream, async (source) => {
    for await (const chunk of source) out.push(chunk)
  })
  return out
}

test('redaction of a stream', async () => {
  const expected = LONG.replaceAll(TOKEN, PLACEHOLDER)
  for (const size of [1000, 65536, 65537, LONG.length]) {
    const out = await redacted(new RedactStream(), pieces(Buffer.from(LONG), size))
    assert.ok(out.every(Buffer.isBuffer))
    assert.equal(Buffer.concat(out).toString(), expected)
  }
  const strings = await redacted(new RedactStream(), [LONG])
  assert.equal(Buffer.concat(strings).toString(), expected)
  assert.deepEqual(await redacted(new RedactStream(), []), [])
})

test('options of a redacting stream', async () => {
  const none = new Scanner({ exclude: ['npm-*', 'generic-*'] })
  for (const options of [none, { scanner: none }, { scanner: none, highWaterMark: 10 }]) {
    assert.equal(Buffer.concat(await redacted(new RedactStream(options), [LINE])).toString(), LINE)
  }
  assert.equal(new RedactStream({ highWaterMark: 10 }).writableHighWaterMark, 10)
  assert.ok(new RedactStream({ objectMode: true }).readableObjectMode === false)
  const latin1 = new RedactStream({ defaultEncoding: 'latin1' })
  latin1.end(`é ${LINE}`)
  assert.equal(Buffer.concat(await all(latin1)).toString('latin1'), `é ${LINE.replace(TOKEN, PLACEHOLDER)}`)
  const strings = new RedactStream().setEncoding('utf8')
  strings.end(`🔑 ${LINE}`)
  assert.equal((await all(strings)).join(''), `🔑 ${LINE.replace(TOKEN, PLACEHOLDER)}`)
  for (const options of [null, 1, 'x', { scanner: {} }, { scanner: null }, { scanner: Scanner }]) {
    assert.throws(() => new RedactStream(options), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
  }
})

test('a line comes out when it is written', async () => {
  const stream = new RedactStream()
  let out = ''
  stream.on('data', (chunk) => (out += chunk))
  for (const [written, expected] of [
    [`one ${TOKEN.slice(0, 20)}`, 'one '],
    [`${TOKEN.slice(20)} (done)\n`, `one ${PLACEHOLDER} (done)\n`],
    ['two\n', `one ${PLACEHOLDER} (done)\ntwo\n`],
  ]) {
    stream.write(written)
    await turn()
    assert.equal(out, expected)
  }
})

test('a redacting stream that has ended', async () => {
  const stream = new RedactStream()
  stream.end(LINE)
  assert.equal(Buffer.concat(await all(stream)).toString(), LINE.replace(TOKEN, PLACEHOLDER))
  await assert.rejects(
    new Promise((resolve, reject) => stream.write('more', (error) => (error ? reject(error) : resolve()))),
    { code: 'ERR_STREAM_WRITE_AFTER_END' },
  )
})

test('what cannot be redacted', async () => {
  for (const value of [1, {}, [], null]) {
    const stream = new RedactStream()
    stream.on('error', () => {})
    assert.throws(() => stream.write(value), { code: /ERR_INVALID_ARG_TYPE|ERR_STREAM_NULL_VALUES/ }, String(value))
  }
})

test('a redacting stream that is dropped with secrets in it puts none out', async () => {
  const stream = new RedactStream()
  const out = []
  stream.on('data', (chunk) => out.push(chunk)).on('error', () => {})
  stream.write(LINE.slice(0, 40))
  stream.destroy(new Error('gone'))
  await turn()
  assert.ok(!Buffer.concat(out).includes(TOKEN.slice(0, 10)))
})
