// The command that the package brings.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { VERSION, catalog } from 'scalr-detect'
import { TOKEN } from './helpers.mjs'

const manifest = createRequire(import.meta.url).resolve('scalr-detect/package.json')
const command = join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin['scalr-detect'])
const run = (args, input = '') =>
  spawnSync(process.execPath, [command, ...args], { input, encoding: 'utf8', maxBuffer: 1 << 28 })

test('version and help', () => {
  assert.equal(run(['--version']).stdout, `scalr-detect ${VERSION}\n`)
  const help = run(['--help'])
  assert.equal(help.status, 0)
  assert.match(help.stdout, /Usage: scalr-detect/)
})

test('exit codes', () => {
  const found = run(['scan', '--format', 'jsonl', '-'], `token=${TOKEN}\n`)
  assert.equal(found.status, 1)
  const [finding, summary] = found.stdout.trimEnd().split('\n').map((line) => JSON.parse(line))
  assert.equal(finding.detector, 'npm-access-token')
  assert.deepEqual([finding.start, finding.end], [6, 46])
  assert.ok(summary.summary)
  assert.ok(!found.stdout.includes(TOKEN) && !found.stderr.includes(TOKEN))
  assert.equal(run(['scan', '-'], 'nothing to see here\n').status, 0)
  const usage = run(['scam'])
  assert.equal(usage.status, 2)
  assert.equal(usage.stdout, '')
  assert.match(usage.stderr, /scan/)
  assert.equal(run(['scan', 'no/such/file']).status, 3)
})

test('names of files that are no text', { skip: process.platform !== 'linux' && 'names are text here' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'scalr-detect-'))
  try {
    const name = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe])])
    writeFileSync(name, `token=${TOKEN}\n`)
    const script = '"$0" "$1" scan "$2"/*'
    assert.equal(spawnSync('sh', ['-c', script, process.execPath, command, folder]).status, 1)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('all of a long output comes out', () => {
  const { stdout, status } = run(['detectors', '--format', 'jsonl'])
  assert.equal(status, 0)
  assert.equal(stdout.trimEnd().split('\n').length, catalog().length)
})

test('a reader that goes away', { skip: process.platform === 'win32' && 'no shell' }, () => {
  const script = '"$0" "$1" detectors --format jsonl | head -n 1; exit "${PIPESTATUS[0]}"'
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script, process.execPath, command], { encoding: 'utf8' })
  assert.equal(stdout.split('\n').length, 2)
  assert.equal(stderr, '')
  assert.equal(status, 0)
})
