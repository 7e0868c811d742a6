#!/usr/bin/env node
'use strict'

// The command line, which is all in the addon. Not process.exit(): what was written must come out.
process.exitCode = require('../binding.js').run(['scalr-detect', ...process.argv.slice(2)])
