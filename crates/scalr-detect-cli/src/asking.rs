//! Who may be asked about secrets, and for how long: the flags of every command that opens a socket.

use std::time::Duration;

use scalr_detect_respond::{Client, Host};

use crate::Error;

/// Flags of what asks providers.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Asking providers")]
pub(crate) struct Asking {
    /// The host of your Scalr account, for tokens in or near which none stands
    #[arg(long, value_name = "HOST")]
    scalr_host: Option<Host>,

    /// The host of your installation of another provider, such as gitlab=gitlab.example.com
    #[arg(long, value_name = "PROVIDER=HOST", value_parser = provider)]
    host: Vec<(String, Host)>,

    /// Ask HOST too where it stands in or near a secret of such a provider; `*.` at the start stands for all below it
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,

    #[command(flatten)]
    limits: Limits,
}

/// Flags of what asks one host that is named anyway.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Asking providers")]
pub(crate) struct Limits {
    /// Ask hosts with private, loopback and link-local addresses too
    #[arg(long)]
    allow_private: bool,

    /// Give up on what was not answered after so many seconds in all
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
}

impl Asking {
    pub(crate) fn client(&self) -> Result<Client, Error> {
        let mut builder = self.limits.builder();
        if let Some(host) = &self.scalr_host {
            builder = builder.scalr_host(host.clone());
        }
        for (provider, host) in &self.host {
            builder = builder
                .provider_host(provider, host.clone())
                .map_err(|e| Error(format!("--host {provider}={host}: {e}")))?;
        }
        for host in &self.allow_host {
            builder = builder.allow_host(host).map_err(|e| Error(format!("--allow-host {host}: {e}")))?;
        }
        Ok(builder.build())
    }
}

impl Limits {
    pub(crate) fn client(&self) -> Client {
        self.builder().build()
    }

    fn builder(&self) -> scalr_detect_respond::ClientBuilder {
        Client::builder().allow_private(self.allow_private).deadline(Duration::from_secs(self.timeout))
    }
}

/// `PROVIDER=HOST`.
fn provider(text: &str) -> Result<(String, Host), String> {
    let (provider, host) =
        text.split_once('=').ok_or("write PROVIDER=HOST, such as gitlab=gitlab.example.com")?;
    let host = host.parse::<Host>().map_err(|e| e.to_string())?;
    Ok((provider.to_owned(), host))
}
