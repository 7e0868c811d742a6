// Reads the secret __SECRET_NAME__ from the environment.
//
// Store it first: in the secret store of your platform or CI, which sets the variable for this program only. To try it:
//   read -rs __SECRET_NAME__ && export __SECRET_NAME__
// Needs: Node.js 18 or newer.

import process from "node:process";
import { pathToFileURL } from "node:url";

export function readSecret(name = "__SECRET_NAME__") {
  const secret = process.env[name];
  if (!secret) {
    throw new Error(`the environment variable ${name} is not set, or empty`);
  }
  return secret;
}

function main() {
  try {
    const secret = readSecret();
    // Use the secret here. Never print it, log it or put it on a command line.
    console.log(`read __SECRET_NAME__: ${Buffer.byteLength(secret)} bytes`);
  } catch (error) {
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  main();
}
