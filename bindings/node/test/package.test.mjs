// The package as users get it: packed, installed into empty projects without a network, and used there from JavaScript and
// TypeScript. Needs the repository, an addon that was built, and the development dependencies.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { VERSION } from 'scalr-detect'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const work = join(root, '../../target/node')
const { version, files, napi } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const addons = readdirSync(root).filter((name) => name.endsWith('.node'))
const platforms = [
  'linux-x64-gnu', 'linux-arm64-gnu', 'linux-x64-musl', 'linux-arm64-musl', 'darwin-x64', 'darwin-arm64', 'win32-x64-msvc',
  'win32-arm64-msvc',
]

/** Runs a program to its end; what it printed. */
async function run(cwd, program, ...args) {
  // Not as a part of this test run, whose variables a runner inside would report to.
  const { NODE_TEST_CONTEXT, ...env } = process.env
  try {
    return (await promisify(execFile)(program, args, { cwd, env, maxBuffer: 1 << 26 })).stdout
  } catch (error) {
    throw new Error(`${program} ${args.join(' ')} failed\n${error.stdout}\n${error.stderr}`)
  }
}

/** An empty folder. */
function fresh(name) {
  const folder = join(work, name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  return folder
}

/** An empty project with these tarballs installed. */
async function project(name, tarballs) {
  const folder = fresh(name)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true }))
  await run(folder, 'npm', 'install', '--offline', '--no-audit', '--no-fund', ...tarballs)
  return folder
}

const contents = async (tarball) => (await run(work, 'tar', '-tzf', tarball)).trim().split('\n').sort()

let packed, published, platform

before(async () => {
  assert.equal(addons.length, 1, 'run `npm run build` first')
  const name = addons[0].split('.')[1]
  // As `npm pack` makes it here …
  const here = fresh('packed')
  await run(root, 'npm', 'pack', '--silent', '--pack-destination', here)
  packed = join(here, `scalr-detect-${version}.tgz`)
  // … and as it is published. Addons of other platforms are only laid out.
  const built = fresh('addons')
  for (const other of platforms) writeFileSync(join(built, `scalr-detect.${other}.node`), 'built elsewhere')
  cpSync(join(root, addons[0]), join(built, addons[0]))
  const out = join(work, 'published')
  await run(root, process.execPath, 'scripts/layout.mjs', built, out)
  published = join(out, `scalr-detect-${version}.tgz`)
  platform = join(out, `scalr-detect-${name}-${version}.tgz`)
})

test('one version', () => {
  const workspace = readFileSync(join(root, '../../Cargo.toml'), 'utf8')
  assert.equal(version, /^version = "(.*)"$/m.exec(workspace)[1])
  assert.equal(VERSION, version)
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  assert.deepEqual([lock.version, lock.packages[''].version], [version, version])
})

test('what is packed', async () => {
  const always = [
    'LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'bin/scalr-detect.js', 'binding.js', 'index.d.mts', 'index.d.ts', 'index.js',
    'index.mjs', 'package.json', 'respond.js', 'shared.js',
  ]
  const paths = (names) => names.map((name) => `package/${name}`).sort()
  assert.deepEqual(await contents(packed), paths([...always, ...addons]))
  assert.deepEqual(await contents(published), paths(always))
  assert.deepEqual(await contents(platform), paths(['LICENSE-APACHE', 'LICENSE-MIT', 'package.json', ...addons]))
  assert.ok(files.every((file) => file.includes('*') || file === 'bin' || always.includes(file)))
  const manifest = JSON.parse(readFileSync(join(work, 'published/package/package.json'), 'utf8'))
  assert.deepEqual(
    manifest.optionalDependencies,
    Object.fromEntries(platforms.map((name) => [`scalr-detect-${name}`, version])),
  )
  assert.equal(napi.targets.length, platforms.length)
})

const SMOKE = `
  const { Scanner } = await import('scalr-detect')
  const { Scanner: Required } = require('scalr-detect')
  console.log(Scanner === Required, new Scanner().redact('npm_' + 'vkhonuv9Ghesv6tKavA1QQ468KUybS1YkQaP'))
`

async function smoke(folder) {
  const script = `(async () => { ${SMOKE} })()`
  assert.equal(await run(folder, process.execPath, '-e', script), 'true [npm-access-token:395cb3]\n')
  assert.equal(await run(folder, 'npx', '--offline', 'scalr-detect', '--version'), `scalr-detect ${version}\n`)
}

test('the package that was packed here works alone', async () => {
  await smoke(await project('alone', [packed]))
})

test('the published package takes its addon from the package of the platform', async () => {
  const folder = await project('consumer', [published, platform])
  await smoke(folder)
  // Every test of the package, of the one that is installed.
  for (const name of ['helpers.mjs', 'corpus.test.mjs', 'scanner.test.mjs', 'async.test.mjs', 'stream.test.mjs', 'command.test.mjs', 'respond.test.mjs']) {
    cpSync(join(root, 'test', name), join(folder, name))
  }
  const tests = readdirSync(folder).filter((name) => name.endsWith('.test.mjs'))
  const report = await run(folder, process.execPath, '--test', '--test-reporter=tap', ...tests)
  const passed = Number(/^# pass (\d+)$/m.exec(report)[1])
  assert.ok(passed >= 70, `${passed} passed`)
  assert.match(report, /^# fail 0$/m)
})

test('without its platform it says so', async () => {
  const folder = await project('lonely', [published])
  await assert.rejects(smoke(folder), /Cannot find native binding/)
})

test('TypeScript', async () => {
  const folder = await project('typescript', [packed])
  for (const name of ['consumer.mts', 'consumer.cts']) cpSync(join(root, 'test/types', name), join(folder, name))
  for (const name of ['@types/node', 'undici-types']) {
    cpSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true })
  }
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const options = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--target', 'es2022']
  await run(folder, process.execPath, tsc, ...options, '--module', 'node16', 'consumer.mts', 'consumer.cts')
  await run(folder, process.execPath, 'consumer.mjs')
  await run(folder, process.execPath, 'consumer.cjs')
  // Bundlers resolve by other rules.
  await run(folder, process.execPath, tsc, ...options, '--noEmit', '--module', 'esnext', '--moduleResolution', 'bundler', 'consumer.mts')
})

test('every public name is declared, and every declared name is there', async () => {
  const declarations = readFileSync(join(root, 'index.d.ts'), 'utf8')
  const values = (text, indent) => {
    const matches = text.matchAll(new RegExp(`^${indent}(?:class|function|const|namespace) (\\w+)`, 'gm'))
    return [...new Set([...matches].map(([, name]) => name))].sort()
  }
  const names = (object) => Object.keys(object).filter((name) => name !== 'default').sort()
  const all = await import('scalr-detect')
  assert.deepEqual(values(declarations, 'export declare '), names(all))
  const inside = [...declarations.matchAll(/^export declare namespace respond \{\n(.*?)^\}/gms)].map(([, text]) => text)
  assert.deepEqual(values(inside.join(''), '  (?:export )?'), names(all.respond))
})

test('the examples of the README', async () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const examples = [...readme.matchAll(/```js\n(.*?)```(?:\s*```text\n(.*?)```)?/gs)]
  assert.ok(examples.length >= 5)
  // In the package's own folder, where its name and the development dependencies are found.
  const folder = mkdtempSync(join(root, '.readme-'))
  try {
    for (const [index, [, code, expected]] of examples.entries()) {
      const file = join(folder, `${index}.${/^import /m.test(code) ? 'mjs' : 'cjs'}`)
      writeFileSync(file, code)
      const printed = await run(folder, process.execPath, file)
      if (expected !== undefined) assert.equal(printed, expected, code)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
