// Reads the secret __SECRET_NAME__ from the environment. The file must be called ReadSecret.java.
//
// Store it first: in the secret store of your platform or CI, which sets the variable for this program only. To try it:
//   read -rs __SECRET_NAME__ && export __SECRET_NAME__
// Needs: Java 11 or newer.

import java.nio.charset.StandardCharsets;

public final class ReadSecret {
    private ReadSecret() {}

    /** Reads the secret. The message of the exception never has a secret in it. */
    public static String readSecret(String name) {
        String secret = System.getenv(name);
        if (secret == null || secret.isEmpty()) {
            throw new IllegalStateException("the environment variable " + name + " is not set, or empty");
        }
        return secret;
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
