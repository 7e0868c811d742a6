// Reads the secret __SECRET_NAME__ from CyberArk Conjur (Secrets Manager). The file must be called ReadSecret.java.
//
// Store it first: declare the variable in a policy, then in bash:
//   read -rs VALUE && conjur variable set --id __SECRET_NAME__ --value "$VALUE"
// The identity of this program needs read and execute on that variable and on no other.
// Needs: Java 11 or newer, no library (com.cyberark.conjur.api:conjur-api is the official one, for all that is beyond
// two requests); CONJUR_APPLIANCE_URL, CONJUR_ACCOUNT, CONJUR_AUTHN_LOGIN (such as host/my-app) and
// CONJUR_AUTHN_API_KEY. A certificate authority of your own goes into the trust store of the JVM.

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

public final class ReadSecret {
    // This client does not follow redirects, which would carry the key elsewhere.
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    private ReadSecret() {}

    /** Reads the secret. The message of the exception never has a secret in it. */
    public static String readSecret(String name) {
        String url = setting("CONJUR_APPLIANCE_URL").replaceAll("/+$", "");
        String account = encode(setting("CONJUR_ACCOUNT"));
        String login = encode(setting("CONJUR_AUTHN_LOGIN"));
        String key = setting("CONJUR_AUTHN_API_KEY");

        // The API key buys a token that is good for some minutes.
        HttpResponse<byte[]> token =
                send(
                        request(url + "/authn/" + account + "/" + login + "/authenticate")
                                .POST(HttpRequest.BodyPublishers.ofString(key)));
        if (token.statusCode() == 401) {
            throw new IllegalStateException("Conjur does not know this login or API key");
        }
        if (token.statusCode() != 200) {
            throw new IllegalStateException("Conjur failed to authenticate: status " + token.statusCode());
        }
        String authorization = "Token token=\"" + Base64.getEncoder().encodeToString(token.body()) + "\"";
        HttpResponse<byte[]> secret =
                send(
                        request(url + "/secrets/" + account + "/variable/" + encode(name))
                                .header("Authorization", authorization));
        switch (secret.statusCode()) {
            case 200:
                return new String(secret.body(), StandardCharsets.UTF_8);
            case 401:
            case 403:
                throw new IllegalStateException("Conjur does not let this identity read " + name);
            case 404:
                throw new IllegalStateException("there is no secret " + name + ", or it has no value yet");
            default:
                throw new IllegalStateException(
                        "Conjur failed to give " + name + ": status " + secret.statusCode());
        }
    }

    private static HttpRequest.Builder request(String url) {
        try {
            return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(10));
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException("CONJUR_APPLIANCE_URL is no URL");
        }
    }

    private static HttpResponse<byte[]> send(HttpRequest.Builder request) {
        try {
            return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new IllegalStateException(
                    "cannot reach Conjur at CONJUR_APPLIANCE_URL: " + e.getClass().getSimpleName());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking Conjur");
        }
    }

    private static String encode(String part) {
        // Made for forms, where a space is a plus.
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String setting(String name) {
        String value = System.getenv(name);
        if (value == null || value.isEmpty()) {
            throw new IllegalStateException("the environment variable " + name + " is not set");
        }
        return value;
    }

    public static void main(String[] args) {
        try {
            String secret = readSecret("__SECRET_NAME__");
            // Use the secret here. Never print it, log it or put it on a command line.
            int bytes = secret.getBytes(StandardCharsets.UTF_8).length;
            System.out.println("read __SECRET_NAME__: " + bytes + " bytes");
        } catch (IllegalStateException e) {
            System.err.println("error: " + e.getMessage());
            System.exit(1);
        }
    }
}
