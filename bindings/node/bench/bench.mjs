// Calls a second and GB/s of the package, beside the bare engine and secretlint, all in one run: `npm run bench`.
//
// `--test` runs everything once and measures nothing: only what is found counts.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lintSource } from '@secretlint/core'
import { creator } from '@secretlint/secretlint-rule-preset-recommend'
import { Scanner } from '../index.mjs'

const isTest = process.argv.includes('--test')
/** So long a round takes at least, in milliseconds, and there are so many; the best counts. */
const [ROUND, ROUNDS] = isTest ? [0, 1] : [100, 5]
/** What takes longer than this in all, in milliseconds, is not done again. */
const ENOUGH = 3000

// The checksum of this token holds, and nobody ever issued it.
const TOKEN = 'npm_' + 'vkhonuv9Ghesv6tKavA1QQ468KUybS1YkQaP'

/** A log of `size` bytes; with a token in the middle, if it is to be found. */
function log(size, findings) {
  let [text, seed] = ['', 1]
  const random = (below) => (seed = (seed * 48271) % 2147483647) % below
  const words = ['request', 'served', 'cache', 'miss', 'user', 'session', 'renewed', 'queue', 'drained', 'retry', 'shard']
  while (text.length < size) {
    const time = `2026-03-0${1 + random(9)}T${10 + random(14)}:${10 + random(50)}:${10 + random(50)}Z`
    const said = Array.from({ length: 4 + random(6) }, () => words[random(words.length)]).join(' ')
    text += `${time} INFO worker-${random(40)} ${said} in ${random(900)} ms, ${random(100000)} bytes\n`
  }
  text = text.slice(0, size)
  if (findings === 0) return text
  const line = `\nnpm token=${TOKEN}\n`
  const at = (size - line.length) >> 1
  return text.slice(0, at) + line + text.slice(at + line.length)
}

const cases = [['100 B', 100], ['1 KB', 1000], ['64 KB', 64 << 10], ['10 MB', 10 << 20]].flatMap(([name, size]) =>
  [0, 1].map((findings) => ({ name: `${name}, ${findings === 0 ? 'clean' : '1 secret'}`, size, findings, text: log(size, findings) })),
)

const scanner = new Scanner()
const secretlint = { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator }] }

// What is measured: a name, and a call for a case that returns how many secrets it found, or a promise of it.
const calls = [
  ['scan(Buffer)', ({ bytes }) => scanner.scan(bytes).length],
  ['scan(string)', ({ text }) => scanner.scan(text).length],
  ['isMatch(Buffer)', ({ bytes }) => Number(scanner.isMatch(bytes))],
  ['redact(Buffer)', ({ bytes }) => Number(scanner.redact(bytes) !== bytes)],
  ['scanAsync(Buffer)', async ({ bytes }) => (await scanner.scanAsync(bytes)).length],
  // Keeps a record of each call in the process, which slows all that comes after: so it is the last, and is not called often.
  ['secretlint', async ({ text }) => {
    const source = { filePath: 'app.log', content: text, ext: '.log', contentType: 'text' }
    return (await lintSource({ source, options: { config: secretlint } })).messages.length
  }],
]

/** Nanoseconds of a call: of the best round. */
async function measured(call, one, isRecording) {
  assert.equal(await call(one), one.findings, `${one.name}: another number of findings than there are secrets`)
  let [best, spent] = [Infinity, 0]
  for (let round = 0; round < ROUNDS && spent < ENOUGH; round++) {
    let count = 0
    const start = process.hrtime.bigint()
    let end = start
    do {
      // The clock is not what is measured; beside a promise it does not matter.
      for (let i = Math.max(1, Math.floor(100_000 / one.size)); i > 0; i--) {
        const found = call(one)
        count += 1
        if (typeof found !== 'number') {
          await found
          break
        }
      }
      end = process.hrtime.bigint()
    } while (Number(end - start) < ROUND * 1e6 && !(isRecording && count >= 20))
    best = Math.min(best, Number(end - start) / count)
    spent += Number(end - start) / 1e6
  }
  return best
}

/** The bare engine, in a process of its own. */
function bare(paths) {
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  const command = ['run', '--quiet', '--release', '--package', 'scalr-detect-node', '--example', 'bare', '--', ...paths]
  const lines = execFileSync('cargo', command, { cwd: root, encoding: 'utf8' }).trimEnd().split('\n')
  return lines.map((line) => line.split(' ').map(Number))
}

const folder = mkdtempSync(join(tmpdir(), 'scalr-detect-bench-'))
try {
  const paths = cases.map(({ text }, index) => join(folder, String(index)))
  for (const [index, one] of cases.entries()) {
    one.bytes = Buffer.from(one.text)
    writeFileSync(paths[index], one.bytes)
  }
  // Before and after, so that it is not favoured by a quiet moment.
  const before = isTest ? undefined : bare(paths)
  const results = cases.map(() => [])
  for (const [name, call] of calls) {
    for (const [index, one] of cases.entries()) {
      if (!isTest) process.stderr.write(`${name}, ${one.name}\n`)
      results[index].push([name, await measured(call, one, name === 'secretlint')])
    }
  }
  if (isTest) {
    console.log(`${cases.length * calls.length} benchmarks found what they state`)
  } else {
    const after = bare(paths)
    for (const [index, one] of cases.entries()) {
      const [nanoseconds, found] = before[index][0] < after[index][0] ? before[index] : after[index]
      assert.equal(found, one.findings)
      console.log(`\n${one.name}`)
      for (const [name, best] of [['Rust', nanoseconds], ...results[index]]) {
        const perSecond = Math.round(1e9 / best).toLocaleString('en')
        const over = name === 'Rust' ? '' : `${((best - nanoseconds) / 1000).toFixed(2)} µs more, ${(best / nanoseconds).toFixed(2)} x`
        console.log(`  ${name.padEnd(18)} ${perSecond.padStart(12)} calls/s ${(one.size / best).toFixed(3).padStart(8)} GB/s   ${over}`)
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true })
}
