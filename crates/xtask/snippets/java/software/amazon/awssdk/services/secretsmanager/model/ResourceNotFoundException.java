package software.amazon.awssdk.services.secretsmanager.model;

import software.amazon.awssdk.core.exception.SdkException;

/** Stands in for the class of this name of the AWS SDK. */
public final class ResourceNotFoundException extends SdkException {
    private static final long serialVersionUID = 1L;
}
