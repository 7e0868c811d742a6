package software.amazon.awssdk.services.secretsmanager.model;

/** Stands in for the class of this name of the AWS SDK. */
public final class GetSecretValueRequest {
    private GetSecretValueRequest() {}

    public static Builder builder() {
        return new Builder();
    }

    /** Builds a request. */
    public static final class Builder {
        private Builder() {}

        public Builder secretId(String secretId) {
            return this;
        }

        public GetSecretValueRequest build() {
            return new GetSecretValueRequest();
        }
    }
}
