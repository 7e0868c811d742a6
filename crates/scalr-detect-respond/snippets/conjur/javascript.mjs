// Reads the secret __SECRET_NAME__ from CyberArk Conjur (Secrets Manager).
//
// Store it first: declare the variable in a policy, then in bash:
//   read -rs VALUE && conjur variable set --id __SECRET_NAME__ --value "$VALUE"
// The identity of this program needs read and execute on that variable and on no other.
// Needs: Node.js 18 or newer, no package (there is no official one); CONJUR_APPLIANCE_URL, CONJUR_ACCOUNT,
// CONJUR_AUTHN_LOGIN (such as host/my-app) and CONJUR_AUTHN_API_KEY. A certificate authority of your own is named by
// NODE_EXTRA_CA_CERTS.

import process from "node:process";
import { pathToFileURL } from "node:url";

function setting(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`the environment variable ${name} is not set`);
  }
  return value;
}

async function request(url, options) {
  try {
    // Redirects are refused, as they would carry the key elsewhere.
    const answer = await fetch(url, { ...options, redirect: "error", signal: AbortSignal.timeout(10_000) });
    return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
  } catch (error) {
    throw new Error(`cannot reach Conjur at CONJUR_APPLIANCE_URL: ${error.cause?.code ?? error.name}`);
  }
}

export async function readSecret(name = "__SECRET_NAME__") {
  const url = setting("CONJUR_APPLIANCE_URL").replace(/\/+$/, "");
  const account = encodeURIComponent(setting("CONJUR_ACCOUNT"));
  const login = encodeURIComponent(setting("CONJUR_AUTHN_LOGIN"));

  // The API key buys a token that is good for some minutes.
  const token = await request(`${url}/authn/${account}/${login}/authenticate`, {
    method: "POST",
    body: setting("CONJUR_AUTHN_API_KEY"),
  });
  if (token.status === 401) {
    throw new Error("Conjur does not know this login or API key");
  }
  if (token.status !== 200) {
    throw new Error(`Conjur failed to authenticate: status ${token.status}`);
  }
  const secret = await request(`${url}/secrets/${account}/variable/${encodeURIComponent(name)}`, {
    headers: { Authorization: `Token token="${token.body.toString("base64")}"` },
  });
  switch (secret.status) {
    case 200:
      return secret.body.toString();
    case 401:
    case 403:
      throw new Error(`Conjur does not let this identity read ${name}`);
    case 404:
      throw new Error(`there is no secret ${name}, or it has no value yet`);
    default:
      throw new Error(`Conjur failed to give ${name}: status ${secret.status}`);
  }
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
