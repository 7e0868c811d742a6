// The same package from a CommonJS module.

import assert = require('node:assert/strict')
import { RedactStream, Scanner, catalog } from 'scalr-detect'
import scalrDetect = require('scalr-detect')

const scanner = new Scanner({ minConfidence: 'high' })
const finding: scalrDetect.Finding | undefined = scanner.scan('npm_' + 'vkhonuv9Ghesv6tKavA1QQ468KUybS1YkQaP')[0]
assert.equal(finding?.detector, 'npm-access-token')
assert.ok(catalog().length > 0 && new RedactStream() instanceof scalrDetect.RedactStream)
