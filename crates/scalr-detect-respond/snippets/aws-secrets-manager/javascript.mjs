// Reads the secret __SECRET_NAME__ from AWS Secrets Manager.
//
// Store it first, in bash:
//   read -rs VALUE && printf %s "$VALUE" |
//     aws secretsmanager create-secret --name __SECRET_NAME__ --secret-string file:///dev/stdin
// The role that runs this needs secretsmanager:GetSecretValue on it, and kms:Decrypt if it has a key of its own.
// Needs: npm install @aws-sdk/client-secrets-manager. Credentials and region come from the role or from AWS_PROFILE,
// AWS_REGION and so on.

import process from "node:process";
import { pathToFileURL } from "node:url";
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";

export async function readSecret(name = "__SECRET_NAME__") {
  let answer;
  try {
    const client = new SecretsManagerClient({ maxAttempts: 3 });
    answer = await client.send(new GetSecretValueCommand({ SecretId: name }), {
      abortSignal: AbortSignal.timeout(20_000),
    });
  } catch (error) {
    if (error instanceof ResourceNotFoundException) {
      throw new Error(`there is no secret ${name} in this account and region`);
    }
    if (error.$response || error.$metadata?.httpStatusCode) {
      throw new Error(`AWS refused to give ${name}: ${error.name}`);
    }
    // No credentials, no region, no connection.
    throw new Error(`cannot ask AWS for ${name}: ${error.code ?? error.message}`);
  }
  if (answer.SecretString === undefined) {
    throw new Error(`${name} is binary: read SecretBinary instead`);
  }
  return answer.SecretString;
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
