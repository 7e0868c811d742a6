// Lays the package out as it is published: `node scripts/layout.mjs ADDONS OUT`.
//
// ADDONS is a folder with the addons of all platforms, named as `npm run build` names them. In OUT there are then the tarballs
// to publish: one of each platform, with its addon, and one of the package, with no addon and the platforms as optional
// dependencies. That is the layout in which the loader that `napi build` writes (binding.js) looks for its addon; npm installs
// of the platforms only the one that fits.

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Of each target of the compiler: the platform's name in the loader, and what npm knows it by. */
const PLATFORMS = {
  'x86_64-unknown-linux-gnu': ['linux-x64-gnu', { os: ['linux'], cpu: ['x64'], libc: ['glibc'] }],
  'aarch64-unknown-linux-gnu': ['linux-arm64-gnu', { os: ['linux'], cpu: ['arm64'], libc: ['glibc'] }],
  'x86_64-unknown-linux-musl': ['linux-x64-musl', { os: ['linux'], cpu: ['x64'], libc: ['musl'] }],
  'aarch64-unknown-linux-musl': ['linux-arm64-musl', { os: ['linux'], cpu: ['arm64'], libc: ['musl'] }],
  'x86_64-apple-darwin': ['darwin-x64', { os: ['darwin'], cpu: ['x64'] }],
  'aarch64-apple-darwin': ['darwin-arm64', { os: ['darwin'], cpu: ['arm64'] }],
  'x86_64-pc-windows-msvc': ['win32-x64-msvc', { os: ['win32'], cpu: ['x64'] }],
  'aarch64-pc-windows-msvc': ['win32-arm64-msvc', { os: ['win32'], cpu: ['arm64'] }],
}
const LICENCES = ['LICENSE-APACHE', 'LICENSE-MIT']

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [addons, out] = process.argv.slice(2).map((path) => resolve(path))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

rmSync(out, { recursive: true, force: true })

/** Writes a package and packs it: its manifest, and files from `[from, to]`. */
function pack(folder, manifest, files) {
  mkdirSync(folder, { recursive: true })
  for (const [from, to] of files) cpSync(from, join(folder, to), { recursive: true })
  for (const licence of LICENCES) cpSync(join(root, '../..', licence), join(folder, licence))
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2))
  // Without scripts: those of the package are for its sources.
  const command = ['pack', '--silent', '--ignore-scripts', '--pack-destination', out]
  execFileSync('npm', command, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
}

const { name, version, license, engines } = manifest
const optionalDependencies = {}
for (const target of manifest.napi.targets) {
  const [platform, known] = PLATFORMS[target]
  const addon = `${manifest.napi.binaryName}.${platform}.node`
  optionalDependencies[`${name}-${platform}`] = version
  const description = `The addon of ${name} for ${platform}`
  const of = { name: `${name}-${platform}`, version, description, license, engines, ...known, main: addon }
  pack(join(out, platform), { ...of, files: [addon, ...LICENCES] }, [[join(addons, addon), addon]])
}
const files = manifest.files.filter((file) => !file.includes('*'))
const { scripts, devDependencies, ...published } = manifest
pack(
  join(out, 'package'),
  { ...published, optionalDependencies },
  [...files, 'README.md'].map((file) => [join(root, file), file]),
)
