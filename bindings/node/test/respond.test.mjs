// What is done about a secret, at a stand-in for Scalr: Node's own HTTP server on this machine, and no other host.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'
import { Scanner, catalog, respond } from 'scalr-detect'
import { DETECTOR, TOKEN } from './helpers.mjs'

const { Client, Credential } = respond

const [LEAKED, ADMIN] = ['leaked-token-of-a-test', 'administrators-token-of-a-test']
const KIND = 'scalr-api-token'

/** Tokens that are not revoked, with their ids. */
const live = new Map()
const received = []
let server, origin

/** By the rules of Scalr: a token that is not known gets an error in JSON:API. */
function answer(request, response) {
  const json = (status, body) => {
    response.writeHead(status, { 'content-type': 'application/vnd.api+json' }).end(JSON.stringify(body))
  }
  received.push(`${request.method} ${request.url}`)
  const token = request.headers.authorization?.replace('Bearer ', '')
  if (token === 'a-token-of-somebody-else') return void response.writeHead(403, { 'content-type': 'text/html' }).end('<p>no</p>')
  if (!live.has(token)) return json(401, { errors: [{ status: '401' }] })
  const [, id] = /\/access-tokens\/([\w-]+)$/.exec(request.url) ?? []
  if (request.method === 'DELETE') {
    for (const [token, known] of live) if (known === id) live.delete(token)
    return void response.writeHead(204).end()
  }
  if (/\/(accounts|workspaces)\?/.test(request.url)) {
    return json(200, {
      data: [{ id: 'one', attributes: { name: 'acme' } }],
      meta: { pagination: { 'next-page': null, 'total-count': 1 } },
    })
  }
  return json(404, { errors: [{ status: '404' }] })
}

before(async () => {
  server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${server.address().port}`
})

after(() => {
  server.closeAllConnections()
  server.close()
})

const client = (options) => new Client({ scalrHost: origin, allowPrivate: true, ...options })
const credential = (secret = LEAKED) => new Credential(KIND, secret, { 'token-id': 'at-leaked' })
function issue() {
  live.clear()
  live.set(LEAKED, 'at-leaked').set(ADMIN, 'at-admin')
  received.length = 0
}

/** All that can be printed of a value. */
const printed = (value) => [inspect(value, { showHidden: true, depth: 9, getters: true }), JSON.stringify(value), String(value)].join()

test('live, dead and unknown', async () => {
  issue()
  const verdicts = await client().verify([
    credential(),
    credential(Buffer.from(LEAKED)),
    credential('revoked-token-of-a-test'),
    credential('a-token-of-somebody-else'),
    new Credential('generic-password', 'hunter2'),
  ])
  assert.deepEqual(verdicts.map(({ validity }) => validity), ['live', 'live', 'dead', 'unknown', 'unknown'])
  const [first, , dead, other, none] = verdicts
  const host = origin.replace('http://', '')
  assert.deepEqual([first.host, first.status, dead.status, other.status], [host, 200, 401, 403])
  assert.match(dead.evidence, new RegExp(`^${host}: 401, application/vnd.api\\+json: `))
  assert.ok(!('host' in none) && !('status' in none))
  assert.deepEqual(none.facts, {})
  for (const verdict of verdicts) assert.doesNotMatch(printed(verdict), /-of-a-test|somebody-else|hunter2/)
  // The same secret was asked about once, and is not asked about again.
  assert.equal(received.length, 3)
  const same = client()
  await same.verify([credential()])
  await same.verify(new Set([credential()]))
  assert.equal(received.length, 4)
  assert.deepEqual(await same.verify([]), [])
})

test('JavaScript goes on meanwhile', async () => {
  issue()
  // The server is on this thread, so that there would be no answer otherwise.
  const all = await Promise.all(Array.from({ length: 8 }, () => client().verify([credential()])))
  assert.ok(all.every(([verdict]) => verdict.validity === 'live'))
})

test('findings are credentials', async () => {
  issue()
  const [finding] = new Scanner().scan(`npm token: ${TOKEN}`)
  const made = Credential.of(finding)
  assert.equal(made.detector, DETECTOR)
  // Of a detector of one's own there is nothing to ask.
  const [own] = new Scanner().scan(TOKEN)
  own.detector = 'acme-token'
  const [verdict] = await client().verify([own])
  assert.equal(verdict.validity, 'unknown')
  assert.match(verdict.evidence, /no harmless request/)
  assert.equal(received.length, 0)
  for (const wrong of [undefined, null, 1, 'x', {}, { ...finding }, credential()]) {
    assert.throws(() => Credential.of(wrong), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
  }
})

test('a token revokes itself', async () => {
  issue()
  const asking = client()
  const revocation = asking.revocation(credential())
  assert.equal(revocation.request, `DELETE ${origin}/api/iacp/v3/access-tokens/at-leaked`)
  assert.ok(revocation.effect.endsWith('.') && revocation.documented.startsWith('https://') && !revocation.isByOther)
  assert.equal(received.length, 0)
  const revoked = await asking.revoke(revocation)
  assert.deepEqual([revoked.isAccepted, revoked.isDead, revoked.status, revoked.after.validity], [true, true, 204, 'dead'])
  assert.deepEqual([...live.keys()], [ADMIN])
  assert.deepEqual((await asking.verify([credential()]))[0].validity, 'dead')
  const again = await asking.revoke(revocation)
  assert.deepEqual([again.isAccepted, again.isDead], [false, true])
  for (const value of [revocation, revoked, again]) assert.doesNotMatch(printed(value), /-of-a-test/)
})

test('an administrator revokes a token', async () => {
  issue()
  const asking = client()
  const revocation = asking.revocation(credential(), ADMIN)
  assert.equal(revocation.isByOther, true)
  assert.doesNotMatch(printed(revocation), /-of-a-test/)
  assert.equal((await asking.revoke(revocation)).isDead, true)
  assert.deepEqual([...live.keys()], [ADMIN])
})

test('what cannot be revoked', async () => {
  const code = 'ERR_SCALR_DETECT_CANNOT_REVOKE'
  for (const [credential, message] of [
    [new Credential('generic-password', 'hunter2'), /no API/],
    [new Credential(KIND, LEAKED), /token-id is not nearby/],
  ]) {
    assert.throws(() => client().revocation(credential), (error) => {
      assert.equal(error.code, code)
      assert.match(error.message, message)
      assert.doesNotMatch(printed(error), /hunter2|-of-a-test/)
      return true
    })
  }
  assert.throws(() => new Client().revocation(credential()), { code, message: /no host/ })
  for (const wrong of [undefined, null, {}, credential(), { ...client().revocation(credential()) }]) {
    await assert.rejects(client().revoke(wrong), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
  }
})

test('what a token reaches', async () => {
  issue()
  const impact = await client().impact(origin, LEAKED, 5)
  const list = (name) => impact.lists.find((list) => list.name === name)
  assert.equal(impact.host, origin.replace('http://', ''))
  assert.deepEqual(list('accounts'), { name: 'accounts', access: 'granted', total: 1, items: [{ id: 'one', facts: { name: 'acme' } }] })
  assert.equal(list('variables').access, 'none')
  assert.doesNotMatch(printed(impact), /-of-a-test/)
  const code = 'ERR_SCALR_DETECT_NO_IMPACT'
  await assert.rejects(client().impact(origin, 'revoked-token-of-a-test'), (error) => {
    assert.equal(error.code, code)
    assert.match(error.message, /does not accept the token/)
    assert.doesNotMatch(printed(error), /-of-a-test/)
    return true
  })
  await assert.rejects(client().impact(origin, 'a-token-of-somebody-else'), { code, message: /no answer of Scalr's: 403/ })
  await assert.rejects(client().impact(origin, ''), { code })
  await assert.rejects(client().impact('no host', LEAKED), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message: /^host: / })
  for (const limit of [0, -1, 1.5, NaN, 1e9]) {
    await assert.rejects(client().impact(origin, LEAKED, limit), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' })
  }
})

test('hosts that may not be asked', async () => {
  issue()
  const [verdict] = await new Client({ scalrHost: origin }).verify([credential()])
  assert.equal(verdict.validity, 'unknown')
  assert.equal(received.length, 0)
})

test('secrets are in no property and in no text', () => {
  for (const made of [credential(), credential(Buffer.from(LEAKED)), new Credential(KIND, LEAKED, { other: LEAKED })]) {
    assert.ok(Object.isFrozen(made))
    assert.deepEqual(Reflect.ownKeys(made), ['detector'])
    assert.doesNotMatch(printed(made), /-of-a-test/)
    assert.doesNotMatch(printed(structuredClone(made)), /-of-a-test/)
  }
  assert.doesNotMatch(printed(client()), /127/)
})

test('arguments that are none', async () => {
  const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }
  const value = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' }
  for (const options of [null, 1, [], { hosts: ['x'] }, { hosts: { gitlab: 1 } }, { allowHosts: 'x' }, { scalrHost: null }, { timeout: '1' }]) {
    assert.throws(() => new Client(options), type)
  }
  for (const options of [
    { scalrHosts: 'x' }, { scalrHost: 'http://scalr.example.com' }, { scalrHost: '' }, { hosts: { gitlab: 'a/b' } },
    { hosts: { nobody: 'example.com' } }, { allowHosts: ['*'] }, { timeout: 0 }, { timeout: -1 }, { timeout: NaN },
    { timeout: Infinity }, { concurrency: 0 }, { concurrency: 1.5 }, { concurrency: 65 },
  ]) {
    assert.throws(() => new Client(options), value, inspect(options))
  }
  new Client({ hosts: { gitlab: 'gitlab.example.com' }, allowHosts: ['*.example.com'], timeout: 0.5, concurrency: 64 })
  assert.throws(() => new Client({ hosts: { nobody: 'example.com' } }), { message: /none of the providers.*gitlab/ })
  for (const args of [[], [1, 'x'], [KIND], [KIND, 1], [KIND, 'x', null], [KIND, 'x', { a: 1 }], [KIND, 'x', ['a']]]) {
    assert.throws(() => new Credential(...args), type)
  }
  for (const credentials of [undefined, null, 'x', {}, credential(), [1], [{}], [null], [{ detector: KIND, secret: 'x' }]]) {
    await assert.rejects(client().verify(credentials), type)
  }
  assert.throws(() => client().revocation({}), type)
  assert.throws(() => client().revocation(credential(), 1), type)
  for (const name of ['canVerify', 'canRevoke', 'practices', 'playbook', 'snippet', 'fix']) assert.throws(() => respond[name](), type)
  assert.throws(() => respond.snippet('env'), type)
  assert.throws(() => respond.fix('a.py'), type)
  assert.throws(() => respond.fix('a.py', '', { manager: 1 }), type)
})

test('ids that are not known', () => {
  const code = 'ERR_SCALR_DETECT_UNKNOWN_DETECTOR'
  for (const call of [
    (id) => new Credential(id, 'x'), respond.canVerify, respond.canRevoke, respond.practices, (id) => respond.playbook(id),
  ]) {
    assert.throws(() => call('npm-acces-token'), { code, message: /did you mean "npm-access-token"\?/ })
    assert.throws(() => call('npm-*'), { code })
    assert.throws(() => call(''), { code })
  }
})

test('what can be verified and revoked', () => {
  const able = (can) => catalog().filter(({ id }) => can(id)).map(({ id }) => id)
  const [verified, revoked] = [able(respond.canVerify), able(respond.canRevoke)]
  assert.ok(verified.includes(KIND) && revoked.includes(KIND) && verified.includes('openai-api-key'))
  assert.ok(!verified.includes('generic-password') && !revoked.includes('openai-api-key'))
  const hosts = respond.knownHosts()
  assert.ok(hosts.includes('*.scalr.io') && hosts.includes('api.telegram.org'))
  assert.deepEqual(hosts, [...hosts].sort())
  // Aliases are ids.
  const { id, aliases: [alias] } = catalog().find(({ aliases }) => aliases.length > 0)
  assert.equal(respond.canVerify(alias), respond.canVerify(id))
  assert.equal(new Credential(alias, 'x').detector, id)
})

test('a playbook and practices for every detector', () => {
  for (const { id, name } of catalog()) {
    const text = respond.playbook(id)
    assert.ok(text.includes(name), id)
    assert.equal(respond.practices(id).length, 6, id)
  }
  const markdown = respond.playbook(KIND, { format: 'markdown' })
  assert.match(markdown, /Contain the leak/)
  const json = JSON.parse(respond.playbook(KIND, { format: 'json' }))
  assert.deepEqual([json.detector, json.sections.length, json.secrets], [KIND, 10, []])
  const topics = ['least-privilege', 'expiry', 'rotation', 'allow-list', 'monitoring', 'keyless']
  assert.deepEqual(respond.practices(KIND).map(({ topic }) => topic), topics)
  assert.ok(respond.practices(KIND).every(({ title, text, link }) => title && text && (link === undefined || link.startsWith('https://'))))
})

test('a playbook with facts', () => {
  const [finding] = new Scanner().scan(`\n${TOKEN}`)
  const json = respond.playbook(DETECTOR, { format: 'json', finding, path: 'src/.npmrc' })
  const [secret] = JSON.parse(json).secrets
  assert.deepEqual([secret.fingerprint, secret.places], [finding.fingerprint, [{ path: 'src/.npmrc', line: 2 }]])
  for (const format of ['text', 'markdown', 'json']) {
    const playbook = respond.playbook(DETECTOR, { format, finding, path: 'src/.npmrc' })
    assert.ok(!playbook.includes(TOKEN) && playbook.includes('npmrc'), format)
    assert.ok(respond.playbook(DETECTOR, { format, finding }).includes(finding.fingerprint.slice(0, 6)), format)
  }
  const value = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' }
  assert.throws(() => respond.playbook(KIND, { finding }), value)
  assert.throws(() => respond.playbook(KIND, { path: 'x' }), value)
  const verdict = { validity: 'dead', evidence: 'npm: 401', facts: {} }
  const judged = JSON.parse(respond.playbook(DETECTOR, { format: 'json', finding, verdict }))
  assert.deepEqual([judged.secrets[0].validity, judged.secrets[0].evidence], ['dead', 'npm: 401'])
  assert.throws(() => respond.playbook(DETECTOR, { verdict }), value)
  assert.throws(() => respond.playbook(DETECTOR, { finding, verdict: { validity: 'x', evidence: '' } }), { ...value, message: /'live', 'dead'/ })
  assert.throws(() => respond.playbook(DETECTOR, { finding, verdict: 'dead' }), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
  assert.throws(() => respond.playbook(KIND, { format: 'html' }), { ...value, message: /'text', 'markdown', 'json'/ })
  assert.throws(() => respond.playbook(KIND, { finding: { ...finding } }), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
})

test('every snippet', () => {
  const snippets = respond.snippets()
  assert.equal(snippets.length, 28)
  for (const { manager, managerName, language, file, tested, how } of snippets) {
    assert.ok(managerName && file && how && ['run', 'compiled', 'vetted'].includes(tested))
    const secret = manager === 'env' ? 'SCALR_TOKEN' : 'scalr/api-token'
    const code = respond.snippet(manager, language)
    assert.ok(code.includes(secret), `${manager} ${language}`)
    assert.equal(code, respond.snippet(manager, language, secret))
  }
  assert.ok(respond.snippet('vault', 'python', 'team/scalr').includes('"team/scalr"'))
  const value = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' }
  assert.throws(() => respond.snippet('valt', 'python'), { ...value, message: /'env', 'aws-secrets-manager', 'vault', 'conjur'/ })
  assert.throws(() => respond.snippet('vault', 'perl'), { ...value, message: /'python', .*'terraform'/ })
  assert.throws(() => respond.snippet('vault', 'python', '"; import os'), { ...value, message: /^secret: / })
  assert.throws(() => respond.snippet('env', 'python', TOKEN), (error) => !printed(error).includes(TOKEN))
})

test('files are fixed', () => {
  for (const [path, text, fixed] of [
    ['deploy.py', `token = "${TOKEN}"\n`, 'import os\n\ntoken = os.environ["NPM_TOKEN"]\n'],
    ['deploy.js', `const token = '${TOKEN}'\r\n`, 'const token = process.env.NPM_TOKEN\r\n'],
    ['deploy.sh', `export TOKEN="${TOKEN}"\n`, undefined],
  ]) {
    const made = respond.fix(path, text)
    if (fixed !== undefined) assert.equal(made.text, fixed)
    const [change] = made.changes
    assert.deepEqual([made.changes.length, made.left, change.detector, change.line], [1, [], DETECTOR, 1])
    assert.equal(text.slice(change.column - 1, change.column - 1 + TOKEN.length), TOKEN)
    assert.match(change.name, /^[A-Z_]*TOKEN$/)
    assert.ok(made.text.includes(change.name) && !made.text.includes(TOKEN))
    assert.ok(made.diff.startsWith(`--- a/${path}\n+++ b/${path}\n`) && !made.diff.includes(TOKEN))
    const bytes = respond.fix(path, Buffer.from(text))
    assert.ok(Buffer.isBuffer(bytes.text))
    assert.equal(bytes.text.toString(), made.text)
    const array = respond.fix(path, new Uint8Array(Buffer.from(text)))
    assert.ok(array.text instanceof Uint8Array && !Buffer.isBuffer(array.text))
  }
})

test('files are fixed as far as is certain', () => {
  const text = `# "${TOKEN}"\n`
  const made = respond.fix('deploy.py', text)
  assert.equal(made.text, text)
  assert.deepEqual([made.changes, made.diff], [[], ''])
  const [{ detector, line, column, why, masked }] = made.left
  assert.deepEqual([detector, line, column], [DETECTOR, 1, 4])
  assert.match(why, /comment/)
  assert.ok(!masked.includes(TOKEN))
  // The text still has it, and nothing that is printed or copied.
  assert.ok(!inspect(made, { depth: 9 }).includes(TOKEN) && !JSON.stringify(made).includes(TOKEN) && !('text' in { ...made }))
  const bytes = Buffer.from(text)
  assert.equal(respond.fix('deploy.py', bytes).text, bytes)
  assert.deepEqual(respond.fix('deploy.py', 'x = 1\n').left, [])
})

test('other characters stay, and columns count them', () => {
  const lone = `é = "\ud83d"\nnames = ["好🔑", "${TOKEN}"]\n`
  const { text, changes: [change] } = respond.fix('a.py', lone)
  assert.ok(text.includes('"\ud83d"') && text.includes('好🔑'))
  assert.deepEqual([change.line, change.column], [2, lone.split('\n')[1].indexOf(TOKEN) + 1])
  const { changes: [ofBytes] } = respond.fix('a.py', Buffer.from(lone))
  assert.equal(ofBytes.column, Buffer.from(lone.split('\n')[1]).indexOf(TOKEN) + 1)
})

test('names and managers', () => {
  const text = `token = "${TOKEN}"\n`
  const named = respond.fix('deploy.py', text, { name: 'CI_TOKEN' })
  assert.equal(named.changes[0].name, 'CI_TOKEN')
  assert.ok(respond.fix('deploy.py', text, { manager: 'aws-secrets-manager' }).text.includes('secretsmanager'))
  assert.equal(respond.fix('deploy.go', `package a\nvar t = "${TOKEN}"\n`, { manager: 'vault' }).changes.length, 0)
  const value = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' }
  assert.throws(() => respond.fix('a.py', text, { manager: 'valt' }), { ...value, message: /options.manager must be one of 'env'/ })
  assert.throws(() => respond.fix('a.py', text, { name: 'not a name' }), { ...value, message: /^options.name: / })
  assert.throws(() => respond.fix('a.py', text, { nam: 'X' }), value)
})
