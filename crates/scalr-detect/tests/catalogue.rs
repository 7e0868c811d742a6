//! Every example of every detector, under the whole catalogue: where one detector is meant to fire, no other may.

use scalr_detect::{Confidence, Custom, Scanner};
use std::path::Path;

/// How many different secrets each template is tried with.
const SEEDS: u64 = 3;

#[test]
fn every_example_is_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scalr-detect-catalog/detectors");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        files.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
    }
    let written = Custom::read(files.iter().map(|(name, text)| (&**name, &**text))).unwrap();
    // With the committed tables, not with those that were just compiled.
    let scanner = Scanner::builder().min_confidence(Confidence::Low).build().unwrap();
    let faults = written.check_examples(&scanner, SEEDS);
    assert!(
        written.entries().len() > 100 && faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// Values of many providers that begin alike, or are alike and told apart by a word.
const ALIKE: &[(&str, &str)] = &[
    ("key = sk-ant-api03-{base64url:93}AA", "anthropic-api-key"),
    ("key = sk-ant-admin01-{base64url:93}AA", "anthropic-admin-api-key"),
    ("key = sk-{base62:20}T3BlbkFJ{base62:20}", "openai-api-key"),
    ("key = sk-proj-{base64url:74}T3BlbkFJ{base64url:74}", "openai-project-api-key"),
    ("key = sk-svcacct-{base64url:74}T3BlbkFJ{base64url:74}", "openai-service-account-key"),
    ("key = sk-or-v1-{hex:64}", "openrouter-api-key"),
    ("key = sk-hc-v1-{hex:64}", "hack-club-ai-api-key"),
    ("key = sk-lf-{uuid}", "langfuse-secret-key"),
    ("DEEPSEEK_API_KEY=sk-{hex:32}", "deepseek-api-key"),
    ("MOONSHOT_API_KEY=sk-{base62:48}", "moonshot-api-key"),
    ("SILICONFLOW_API_KEY=sk-{base62:48}", "siliconflow-api-key"),
    ("BRAINTRUST_API_KEY=sk-{base62:48}", "braintrust-api-token"),
    ("key = pk_live_{base62:99}", "stripe-publishable-key"),
    ("key = rk_live_{base62:99}", "stripe-restricted-key"),
    ("CLICKUP_API_TOKEN=pk_{digits:8}_{ALNUM:32}", "clickup-personal-api-token"),
    ("KLAVIYO_PRIVATE_KEY=pk_{hex:34}", "klaviyo-api-key"),
    ("NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY=pk_test_{b64:brave-otter-12.clerk.accounts.dev$}", "clerk-api-key"),
    ("key = pk-lf-{uuid}", "langfuse-public-key"),
    ("MAILGUN_API_KEY=key-{hex:32}", "mailgun-api-key"),
    ("SALESBLINK_API_KEY=key-{base62:64}", "salesblink-api-key"),
    ("RETELL_API_KEY=key_{hex:28}", "retell-api-key"),
    ("RUNWAYML_API_SECRET=key_{hex:128}", "runway-api-key"),
    ("key = AIza{base64url:35}", "google-api-key"),
    ("BITLY_ACCESS_TOKEN={hex:40}", "bitly-access-token"),
    ("CIRCLE_TOKEN={hex:40}", "circleci-api-token-legacy"),
    ("DD_APP_KEY={hex:40}", "datadog-application-key"),
    ("GITEA_TOKEN={hex:40}", "gitea-access-token"),
    ("GITHUB_CLIENT_SECRET={hex:40}", "github-oauth-client-secret"),
    ("NEW_RELIC_LICENSE_KEY={hex:40}", "newrelic-license-key-2"),
    ("SONAR_TOKEN={hex:40}", "sonarcloud-token"),
    ("WANDB_API_KEY={hex:40}", "wandb-api-key"),
    (
        "key = {jwt:{\"alg\":\"HS256\",\"typ\":\"JWT\"}.{\"iss\":\"supabase\",\"ref\":\"{lower:20}\",\"role\":\"service_role\",\"iat\":1760000000,\"exp\":2075360000}:32}",
        "supabase-service-role-jwt",
    ),
    (
        "key = {jwt:{\"alg\":\"HS256\",\"typ\":\"JWT\"}.{\"iss\":\"https://login.example.org\",\"sub\":\"{uuid}\"}:32}",
        "jwt",
    ),
    // The provider named on the line of the value has it.
    ("ASANA_CLIENT_ID=unset\ndatadog_api_key: {hex:32}", "datadog-api-key"),
    ("# asana, algolia\nDATADOG_API_KEY={hex:32}", "datadog-api-key"),
];

#[test]
fn what_begins_alike_goes_to_the_right_provider() {
    let scanner = Scanner::builder().min_confidence(Confidence::Low).build().unwrap();
    for (template, id) in ALIKE {
        for seed in 0..20 {
            let text = scalr_detect_spec::template::expand(template, seed).unwrap().text;
            let found: Vec<_> = scanner.find_iter(&text).map(|finding| finding.detector().id).collect();
            assert_eq!(found, [*id], "{template}");
        }
    }
}
