// What the tests share. Secrets are put together when they run, so that none is in the repository.

import { readFileSync } from 'node:fs'

/** A token that only looks like one: its checksum holds, and nobody ever issued it. */
export const TOKEN = 'npm_' + 'vkhonuv9Ghesv6tKavA1QQ468KUybS1YkQaP'
export const DETECTOR = 'npm-access-token'
/** What redaction makes of it. */
export const PLACEHOLDER = '[npm-access-token:395cb3]'

/** The haystacks that every binding must agree on, and what is found in them. */
export function corpus() {
  const path = process.env.SCALR_DETECT_CORPUS
  if (!path) {
    throw new Error(
      'SCALR_DETECT_CORPUS is not set: run `cargo xtask corpus --json > target/corpus.json` and set it to that file\'s full path',
    )
  }
  return JSON.parse(readFileSync(path, 'utf8')).map(({ name, haystack, findings }) => ({
    name,
    haystack: Buffer.from(haystack, 'hex'),
    findings,
  }))
}

/** Of findings, what the corpus knows of them. */
export const known = (findings) =>
  findings.map(({ detector, start, end, fingerprint }) => ({ detector, start, end, fingerprint }))

/** All that an async iterable yields. */
export async function all(iterable) {
  const items = []
  for await (const item of iterable) items.push(item)
  return items
}

/** Bytes in pieces of `size`. */
export function* pieces(bytes, size) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
