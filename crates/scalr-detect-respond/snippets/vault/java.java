// Reads the secret __SECRET_NAME__ from a KV version 2 engine of HashiCorp Vault or OpenBao. The file must be called
// ReadSecret.java.
//
// Store it first, in bash (with bao instead of vault for OpenBao):
//   read -rs VALUE && printf %s "$VALUE" | vault kv put -mount=secret __SECRET_NAME__ value=-
// The token of this program needs a policy that allows read on secret/data/__SECRET_NAME__ and nothing else.
// Needs: com.google.code.gson:gson 2.x for the JSON (there is no official client), Java 11 or newer; VAULT_ADDR and
// VAULT_TOKEN, and VAULT_NAMESPACE if namespaces are used.

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

public final class ReadSecret {
    private static final String MOUNT = "secret";
    private static final String KEY = "value";

    private ReadSecret() {}

    /** Reads the secret. The message of the exception never has a secret in it. */
    public static String readSecret(String path) {
        String address = setting("VAULT_ADDR").replaceAll("/+$", "");
        String token = setting("VAULT_TOKEN");
        String place = MOUNT + "/" + path;
        HttpResponse<String> answer;
        try {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(URI.create(address + "/v1/" + MOUNT + "/data/" + path))
                            .timeout(Duration.ofSeconds(10))
                            .header("X-Vault-Request", "true")
                            .header("X-Vault-Token", token);
            String namespace = System.getenv("VAULT_NAMESPACE");
            if (namespace != null && !namespace.isEmpty()) {
                request.header("X-Vault-Namespace", namespace);
            }
            // This client does not follow redirects, which would carry the token elsewhere.
            HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
            answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException("VAULT_ADDR is no URL, or VAULT_TOKEN no token");
        } catch (IOException e) {
            throw new IllegalStateException("cannot reach Vault at VAULT_ADDR: " + e.getClass().getSimpleName());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while reading " + place);
        }
        switch (answer.statusCode()) {
            case 200:
                break;
            case 403:
                throw new IllegalStateException("Vault does not let this token read " + place);
            case 404:
                throw new IllegalStateException("there is no secret " + place);
            default:
                throw new IllegalStateException(
                        "Vault failed to give " + place + ": status " + answer.statusCode());
        }
        JsonElement secret;
        try {
            JsonObject body = JsonParser.parseString(answer.body()).getAsJsonObject();
            secret = body.getAsJsonObject("data").getAsJsonObject("data").get(KEY);
        } catch (JsonParseException | IllegalStateException | ClassCastException | NullPointerException e) {
            // What could not be read may be the secret: it is not shown.
            throw new IllegalStateException("the answer of Vault is not what KV version 2 answers");
        }
        if (secret == null || !secret.isJsonPrimitive() || !secret.getAsJsonPrimitive().isString()) {
            throw new IllegalStateException(place + " has no text under the key " + KEY);
        }
        return secret.getAsString();
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
