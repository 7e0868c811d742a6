// Reads the secret __SECRET_NAME__ from AWS Secrets Manager. The file must be called ReadSecret.java.
//
// Store it first, in bash:
//   read -rs VALUE && printf %s "$VALUE" |
//     aws secretsmanager create-secret --name __SECRET_NAME__ --secret-string file:///dev/stdin
// The role that runs this needs secretsmanager:GetSecretValue on it, and kms:Decrypt if it has a key of its own.
// Needs: software.amazon.awssdk:secretsmanager 2.x, Java 11 or newer. Credentials and region come from the role or from
// AWS_PROFILE, AWS_REGION and so on.

import java.nio.charset.StandardCharsets;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.model.GetSecretValueRequest;
import software.amazon.awssdk.services.secretsmanager.model.GetSecretValueResponse;
import software.amazon.awssdk.services.secretsmanager.model.ResourceNotFoundException;

public final class ReadSecret {
    private ReadSecret() {}

    /** Reads the secret. The message of the exception never has a secret in it. */
    public static String readSecret(String name) {
        try (SecretsManagerClient client = SecretsManagerClient.create()) {
            GetSecretValueRequest request = GetSecretValueRequest.builder().secretId(name).build();
            GetSecretValueResponse answer = client.getSecretValue(request);
            if (answer.secretString() == null) {
                throw new IllegalStateException(name + " is binary: read secretBinary() instead");
            }
            return answer.secretString();
        } catch (ResourceNotFoundException e) {
            throw new IllegalStateException("there is no secret " + name + " in this account and region", e);
        } catch (SdkException e) {
            // No credentials, no region, no permission, no connection.
            throw new IllegalStateException("cannot read " + name + " from AWS: " + e.getMessage(), e);
        }
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
