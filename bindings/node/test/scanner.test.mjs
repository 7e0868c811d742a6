// What is accepted, what is returned, and what is said of mistakes.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import util from 'node:util'
import vm from 'node:vm'
import * as module from 'scalr-detect'
import { RedactStream, Scanner, VERSION, catalog } from 'scalr-detect'
import { DETECTOR, PLACEHOLDER, TOKEN } from './helpers.mjs'

const scanner = new Scanner()
const TEXT = `user=ci token=${TOKEN} ok`

test('import and require are the same', () => {
  const required = createRequire(import.meta.url)('scalr-detect')
  assert.deepEqual(Object.keys(required).sort(), Object.keys(module).filter((name) => name !== 'default').sort())
  for (const name of Object.keys(required)) assert.equal(required[name], module[name], name)
  assert.match(VERSION, /^\d+\.\d+\.\d+/)
})

test('a finding', () => {
  const [finding, ...others] = scanner.scan(TEXT)
  assert.equal(others.length, 0)
  assert.equal(Object.getPrototypeOf(finding), Object.prototype)
  assert.deepEqual(finding, {
    detector: DETECTOR,
    start: 14,
    end: 54,
    matchStart: 14,
    matchEnd: 54,
    line: 1,
    column: 15,
    confidence: 'checked',
    severity: 'critical',
    fingerprint: '395cb3ce529bf083031f2a78d65aa234',
    decodedBy: [],
    details: {},
    weak: false,
    placeholder: false,
  })
  assert.equal(finding.secret, TOKEN)
  assert.throws(() => {
    finding.secret = ''
  }, TypeError)
})

test('weak passwords and placeholders', () => {
  const low = new Scanner({ minConfidence: 'low' })
  const published = 'sk_test_' + ['4eC39HqLyjWD', 'arjtT1zdp7dc'].join('')
  const flags = low
    .scan(`stripe = "${published}"\n$mail->Password = 'secret';\n`)
    .map(({ confidence, weak, placeholder }) => [confidence, weak, placeholder])
  assert.deepEqual(flags, [
    ['low', false, true],
    ['low', true, false],
  ])
})

test('details and decoders', () => {
  const json = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iss: 'user', jti: 'at-v0' + 'o2hkqf2b8nl4s6e' }
  const signature = createHash('sha256').update('nobody signed this').digest('base64url')
  const token = `${json({ alg: 'HS256', typ: 'JWT' })}.${json(claims)}.${signature}`
  const [plain] = scanner.scan(`https://acme.scalr.io ${token}`)
  assert.equal(plain.detector, 'scalr-api-token')
  assert.equal(plain.details['token-id'], claims.jti)
  assert.deepEqual(plain.decodedBy, [])
  const encoded = Buffer.from(`token: ${token}`).toString('base64')
  const [found] = scanner.scan(`data: ${encoded}\n`)
  assert.equal(found.detector, 'scalr-api-token')
  assert.deepEqual(found.decodedBy, ['base64'])
  assert.equal(found.secret, token)
  assert.equal(found.fingerprint, plain.fingerprint)
  assert.deepEqual(new Scanner({ decoders: false }).scan(`data: ${encoded}\n`), [])
})

test('nothing shows a secret', () => {
  const findings = scanner.scan(TEXT)
  const [finding] = findings
  const shown = [
    util.inspect(findings, { showHidden: true, depth: Infinity }),
    util.inspect(finding, { compact: false, breakLength: 1 }),
    util.format('%o %O %j %s', finding, finding, finding, finding),
    JSON.stringify(findings),
    String(finding),
    util.inspect({ ...finding }, { showHidden: true, getters: true }),
    util.inspect(structuredClone(finding), { showHidden: true, getters: true }),
    util.inspect(Object.assign({}, finding), { showHidden: true, getters: true }),
    util.inspect(Object.entries(finding), { depth: Infinity }),
    util.inspect(scanner, { showHidden: true }),
    util.inspect(new RedactStream(), { showHidden: true }),
  ]
  try {
    assert.deepEqual(finding, {})
  } catch (error) {
    shown.push(util.inspect(error))
  }
  for (const text of shown) assert.ok(!text.includes(TOKEN.slice(20)), text.replaceAll(TOKEN, '(the secret)'))
})

// What is passed, as bytes; `text` is what its string is searched for.
const views = [
  ['a Buffer', (text) => Buffer.from(text)],
  ['a Uint8Array', (text) => new TextEncoder().encode(text)],
  ['a part of an array', (text) => new Uint8Array([...Buffer.from(`${TOKEN} ${text}${TOKEN}`)].slice()).subarray(41, 41 + Buffer.byteLength(text))],
  ['an array with its own buffer', (text) => Uint8Array.from(Buffer.from(text))],
  ['shared memory', (text) => {
    const bytes = Buffer.from(text)
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 3), 3)
    shared.set(bytes)
    return shared
  }],
  ['a resizable buffer', (text) => {
    const bytes = Buffer.from(text)
    const buffer = new ArrayBuffer(bytes.length, { maxByteLength: 1 << 16 })
    const view = new Uint8Array(buffer)
    view.set(bytes)
    return view
  }],
  ['an array of another realm', (text) => {
    const bytes = vm.runInNewContext(`new Uint8Array(${Buffer.byteLength(text)})`)
    bytes.set(Buffer.from(text))
    return bytes
  }],
  ['a subclass', (text) => new (class Bytes extends Uint8Array {})(Buffer.from(text))],
]

for (const [name, make] of views) {
  test(`bytes: ${name}`, async () => {
    const bytes = make(TEXT)
    const [{ detector, start, end, secret }] = scanner.scan(bytes)
    assert.deepEqual([detector, start, end, secret], [DETECTOR, 14, 54, TOKEN])
    assert.ok(scanner.isMatch(bytes))
    assert.deepEqual(await scanner.scanAsync(bytes), scanner.scan(bytes))
    const redacted = scanner.redact(bytes)
    assert.equal(Buffer.from(redacted).toString(), `user=ci token=${PLACEHOLDER} ok`)
    assert.equal(Buffer.isBuffer(redacted), Buffer.isBuffer(bytes))
    assert.ok(redacted instanceof Uint8Array)
    // What was passed is as it was.
    assert.equal(Buffer.from(bytes).toString(), TEXT)
    // Nothing to replace: the very same.
    const clean = make('nothing to see here')
    assert.equal(scanner.redact(clean), clean)
    assert.deepEqual(scanner.scan(clean), [])
    assert.ok(!scanner.isMatch(clean))
    const empty = make('')
    assert.deepEqual(scanner.scan(empty), [])
    assert.equal(scanner.redact(empty), empty)
    assert.deepEqual(await scanner.scanAsync(empty), [])
  })
}

test('a buffer that was taken away is empty', () => {
  const bytes = new Uint8Array(Buffer.from(TEXT))
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  assert.deepEqual(scanner.scan(bytes), [])
  assert.ok(!scanner.isMatch(bytes))
  assert.equal(scanner.redact(bytes), bytes)
})

const strings = [
  ['ASCII', ''],
  ['Latin-1', 'é '],
  ['two bytes', '好 '],
  ['pairs of surrogates', '🔑🔑 '],
  ['half a pair, high', '\ud83d '],
  ['half a pair, low', '\udd11 '],
  ['halves in the wrong order', '\udd11\ud83d '],
  ['halves and pairs', '\ud83d🔑\udd11é\ud83d\ud83d '],
  ['replacement characters', '\ufffd\ufffd '],
  ['NULs', '\0\0 '],
  ['a mark of byte order', '\ufeff'],
]

for (const [name, before] of strings) {
  test(`strings: ${name}`, async () => {
    const text = `${before}${before}\n${before}x = "${TOKEN}" ${before}`
    const found = scanner.scan(text)
    assert.equal(found.length, 1)
    const [finding] = found
    assert.equal(text.slice(finding.start, finding.end), TOKEN)
    assert.equal(finding.secret, TOKEN)
    assert.deepEqual([finding.line, finding.column], [2, before.length + 6])
    assert.ok(scanner.isMatch(text))
    assert.deepEqual(await scanner.scanAsync(text), found)
    // Code unit for code unit.
    assert.equal(scanner.redact(text), text.replace(TOKEN, PLACEHOLDER))
    assert.equal(scanner.redact(before), before)
  })
}

test('strings of other kinds', () => {
  // Joined, sliced and huge strings are others inside.
  const joined = 'token='.concat(TOKEN.slice(0, 10)) + TOKEN.slice(10) + ' '.repeat(20)
  assert.equal(scanner.scan(joined).length, 1)
  assert.equal(scanner.scan(`${'-'.repeat(30)} ${joined}`.slice(31)).length, 1)
})

test('invalid UTF-8', async () => {
  for (const bad of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe5], [0x80, 0x80]]) {
    const bytes = Buffer.concat([Buffer.from(bad), Buffer.from(` x = ${TOKEN} `), Buffer.from(bad)])
    const [finding, ...others] = scanner.scan(bytes)
    assert.equal(others.length, 0)
    assert.equal(bytes.toString('latin1', finding.start, finding.end), TOKEN)
    assert.deepEqual(await scanner.scanAsync(bytes), [finding])
    const expected = Buffer.concat([Buffer.from(bad), Buffer.from(` x = ${PLACEHOLDER} `), Buffer.from(bad)])
    assert.ok(scanner.redact(bytes).equals(expected))
  }
})

test('huge data', async () => {
  const bytes = Buffer.alloc(100 << 20, 'nothing to see here\n')
  bytes.write(`token=${TOKEN}\n`, bytes.length - 60)
  const expected = [{ detector: DETECTOR, start: bytes.length - 54, end: bytes.length - 14 }]
  const places = (findings) => findings.map(({ detector, start, end }) => ({ detector, start, end }))
  assert.deepEqual(places(scanner.scan(bytes)), expected)
  assert.deepEqual(places(await scanner.scanAsync(bytes)), expected)
  assert.equal(scanner.redact(bytes).length, bytes.length - TOKEN.length + PLACEHOLDER.length)
  const text = bytes.toString('latin1')
  assert.deepEqual(places(scanner.scan(text)), expected)
  assert.equal(scanner.redact(text).length, text.length - TOKEN.length + PLACEHOLDER.length)
})

test('many findings', () => {
  const text = `${TOKEN}\n`.repeat(20_000)
  const found = scanner.scan(text)
  assert.equal(found.length, 20_000)
  assert.ok(found.every(({ line, start, column }, index) => line === index + 1 && start === index * 41 && column === 1))
  assert.equal(scanner.redact(text), `${PLACEHOLDER}\n`.repeat(20_000))
})

const wrong = [
  [undefined, 'undefined'],
  [null, 'null'],
  [1, 'type number'],
  [true, 'type boolean'],
  [10n, 'type bigint'],
  [Symbol('s'), 'type symbol'],
  [{}, 'an instance of Object'],
  [[TOKEN], 'an instance of Array'],
  [() => TOKEN, 'a function'],
  [new String(TOKEN), 'an instance of String'],
  [new ArrayBuffer(4), 'an instance of ArrayBuffer'],
  [new DataView(new ArrayBuffer(4)), 'an instance of DataView'],
  [new Uint16Array(4), 'an instance of Uint16Array'],
  [new Uint8ClampedArray(4), 'an instance of Uint8ClampedArray'],
  [Object.create(Uint8Array.prototype), 'an instance of Uint8Array'],
  [new Proxy(new Uint8Array(4), {}), 'an instance of Uint8Array'],
  [Object.create(null), 'an object'],
  [{ constructor: { name: TOKEN.length } }, 'an object'],
]

test('data of a wrong type', async () => {
  for (const [value, kind] of wrong) {
    const expected = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }
    for (const call of [() => scanner.scan(value), () => scanner.isMatch(value), () => scanner.redact(value)]) {
      assert.throws(call, (error) => {
        assert.equal(error.message.endsWith(kind), true, error.message)
        assert.ok(!error.message.includes(TOKEN) && error.message.includes('a string, a Buffer or a Uint8Array'))
        assert.deepEqual({ name: error.name, code: error.code }, expected)
        return true
      })
    }
    await assert.rejects(scanner.scanAsync(value), expected)
  }
  assert.throws(() => scanner.scan(), { code: 'ERR_INVALID_ARG_TYPE' })
})

const wrongOptions = [
  [null, 'ERR_INVALID_ARG_TYPE', /options must be an object, but it is null/],
  ['jwt', 'ERR_INVALID_ARG_TYPE', /options must be an object/],
  [['jwt'], 'ERR_INVALID_ARG_TYPE', /options must be an object/],
  [{ only: 'jwt' }, 'ERR_INVALID_ARG_TYPE', /options\.only must be an array of strings, but it is a value of type string/],
  [{ only: [1] }, 'ERR_INVALID_ARG_TYPE', /options\.only must be an array of strings/],
  [{ exclude: new Set(['jwt']) }, 'ERR_INVALID_ARG_TYPE', /options\.exclude .* an instance of Set/],
  [{ minConfidence: 1 }, 'ERR_INVALID_ARG_TYPE', /options\.minConfidence must be a string/],
  [{ minConfidence: 'HIGH' }, 'ERR_INVALID_ARG_VALUE', /'low', 'medium', 'high', 'checked'/],
  [{ decoders: 'yes' }, 'ERR_INVALID_ARG_TYPE', /options\.decoders must be a boolean/],
  [{ decoders: null }, 'ERR_INVALID_ARG_TYPE', /options\.decoders must be a boolean, but it is null/],
  [{ custom: {} }, 'ERR_INVALID_ARG_TYPE', /options\.custom must be a string/],
  [{ minConfidense: 'low' }, 'ERR_INVALID_ARG_VALUE', /options\.minConfidense is unknown: the options are only, exclude/],
  [{ constructor: 1 }, 'ERR_INVALID_ARG_VALUE', /options\.constructor is unknown/],
  [{ only: ['npm-acces-token'] }, 'ERR_SCALR_DETECT_UNKNOWN_DETECTOR', /"npm-acces-token": did you mean "npm-access-token"\?/],
  [{ exclude: ['scalr-api-tokn'] }, 'ERR_SCALR_DETECT_UNKNOWN_DETECTOR', /did you mean "scalr-api-token"\?/],
  [{ only: ['\ud83d'] }, 'ERR_SCALR_DETECT_UNKNOWN_DETECTOR', /unknown detector/],
  [{ custom: 'x = 1' }, 'ERR_SCALR_DETECT_INVALID_DETECTORS', /unknown field `x`/],
  [{ custom: '=' }, 'ERR_SCALR_DETECT_INVALID_DETECTORS', /line 1, column 1/],
]

test('options that are wrong', () => {
  for (const [options, code, message] of wrongOptions) {
    assert.throws(() => new Scanner(options), (error) => {
      assert.equal(error.code, code, error.message)
      assert.match(error.message, message)
      assert.equal(error.name, code.startsWith('ERR_INVALID') ? 'TypeError' : 'Error')
      return true
    })
  }
  assert.throws(() => Scanner(), TypeError)
})

test('options that are right', () => {
  const slack = 'https://hooks.slack' + '.com/services/T0' + '24BE7LD/B02' + '4BE7LH/pTKqk9wQ8AVU1h2vMZcJ3eYd'
  const text = `${TOKEN}\n${slack}\n`
  const ids = (options) => new Scanner(options).scan(text).map(({ detector }) => detector)
  const both = ids()
  assert.equal(both.length, 2)
  const [, other] = both
  for (const options of [undefined, {}, { only: undefined, decoders: undefined }, { only: [], exclude: [] }]) {
    assert.deepEqual(ids(options), both)
  }
  assert.deepEqual(ids({ only: [DETECTOR] }), [DETECTOR])
  assert.deepEqual(ids({ only: ['npm-*'] }), [DETECTOR])
  assert.deepEqual(ids({ exclude: [DETECTOR] }), [other])
  assert.deepEqual(ids({ only: ['npm-*', 'slack-*'], exclude: ['slack-*'] }), [DETECTOR])
  for (const minConfidence of ['low', 'medium', 'high', 'checked']) {
    assert.ok(ids({ minConfidence }).includes(DETECTOR))
  }
  assert.ok(!ids({ minConfidence: 'checked' }).includes(other))
})

const CUSTOM = `
provider = "Acme"
references = ["https://docs.example.com/tokens"]
remediation = "Revoke it."
impact = "Everything."

[[detector]]
id = "acme-token"
name = "Acme token"
kind = "prefixed"
severity = "low"
token = 'acme_[0-9a-f]{32}'
hit = ['t: «acme_{hex:32}»', 't = «acme_{hex:32}»']
miss = [{ text = 'acme_{hex:20}', why = "truncated" }]
`

test('detectors of your own', () => {
  const text = `acme_${'3f9a1c7e'.repeat(2)}${'b04d82e6'.repeat(2)} ${TOKEN}`
  const found = new Scanner({ custom: CUSTOM }).scan(text)
  assert.deepEqual(found.map(({ detector, severity }) => [detector, severity]), [['acme-token', 'low'], [DETECTOR, 'critical']])
  assert.equal(new Scanner({ custom: CUSTOM, only: ['acme-token'] }).scan(text).length, 1)
  assert.throws(() => new Scanner({ custom: CUSTOM.replaceAll('acme-token', DETECTOR) }), {
    code: 'ERR_SCALR_DETECT_INVALID_DETECTORS',
  })
})

test('methods of something else', async () => {
  for (const name of Object.getOwnPropertyNames(Scanner.prototype).filter((name) => name !== 'constructor')) {
    for (const that of [undefined, {}, Object.create(Scanner.prototype), new RedactStream()]) {
      const call = async () => Scanner.prototype[name].call(that, 'data')
      await assert.rejects(call, TypeError, name)
    }
  }
})

test('the catalogue', () => {
  const detectors = catalog()
  assert.ok(detectors.length > 1800)
  const ids = detectors.map(({ id }) => id)
  assert.deepEqual([...ids].sort(), ids)
  const scalr = detectors.find(({ id }) => id === 'scalr-api-token')
  assert.equal(scalr.provider, 'Scalr')
  assert.deepEqual(Object.keys(scalr).sort(), [
    'aliases', 'confidence', 'id', 'impact', 'kind', 'name', 'provider', 'references', 'remediation', 'severity',
  ])
  for (const detector of detectors) {
    assert.ok(['info', 'low', 'medium', 'high', 'critical'].includes(detector.severity))
    assert.ok(['low', 'medium', 'high', 'checked'].includes(detector.confidence))
    assert.ok(detector.remediation.length > 0 && Array.isArray(detector.references) && Array.isArray(detector.aliases))
  }
  new Scanner({ only: ids })
})

test('objects that are made and dropped', () => {
  for (let i = 0; i < 2000; i++) {
    new Scanner({ only: ['npm-*'] }).scan(TEXT)
    new RedactStream().write(TEXT)
  }
})
