'use strict'

// The door of the package: arguments are checked here, and findings become objects here. All else is in the addon, which is
// never called with what it does not expect. The declarations are in index.d.ts.

const { Transform } = require('node:stream')
const { types } = require('node:util')
const native = require('./binding.js')
const { respond } = require('./respond.js')
const { BOOLEAN, SECRET, STRING, STRINGS, Secret, checkedBy, checkedData, typeError, valueError } = require('./shared.js')

/** What is searched or redacted in less time than it takes to hand it to another thread and back. */
const SMALL = 1 << 16

/** So many values the addon returns for a finding: see packed.rs. */
const FIELDS = 15

/** As Node makes it where a signal ends its own work. */
function abortError(signal) {
  const error = new Error('The operation was aborted', { cause: signal.reason })
  error.name = 'AbortError'
  error.code = 'ABORT_ERR'
  return error
}

const CONFIDENCES = ['low', 'medium', 'high', 'checked']

const OPTIONS = {
  only: STRINGS,
  exclude: STRINGS,
  minConfidence: STRING,
  decoders: BOOLEAN,
  custom: STRING,
}

/** Options of a scanner. */
function checkedOptions(options) {
  const checked = checkedBy(OPTIONS, options)
  if (checked.minConfidence !== undefined && !CONFIDENCES.includes(checked.minConfidence)) {
    throw valueError(`options.minConfidence must be one of '${CONFIDENCES.join("', '")}'`)
  }
  return checked
}

function checkedSignal(options) {
  if (options === undefined) return undefined
  if (typeof options !== 'object' || options === null) throw typeError('options', 'an object', options)
  const { signal } = options
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw typeError('options.signal', 'an AbortSignal', signal)
  }
  return signal
}

/** Waits for `promise` until the signal is given; then calls `stop`. */
function abortable(promise, signal, stop) {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const abort = () => {
      stop()
      reject(abortError(signal))
    }
    const settle = (settled) => (value) => {
      signal.removeEventListener('abort', abort)
      settled(value)
    }
    promise.then(settle(resolve), settle(reject))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}

function unpacked(values) {
  const findings = []
  if (values === null) return findings
  for (let at = 0; at < values.length; at += FIELDS) {
    const finding = {
      detector: values[at],
      start: values[at + 3],
      end: values[at + 4],
      matchStart: values[at + 5],
      matchEnd: values[at + 6],
      line: values[at + 7],
      column: values[at + 8],
      confidence: values[at + 2],
      severity: values[at + 1],
      fingerprint: values[at + 9],
      decodedBy: values[at + 11] ?? [],
      details: {},
      weak: values[at + 13] ?? false,
      placeholder: values[at + 14] ?? false,
    }
    const details = values[at + 12] ?? []
    for (let i = 0; i < details.length; i += 2) finding.details[details[i]] = details[i + 1]
    new Secret(finding, values[at + 10])
    findings.push(Object.defineProperty(finding, 'secret', SECRET))
  }
  return findings
}

/** The scanner of the addon that is in a `Scanner`; nothing for anything else. */
let addonOf

class Scanner {
  #addon

  static {
    addonOf = (value) => (typeof value === 'object' && value !== null && #addon in value ? value.#addon : undefined)
  }

  constructor(options) {
    this.#addon = new native.Scanner(checkedOptions(options))
  }

  isMatch(data) {
    return this.#addon.isMatch(checkedData(data))
  }

  scan(data) {
    return unpacked(this.#addon.scan(checkedData(data)))
  }

  async scanAsync(data, options) {
    const signal = checkedSignal(options)
    data = checkedData(data)
    if (!signal) return unpacked(await this.#addon.scanAsync(data))
    if (signal.aborted) throw abortError(signal)
    const flag = native.flag()
    return unpacked(await abortable(this.#addon.scanAsync(data, flag), signal, () => native.raise(flag)))
  }

  scanStream(readable, options) {
    const signal = checkedSignal(options)
    const isData = typeof readable === 'string' || types.isUint8Array(readable)
    if (isData || !(readable?.[Symbol.asyncIterator] ?? readable?.[Symbol.iterator])) {
      throw typeError('readable', 'a stream, or an iterable of strings or bytes (scan takes data itself)', readable)
    }
    return findingsOf(this.#addon.searcher(), readable, signal)
  }

  redact(data) {
    const redacted = this.#addon.redact(checkedData(data))
    if (redacted === null) return data
    if (typeof redacted === 'string' || Buffer.isBuffer(data)) return redacted
    return new Uint8Array(redacted.buffer, redacted.byteOffset, redacted.length)
  }
}

async function* findingsOf(searcher, readable, signal) {
  // Also ends a stream that is waiting for data, whose iterator would wait with it.
  const stop = () => readable.destroy?.()
  if (signal?.aborted) {
    stop()
    throw abortError(signal)
  }
  const iterator = (readable[Symbol.asyncIterator] ?? readable[Symbol.iterator]).call(readable)
  let [pieces, size, isDone] = [[], 0, false]
  try {
    while (!isDone) {
      const { done, value } = await abortable(Promise.resolve(iterator.next()), signal, stop)
      isDone = done
      if (!done) {
        const piece = checkedData(value, 'each piece of the stream')
        pieces.push(typeof piece === 'string' ? Buffer.from(piece) : piece)
        size += pieces.at(-1).length
        // Many small pieces are one trip to the pool.
        if (size < SMALL) continue
      }
      if (size > 0) {
        const piece = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)
        ;[pieces, size] = [[], 0]
        yield* unpacked(await abortable(native.search(searcher, piece), signal, stop))
      }
    }
    yield* unpacked(await abortable(native.search(searcher), signal, stop))
  } finally {
    // Not waited for: a stream that was stopped may never answer.
    if (!isDone) Promise.resolve(iterator.return?.()).catch(() => {})
  }
}

class RedactStream extends Transform {
  #redactor

  constructor(options = {}) {
    if (typeof options !== 'object' || options === null) throw typeError('options', 'an object', options)
    const { scanner = new Scanner(), ...others } = addonOf(options) ? { scanner: options } : options
    const addon = addonOf(scanner)
    if (!addon) throw typeError('options.scanner', 'a Scanner', scanner)
    // Bytes in, bytes out: objects could not be searched.
    super({ ...others, objectMode: false, writableObjectMode: false, readableObjectMode: false, decodeStrings: true })
    this.#redactor = addon.redactor()
  }

  _transform(chunk, _encoding, callback) {
    if (chunk.length > SMALL) {
      native.redactAsync(this.#redactor, checkedData(chunk)).then((out) => callback(null, out), callback)
    } else {
      this.#put(callback, checkedData(chunk))
    }
  }

  _flush(callback) {
    this.#put(callback)
  }

  #put(callback, chunk) {
    let out
    try {
      out = native.redact(this.#redactor, chunk)
    } catch (error) {
      callback(error)
      return
    }
    callback(null, out)
  }
}

module.exports.Scanner = Scanner
module.exports.RedactStream = RedactStream
module.exports.catalog = native.catalog
module.exports.respond = respond
module.exports.VERSION = native.VERSION
// Which build of the addon is in use; the tools declare it in index.d.ts.
module.exports.__napiBindingTarget = native.__napiBindingTarget
