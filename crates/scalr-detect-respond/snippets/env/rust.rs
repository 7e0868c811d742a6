//! Reads the secret __SECRET_NAME__ from the environment.
//!
//! Store it first: in the secret store of your platform or CI, which sets the variable for this program only. To try
//! it:
//!
//!     read -rs __SECRET_NAME__ && export __SECRET_NAME__
//!
//! Needs: nothing but the standard library.

use std::env;
use std::process::ExitCode;

/// Reads the secret. The error never has a secret in it.
fn read_secret(name: &str) -> Result<String, String> {
    match env::var(name) {
        Ok(secret) if !secret.is_empty() => Ok(secret),
        Ok(_) | Err(env::VarError::NotPresent) => Err(format!(
            "the environment variable {name} is not set, or empty"
        )),
        // Its own message would show the value.
        Err(env::VarError::NotUnicode(_)) => {
            Err(format!("the environment variable {name} is not UTF-8"))
        }
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
