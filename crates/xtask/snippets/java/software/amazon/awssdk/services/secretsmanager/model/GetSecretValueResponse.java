package software.amazon.awssdk.services.secretsmanager.model;

/** Stands in for the class of this name of the AWS SDK. */
public final class GetSecretValueResponse {
    private GetSecretValueResponse() {}

    public String secretString() {
        return null;
    }
}
