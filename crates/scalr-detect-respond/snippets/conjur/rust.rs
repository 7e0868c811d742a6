//! Reads the secret __SECRET_NAME__ from CyberArk Conjur (Secrets Manager).
//!
//! Store it first: declare the variable in a policy, then in bash:
//!
//!     read -rs VALUE && conjur variable set --id __SECRET_NAME__ --value "$VALUE"
//!
//! The identity of this program needs read and execute on that variable and on no other.
//! Needs: cargo add base64 percent-encoding ureq (there is no official client); CONJUR_APPLIANCE_URL, CONJUR_ACCOUNT,
//! CONJUR_AUTHN_LOGIN (such as host/my-app) and CONJUR_AUTHN_API_KEY.

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Reads the secret. The error never has a secret in it.
fn read_secret(name: &str) -> Result<String, String> {
    let encoded = |part: &str| utf8_percent_encode(part, NON_ALPHANUMERIC).to_string();
    let url = setting("CONJUR_APPLIANCE_URL")?;
    let url = url.trim_end_matches('/');
    let account = encoded(&setting("CONJUR_ACCOUNT")?);
    let login = encoded(&setting("CONJUR_AUTHN_LOGIN")?);
    // Redirects are not followed, as they would carry the key elsewhere.
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(10)))
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .into();
    let unreachable = |e: ureq::Error| format!("cannot reach Conjur at CONJUR_APPLIANCE_URL: {e}");

    // The API key buys a token that is good for some minutes.
    let mut answer = agent
        .post(format!("{url}/authn/{account}/{login}/authenticate"))
        .send(setting("CONJUR_AUTHN_API_KEY")?)
        .map_err(unreachable)?;
    match answer.status().as_u16() {
        200 => {}
        401 => return Err("Conjur does not know this login or API key".into()),
        status => return Err(format!("Conjur failed to authenticate: status {status}")),
    }
    let token = answer.body_mut().read_to_vec().map_err(unreachable)?;

    let mut answer = agent
        .get(format!(
            "{url}/secrets/{account}/variable/{}",
            encoded(name)
        ))
        .header(
            "Authorization",
            format!("Token token=\"{}\"", STANDARD.encode(token)),
        )
        .call()
        .map_err(unreachable)?;
    match answer.status().as_u16() {
        200 => answer.body_mut().read_to_string().map_err(unreachable),
        401 | 403 => Err(format!("Conjur does not let this identity read {name}")),
        404 => Err(format!("there is no secret {name}, or it has no value yet")),
        status => Err(format!("Conjur failed to give {name}: status {status}")),
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
