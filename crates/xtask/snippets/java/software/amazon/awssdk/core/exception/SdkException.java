package software.amazon.awssdk.core.exception;

/** Stands in for the class of this name of the AWS SDK, which the tests cannot download: what the snippet uses. */
public class SdkException extends RuntimeException {
    private static final long serialVersionUID = 1L;
}
