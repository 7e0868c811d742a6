//! Reads the secret __SECRET_NAME__ from a KV version 2 engine of HashiCorp Vault or OpenBao.
//!
//! Store it first, in bash (with bao instead of vault for OpenBao):
//!
//!     read -rs VALUE && printf %s "$VALUE" | vault kv put -mount=secret __SECRET_NAME__ value=-
//!
//! The token of this program needs a policy that allows read on secret/data/__SECRET_NAME__ and nothing else.
//! Needs: cargo add serde_json, and cargo add ureq --features json (there is no official client); VAULT_ADDR and
//! VAULT_TOKEN, and VAULT_NAMESPACE if namespaces are used.

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::Value;

const MOUNT: &str = "secret";
const KEY: &str = "value";

/// Reads the secret. The error never has a secret in it.
fn read_secret(path: &str) -> Result<String, String> {
    let address = setting("VAULT_ADDR")?;
    // Redirects are not followed, as they would carry the token elsewhere.
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(10)))
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .into();
    let mut request = agent
        .get(format!(
            "{}/v1/{MOUNT}/data/{path}",
            address.trim_end_matches('/')
        ))
        .header("X-Vault-Request", "true")
        .header("X-Vault-Token", setting("VAULT_TOKEN")?);
    if let Ok(namespace) = setting("VAULT_NAMESPACE") {
        request = request.header("X-Vault-Namespace", namespace);
    }
    let mut answer = request
        .call()
        .map_err(|e| format!("cannot reach Vault at VAULT_ADDR: {e}"))?;
    match answer.status().as_u16() {
        200 => {}
        403 => return Err(format!("Vault does not let this token read {MOUNT}/{path}")),
        404 => return Err(format!("there is no secret {MOUNT}/{path}")),
        status => {
            return Err(format!(
                "Vault failed to give {MOUNT}/{path}: status {status}"
            ));
        }
    }
    // What could not be read may be the secret: it is not shown.
    let body: Value = answer
        .body_mut()
        .read_json()
        .map_err(|_| "the answer of Vault is not JSON, or did not arrive whole")?;
    match &body["data"]["data"][KEY] {
        Value::String(secret) => Ok(secret.clone()),
        _ => Err(format!("{MOUNT}/{path} has no text under the key {KEY}")),
    }
}

fn setting(name: &str) -> Result<String, String> {
    match env::var(name) {
        Ok(value) if !value.is_empty() => Ok(value),
        _ => Err(format!("the environment variable {name} is not set")),
    }
}

fn main() -> ExitCode {
    match read_secret("__SECRET_NAME__") {
        Ok(secret) => {
            // Use the secret here. Never print it, log it or put it on a command line.
            println!("read __SECRET_NAME__: {} bytes", secret.len());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
