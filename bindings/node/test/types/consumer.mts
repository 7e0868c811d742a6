// What a program in TypeScript may write, and what it may not: compiled with `tsc --strict`, and run.

import assert from 'node:assert/strict'
import { Readable, Transform } from 'node:stream'
import {
  RedactStream,
  Scanner,
  VERSION,
  catalog,
  respond,
  type Confidence,
  type Decoder,
  type Detector,
  type Finding,
  type RedactStreamOptions,
  type ScannerOptions,
  type Severity,
} from 'scalr-detect'

const options: ScannerOptions = {
  only: ['npm-*', 'scalr-*'],
  exclude: ['scalr-*'],
  minConfidence: 'low',
  decoders: true,
}
const scanner: Scanner = new Scanner(options)
new Scanner()
new Scanner({})

const text: string = 'token=npm_' + 'vkhonuv9Ghesv6tKavA1QQ468KUybS1YkQaP'
const bytes: Uint8Array = new TextEncoder().encode(text)
const isMatch: boolean = scanner.isMatch(text) && scanner.isMatch(bytes)
assert.ok(isMatch)

const findings: Finding[] = scanner.scan(Buffer.from(text))
for (const finding of findings) {
  const { detector, fingerprint, secret }: { detector: string; fingerprint: string; secret: string } = finding
  const places: number[] = [
    finding.start,
    finding.end,
    finding.matchStart,
    finding.matchEnd,
    finding.line,
    finding.column,
  ]
  const confidence: Confidence = finding.confidence
  const severity: Severity = finding.severity
  const decodedBy: Decoder[] = finding.decodedBy
  const details: Record<string, string> = finding.details
  assert.equal(text.slice(places[0], places[1]), secret)
  assert.deepEqual([detector, fingerprint.length, confidence], ['npm-access-token', 32, 'checked'])
  assert.deepEqual([severity, decodedBy, details], ['critical', [], {}])
  // @ts-expect-error the secret cannot be replaced
  assert.throws(() => (finding.secret = ''))
  // @ts-expect-error names are in camelCase
  assert.equal(finding.match_start, undefined)
}
assert.equal(findings.length, 1)

// The same type back: of a literal a string, of a Buffer a Buffer.
const redacted: string = scanner.redact(text)
const literal: string = scanner.redact('text')
const buffer: Buffer = scanner.redact(Buffer.from(text))
const array: Uint8Array = scanner.redact(bytes)
assert.deepEqual([buffer.toString(), Buffer.from(array).toString(), literal], [redacted, redacted, 'text'])

const { signal } = new AbortController()
const later: Finding[] = await scanner.scanAsync(bytes, { signal })
assert.deepEqual(later, findings)

for (const source of [Readable.from([text]), [bytes], new Blob([text]).stream()]) {
  for await (const finding of scanner.scanStream(source, { signal })) {
    const found: Finding = finding
    assert.deepEqual(found, findings[0])
  }
}

const streamOptions: RedactStreamOptions = { scanner, highWaterMark: 1000 }
const stream: Transform = new RedactStream(streamOptions)
new RedactStream(scanner)
stream.end(text)

const detectors: Detector[] = catalog()
const [first] = detectors
assert.ok(first !== undefined && VERSION.length > 0)
const kinds: ('prefixed' | 'structured' | 'keyword' | 'uri' | 'pem' | 'generic')[] = detectors.map(({ kind }) => kind)
assert.ok(kinds.includes('pem'))

const client: respond.Client = new respond.Client({ hosts: { gitlab: 'gitlab.example.com' }, timeout: 1, concurrency: 2 })
const credential: respond.Credential = new respond.Credential('generic-password', 'x', { host: 'example.com' })
const verdicts: respond.Verdict[] = await client.verify([credential])
const validities: ('live' | 'dead' | 'unknown')[] = verdicts.map(({ validity }) => validity)
assert.deepEqual([validities, verdicts[0]?.host], [['unknown'], undefined])
const fixedText: string = respond.fix('a.py', text).text
const fixedBytes: Buffer = respond.fix('a.py', Buffer.from(text), { manager: 'env' }).text
assert.equal(fixedBytes.toString(), fixedText)
const code: string = respond.snippet('vault', 'python') + respond.playbook('npm-access-token', { format: 'json' })
const practice: respond.Practice | undefined = respond.practices('npm-access-token')[0]
assert.ok(code.length > 0 && practice?.topic === 'least-privilege')

// What is wrong, and would be an error when it runs.
export function wrong(): void {
  // @ts-expect-error there is no such manager
  respond.snippet('valt', 'python')
  // @ts-expect-error no credential
  void client.verify([{}])
  // @ts-expect-error a number is nothing to search
  scanner.scan(1)
  // @ts-expect-error there is no such confidence
  new Scanner({ minConfidence: 'HIGH' })
  // @ts-expect-error a misspelt option
  new Scanner({ minConfidense: 'low' })
  // @ts-expect-error not a string alone
  new Scanner({ only: 'npm-*' })
  // @ts-expect-error no scanner
  new RedactStream({ scanner: {} })
  // @ts-expect-error a string is redacted to a string
  const none: Buffer = scanner.redact(text)
  void none
}
