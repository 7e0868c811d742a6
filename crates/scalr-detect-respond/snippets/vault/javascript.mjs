// Reads the secret __SECRET_NAME__ from a KV version 2 engine of HashiCorp Vault or OpenBao.
//
// Store it first, in bash (with bao instead of vault for OpenBao):
//   read -rs VALUE && printf %s "$VALUE" | vault kv put -mount=secret __SECRET_NAME__ value=-
// The token of this program needs a policy that allows read on secret/data/__SECRET_NAME__ and nothing else.
// Needs: Node.js 18 or newer, no package (there is no official one); VAULT_ADDR and VAULT_TOKEN, and VAULT_NAMESPACE if
// namespaces are used. A certificate authority of your own is named by NODE_EXTRA_CA_CERTS.

import process from "node:process";
import { pathToFileURL } from "node:url";

const MOUNT = "secret";
const KEY = "value";

function setting(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`the environment variable ${name} is not set`);
  }
  return value;
}

export async function readSecret(path = "__SECRET_NAME__") {
  const address = setting("VAULT_ADDR").replace(/\/+$/, "");
  const headers = { "X-Vault-Request": "true", "X-Vault-Token": setting("VAULT_TOKEN") };
  if (process.env.VAULT_NAMESPACE) {
    headers["X-Vault-Namespace"] = process.env.VAULT_NAMESPACE;
  }
  let answer;
  try {
    // Redirects are refused, as they would carry the token elsewhere.
    answer = await fetch(`${address}/v1/${MOUNT}/data/${path}`, {
      headers,
      redirect: "error",
      signal: AbortSignal.timeout(10_000),
    });
  } catch (error) {
    throw new Error(`cannot reach Vault at VAULT_ADDR: ${error.cause?.code ?? error.name}`);
  }
  switch (answer.status) {
    case 200:
      break;
    case 403:
      throw new Error(`Vault does not let this token read ${MOUNT}/${path}`);
    case 404:
      throw new Error(`there is no secret ${MOUNT}/${path}`);
    default:
      throw new Error(`Vault failed to give ${MOUNT}/${path}: status ${answer.status}`);
  }
  let secret;
  try {
    secret = (await answer.json()).data?.data?.[KEY];
  } catch {
    // What could not be read may be the secret: it is not shown.
    throw new Error("the answer of Vault is not JSON, or did not arrive whole");
  }
  if (typeof secret !== "string") {
    throw new Error(`${MOUNT}/${path} has no text under the key ${KEY}`);
  }
  return secret;
}

async function main() {
  try {
    const secret = await readSecret();
    // Use the secret here. Never print it, log it or put it on a command line.
    console.log(`read __SECRET_NAME__: ${Buffer.byteLength(secret)} bytes`);
  } catch (error) {
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main();
}
