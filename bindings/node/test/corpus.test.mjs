// Everything that the library finds in its corpus is found through the package, at the same places, whichever way it is
// searched.

import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { isUtf8 } from 'node:buffer'
import { RedactStream, Scanner } from 'scalr-detect'
import { all, corpus, known, pieces } from './helpers.mjs'

const haystacks = corpus()
const scanner = new Scanner({ minConfidence: 'low' })

/** The offset in UTF-16 units of an offset in bytes, by counting characters. */
function units(haystack, offset) {
  return haystack.subarray(0, offset).toString('utf8').length
}

test('the corpus is what it should be', () => {
  assert.ok(haystacks.length > 9000, `${haystacks.length} haystacks`)
  assert.ok(haystacks.filter(({ findings }) => findings.length > 0).length > 4000)
  assert.ok(haystacks.filter(({ haystack }) => isUtf8(haystack)).length > 9000)
})

test('bytes', () => {
  for (const { name, haystack, findings } of haystacks) {
    const found = scanner.scan(haystack)
    assert.deepEqual(known(found), findings, name)
    assert.equal(scanner.isMatch(haystack), findings.length > 0, name)
    for (const finding of found) {
      if (finding.decodedBy.length === 0) {
        assert.equal(finding.secret, haystack.toString('utf8', finding.start, finding.end), name)
      }
      const before = haystack.subarray(0, finding.start)
      assert.equal(finding.line, before.filter((byte) => byte === 10).length + 1, name)
      assert.equal(finding.column, finding.start - before.lastIndexOf(10), name)
      assert.ok(finding.matchStart <= finding.start && finding.end <= finding.matchEnd, name)
    }
  }
})

test('strings', () => {
  for (const { name, haystack, findings } of haystacks) {
    if (!isUtf8(haystack)) continue
    const text = haystack.toString('utf8')
    const expected = findings.map((finding) => ({
      ...finding,
      start: units(haystack, finding.start),
      end: units(haystack, finding.end),
    }))
    const found = scanner.scan(text)
    assert.deepEqual(known(found), expected, name)
    assert.equal(scanner.isMatch(text), findings.length > 0, name)
    for (const finding of found) {
      if (finding.decodedBy.length === 0) {
        assert.equal(finding.secret, text.slice(finding.start, finding.end), name)
      }
      assert.equal(finding.line, text.slice(0, finding.start).split('\n').length, name)
      assert.equal(finding.column, finding.start - text.lastIndexOf('\n', finding.start - 1), name)
      assert.ok(finding.matchStart <= finding.start && finding.end <= finding.matchEnd, name)
    }
  }
})

test('on the pool', async () => {
  const found = await Promise.all(haystacks.map(({ haystack }) => scanner.scanAsync(haystack)))
  const texts = await Promise.all(haystacks.map(({ haystack }) => scanner.scanAsync(haystack.toString('utf8'))))
  haystacks.forEach(({ name, haystack, findings }, index) => {
    assert.deepEqual(known(found[index]), findings, name)
    assert.deepEqual(texts[index], scanner.scan(haystack.toString('utf8')), name)
  })
})

test('streams', async () => {
  for (const { name, haystack } of haystacks) {
    const found = await all(scanner.scanStream(pieces(haystack, 13)))
    assert.deepEqual(found, scanner.scan(haystack), name)
  }
})

test('one long stream', async () => {
  const whole = Buffer.concat(haystacks.flatMap(({ haystack }) => [haystack, Buffer.from('\n')]))
  const expected = scanner.scan(whole)
  assert.ok(expected.length > 4000)
  for (const size of [1000, 65536, 1 << 20, whole.length]) {
    assert.deepEqual(await all(scanner.scanStream(Readable.from(pieces(whole, size)))), expected, `${size}`)
    const redacted = Readable.from(pieces(whole, size)).pipe(new RedactStream({ scanner }))
    assert.ok(Buffer.concat(await all(redacted)).equals(scanner.redact(whole)), `${size}`)
  }
})

test('redaction', () => {
  for (const { name, haystack, findings } of haystacks) {
    const redacted = scanner.redact(haystack)
    if (findings.length === 0) assert.equal(redacted, haystack, name)
    else assert.ok(Buffer.isBuffer(redacted) && !redacted.equals(haystack), name)
    for (const { secret } of scanner.scan(haystack)) {
      if (secret.length > 10) assert.ok(!redacted.includes(secret), name)
    }
    if (isUtf8(haystack)) assert.equal(scanner.redact(haystack.toString('utf8')), redacted.toString('utf8'), name)
  }
})
