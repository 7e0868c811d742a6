// Lays the package out as it is published: `node scripts/layout.mjs ADDONS OUT`.
//
// ADDONS is a folder with the addons of all platforms, named as `npm run build` names them. In OUT there are then a tarball
// of the package, without addons and with the platforms as optional dependencies, and one of each platform.

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [addons, out] = process.argv.slice(2).map((path) => resolve(path))
const napi = join(root, 'node_modules', '.bin', 'napi')
const run = (program, ...args) => execFileSync(program, args, { cwd: out, stdio: ['ignore', 'pipe', 'inherit'] })

rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
for (const file of [...files.filter((file) => !file.includes('*')), 'package.json', 'README.md']) {
  cpSync(join(root, file), join(out, file), { recursive: true })
}
for (const licence of ['LICENSE-APACHE', 'LICENSE-MIT']) cpSync(join(root, '../..', licence), join(out, licence))
run(napi, 'create-npm-dirs')
run(napi, 'artifacts', '--output-dir', addons, '--npm-dir', 'npm')
run(napi, 'pre-publish', '--tag-style', 'npm', '--skip-optional-publish', '--no-gh-release')
// They were put here too, but belong to the platforms' packages.
for (const file of readdirSync(out)) if (file.endsWith('.node')) rmSync(join(out, file))
for (const folder of ['.', ...readdirSync(join(out, 'npm')).map((name) => join('npm', name))]) {
  run('npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', out, `./${folder}`)
}
