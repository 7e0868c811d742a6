'use strict'

// The door of `respond`, as index.js is that of the rest: arguments are checked here, and secrets are in no property here.

const native = require('./binding.js')
const { BOOLEAN, STRING, STRINGS, Secret, checkedBy, checkedData, typeError, valueError } = require('./shared.js')

const addon = native.respond

const isObject = (value) => typeof value === 'object' && value !== null
const isStringMap = (value) =>
  isObject(value) && !Array.isArray(value) && Object.values(value).every((item) => typeof item === 'string')

/** Calls the addon: a value that it does not take is a `TypeError`, like one that is not taken here. */
function called(call) {
  try {
    return call()
  } catch (error) {
    throw error.code === 'ERR_INVALID_ARG_VALUE' ? valueError(error.message) : error
  }
}

function checkedString(value, name) {
  if (typeof value !== 'string') throw typeError(name, 'a string', value)
  return value
}

/** How many of something there are to be. */
function checkedCount(value, name, most) {
  if (typeof value !== 'number') throw typeError(name, 'a number', value)
  if (!Number.isInteger(value) || value < 1 || value > most) throw valueError(`${name} must be a whole number from 1 to ${most}`)
  return value
}

const isFinding = (value) => isObject(value) && Secret.of(value) !== undefined

/** Names and values in turn. */
const flat = (details) => Object.entries(details).flat()

/** Says to the constructor that the id is that of a finding, and may be one of one's own. */
const FOUND = Symbol('found')

/** What is in a credential, as the addon takes it; nothing for anything else. */
let partsOf

class Credential {
  #parts

  static {
    partsOf = (value) => (isObject(value) && #parts in value ? value.#parts : undefined)
  }

  constructor(detector, secret, details = {}, found) {
    checkedString(detector, 'detector')
    // A copy, as bytes may be changed by whoever has them.
    const copy = typeof secret === 'string' ? secret : Buffer.from(checkedData(secret, 'secret'))
    if (!isStringMap(details)) throw typeError('details', 'an object of strings', details)
    this.detector = found === FOUND ? detector : native.detectorId(detector)
    this.#parts = [this.detector, copy, flat(details)]
    Object.freeze(this)
  }

  static of(finding) {
    if (!isFinding(finding)) throw typeError('finding', 'a finding of a scanner', finding)
    const secret = Secret.of(finding)
    // It would be another secret, and dead.
    if (secret.includes('\ufffd')) throw valueError('finding.secret is no text: make a Credential of its bytes')
    return new Credential(finding.detector, secret, finding.details, FOUND)
  }
}

/** The parts of a credential or a finding. */
function checkedParts(value, name) {
  const parts = partsOf(isFinding(value) ? Credential.of(value) : value)
  if (!parts) throw typeError(name, 'a Credential or a finding', value)
  return parts
}

/** What the addon has of a revocation; nothing for anything else. */
let plannedOf

class Revocation {
  #planned

  static {
    plannedOf = (value) => (isObject(value) && #planned in value ? value.#planned : undefined)
  }

  constructor(planned) {
    this.#planned = planned
    Object.freeze(Object.assign(this, native.shown(planned)))
  }
}

const CLIENT = {
  scalrHost: STRING,
  hosts: ['an object of strings', isStringMap],
  allowHosts: STRINGS,
  allowPrivate: BOOLEAN,
  timeout: ['a number', (value) => typeof value === 'number'],
  concurrency: ['a number', (value) => typeof value === 'number'],
}

/** As `ClientOptions` says. */
const [LONGEST, MOST] = [86_400, 64]

/** How many things of each kind `impact` lists, and how many it can be asked for. */
const [LISTED, MOST_LISTED] = [100, 100_000]

class Client {
  #addon

  constructor(options) {
    const checked = checkedBy(CLIENT, options)
    const { timeout, concurrency } = checked
    if (timeout !== undefined && !(timeout > 0 && timeout <= LONGEST)) {
      throw valueError(`options.timeout must be a number of seconds above 0, at most ${LONGEST}`)
    }
    if (concurrency !== undefined) checkedCount(concurrency, 'options.concurrency', MOST)
    this.#addon = called(() => new addon.Client(checked))
  }

  async verify(credentials) {
    if (typeof credentials === 'string' || !credentials?.[Symbol.iterator]) {
      throw typeError('credentials', 'an array of credentials or findings', credentials)
    }
    return this.#addon.verify(Array.from(credentials, (credential) => checkedParts(credential, 'each of credentials')))
  }

  revocation(credential, authority) {
    const parts = checkedParts(credential, 'credential')
    if (authority !== undefined) checkedString(authority, 'authority')
    return new Revocation(this.#addon.revocation(parts, authority))
  }

  async revoke(revocation) {
    const planned = plannedOf(revocation)
    if (!planned) throw typeError('revocation', 'what `revocation` of a client returned', revocation)
    return this.#addon.revoke(planned)
  }

  async impact(host, token, limit = LISTED) {
    checkedString(host, 'host')
    checkedString(token, 'token')
    checkedCount(limit, 'limit', MOST_LISTED)
    const impact = await called(() => this.#addon.impact(host, token, limit))
    if (typeof impact !== 'string') return impact
    const error = new Error(impact)
    error.code = 'ERR_SCALR_DETECT_NO_IMPACT'
    throw error
  }
}

const isVerdict = (value) => isObject(value) && typeof value.validity === 'string' && typeof value.evidence === 'string'

const PLAYBOOK = {
  format: STRING,
  finding: ['a finding of a scanner', isFinding],
  path: STRING,
  verdict: ['a verdict of a client', isVerdict],
}

function playbook(detector, options) {
  checkedString(detector, 'detector')
  const { finding, verdict, ...checked } = checkedBy(PLAYBOOK, options)
  if (finding) {
    if (finding.detector !== native.detectorId(detector)) throw valueError('options.finding is of another detector')
    const { fingerprint, line, details } = finding
    checked.finding = [fingerprint, line, flat(details)]
    if (verdict) checked.verdict = [verdict.validity, verdict.evidence]
  } else if (checked.path !== undefined || verdict) {
    throw valueError('options.path and options.verdict are those of options.finding: it is needed, too')
  }
  return called(() => addon.playbook(detector, checked))
}

function snippet(manager, language, secret) {
  checkedString(manager, 'manager')
  checkedString(language, 'language')
  if (secret !== undefined) checkedString(secret, 'secret')
  return called(() => addon.snippet(manager, language, secret))
}

const FIX = { manager: STRING, name: STRING }

function fix(path, text, options) {
  checkedString(path, 'path')
  const checked = checkedBy(FIX, options)
  const data = checkedData(text, 'text')
  const [fixed, changed] = called(() => native.fix(path, data, checked))
  // What was left alone is still in the text: like the secret of a finding, it is not printed or copied with the rest.
  return Object.defineProperty(fixed, 'text', { value: sameKind(changed ?? text, text), enumerable: false })
}

/** A `Uint8Array` for a `Uint8Array`, where the addon makes `Buffer`s. */
function sameKind(made, given) {
  if (made === given || typeof made === 'string' || Buffer.isBuffer(given)) return made
  return new Uint8Array(made.buffer, made.byteOffset, made.length)
}

const respond = {
  Client,
  Credential,
  canVerify: (detector) => addon.canVerify(checkedString(detector, 'detector')),
  canRevoke: (detector) => addon.canRevoke(checkedString(detector, 'detector')),
  knownHosts: addon.knownHosts,
  playbook,
  practices: (detector) => addon.practices(checkedString(detector, 'detector')),
  snippet,
  snippets: addon.snippets,
  fix,
}

module.exports = { respond: Object.freeze(respond) }
