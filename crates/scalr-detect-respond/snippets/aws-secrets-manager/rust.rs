//! Reads the secret __SECRET_NAME__ from AWS Secrets Manager.
//!
//! Store it first, in bash:
//!
//!     read -rs VALUE && printf %s "$VALUE" |
//!         aws secretsmanager create-secret --name __SECRET_NAME__ --secret-string file:///dev/stdin
//!
//! The role that runs this needs secretsmanager:GetSecretValue on it, and kms:Decrypt if it has a key of its own.
//! Needs: cargo add aws-config aws-sdk-secretsmanager, and cargo add tokio --features macros,rt
//! Credentials and region come from the role or from AWS_PROFILE, AWS_REGION and so on.

use std::process::ExitCode;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};

/// Reads the secret. The error never has a secret in it.
async fn read_secret(name: &str) -> Result<String, String> {
    let timeouts = TimeoutConfig::builder()
        .operation_timeout(Duration::from_secs(20))
        .build();
    let config = aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts)
        .load()
        .await;
    let answer = Client::new(&config)
        .get_secret_value()
        .secret_id(name)
        .send()
        .await;
    let answer = answer.map_err(|error| match &error {
        SdkError::ServiceError(e) if e.err().is_resource_not_found_exception() => {
            format!("there is no secret {name} in this account and region")
        }
        SdkError::ServiceError(e) => {
            format!(
                "AWS refused to give {name}: {}",
                e.err().code().unwrap_or("no reason given")
            )
        }
        SdkError::TimeoutError(_) => format!("cannot ask AWS for {name}: it does not answer"),
        _ => format!("cannot ask AWS for {name}: no connection, no credentials or no region"),
    })?;
    match answer.secret_string() {
        Some(secret) => Ok(secret.to_owned()),
        None => Err(format!("{name} is binary: read secret_binary() instead")),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match read_secret("__SECRET_NAME__").await {
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
