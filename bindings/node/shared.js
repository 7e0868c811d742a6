'use strict'

// What index.js and respond.js have in common: how arguments are checked, and how objects have a secret.

const { types } = require('node:util')

/** What a value is, for messages: never the value, which may be a secret. */
function kindOf(value) {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object') return `a value of type ${typeof value}`
  const name = value.constructor?.name
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an object'
}

function typeError(name, expected, value) {
  const error = new TypeError(`${name} must be ${expected}, but it is ${kindOf(value)}`)
  error.code = 'ERR_INVALID_ARG_TYPE'
  return error
}

function valueError(message) {
  const error = new TypeError(message)
  error.code = 'ERR_INVALID_ARG_VALUE'
  return error
}

/** A string or bytes, as the addon takes them. Memory that other threads may write to is copied. */
function checkedData(data, name = 'data') {
  if (typeof data === 'string') return data
  if (!types.isUint8Array(data)) throw typeError(name, 'a string, a Buffer or a Uint8Array', data)
  return types.isSharedArrayBuffer(data.buffer) ? Buffer.from(data) : data
}

const isString = (value) => typeof value === 'string'

/** Types of options, each with its name for messages. */
const STRING = ['a string', isString]
const STRINGS = ['an array of strings', (value) => Array.isArray(value) && value.every(isString)]
const BOOLEAN = ['a boolean', (value) => typeof value === 'boolean']

/** Options of these types. A misspelt one would be left out and mean something else, so it is an error. */
function checkedBy(known, options) {
  if (options === undefined) return {}
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw typeError('options', 'an object', options)
  }
  const checked = {}
  for (const [name, value] of Object.entries(options)) {
    const [expected, isRight] = Object.hasOwn(known, name) ? known[name] : []
    if (!expected) {
      throw valueError(`options.${name} is unknown: the options are ${Object.keys(known).join(', ')}`)
    }
    if (value === undefined) continue
    if (!isRight(value)) throw typeError(`options.${name}`, expected, value)
    checked[name] = value
  }
  return checked
}

// A finding is a plain object, and its secret is neither in a property of it nor enumerable: so nothing that prints or copies
// a finding prints or copies the secret. It is in a private field, which a class may also put on an object that is not its
// own: the one that the constructor of its base returns.
class Given {
  constructor(object) {
    return object
  }
}

class Secret extends Given {
  #secret

  constructor(finding, secret) {
    super(finding)
    this.#secret = secret
  }

  /** Nothing, if `finding` is no finding but has one as its prototype. */
  static of(finding) {
    return #secret in finding ? finding.#secret : undefined
  }
}

/** The property that shows it. */
const SECRET = {
  get() {
    return Secret.of(this)
  },
  enumerable: false,
  configurable: false,
}

module.exports = { BOOLEAN, SECRET, STRING, STRINGS, Secret, checkedBy, checkedData, typeError, valueError }
