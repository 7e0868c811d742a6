// Copies the licences to where `npm pack` takes them from.

import { copyFileSync } from 'node:fs'

for (const name of ['LICENSE-APACHE', 'LICENSE-MIT']) {
  copyFileSync(new URL(`../../../${name}`, import.meta.url), new URL(`../${name}`, import.meta.url))
}
